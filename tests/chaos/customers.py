"""Customers: they speak HTTP with the web process, and ask again until they get an answer."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from reelscribe.platform import db, storage
from reelscribe.platform.services import accounts, api_keys
from reelscribe.platform.services.sessions import SCOPES, Identity

from . import materials
from .orders import PRIORITIES, Order, rank
from .patience import patiently

# What a client does not take for an answer: it asks again, with the same Idempotency-Key.
_ASK_AGAIN = frozenset({429, 500, 502, 503, 507})
_PAUSE_SECONDS = 0.4
_GIVE_UP_SECONDS = 180.0


class GaveUp(Exception):  # noqa: N818 - it says what happened, not what is wrong
    """No answer came, however often a customer asked, or one that cannot be."""


class Customer:
    """One of them, with an API key of their own; ``statuses`` counts all answers of the run."""

    def __init__(self, identity: Identity, key: str, address: str, statuses: Counter[str]) -> None:
        self.identity = identity
        self._statuses = statuses
        self._uploaded: dict[str, asyncio.Task[UUID]] = {}
        self._http = httpx.AsyncClient(
            base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=httpx.Timeout(15.0)
        )

    @classmethod
    async def open(cls, number: int, address: str, statuses: Counter[str]) -> Customer:
        """Make an account with a key."""
        best = PRIORITIES[rank(number)]
        role: accounts.Role = "admin" if best == "critical" else "user"  # nobody else may ask for it
        identity = await person(f"customer-{number}@example.test", role=role, best=best)
        key = await api_keys.create(identity, "chaos", sorted(SCOPES - {"admin"}), expires_at=None)
        return cls(identity, key.key, address, statuses)

    async def close(self) -> None:
        await self._http.aclose()

    async def order(self, order: Order, pieces: dict[str, Path]) -> UUID:
        """Bring what the job needs and ask for the job; returns its id once it is accepted."""
        media_id = await self._bring(order, pieces)
        wanted: dict[str, object] = {"media_id": str(media_id), "engine": order.what.engine, "language": "en"}
        wanted |= {"mode": order.what.mode, "priority": order.priority}
        if order.what.clips is not None:
            wanted |= {"kind": "clips", "clips": order.what.clips}
        if order.pays:
            wanted |= {"features": {"llm_gateway": {"enabled": True}}}
        answer = await self.ask("POST", "/jobs", json=wanted, headers={"Idempotency-Key": f"order-{order.number}"})
        expect(answer, httpx.codes.ACCEPTED)
        return UUID(answer.json()["id"])

    async def cancel(self, job_id: UUID) -> bool:
        """Cancel a job; False where it had ended already, or was completed before and so stays what it was."""
        answer = await self.ask("DELETE", f"/jobs/{job_id}")
        expect(answer, httpx.codes.OK, httpx.codes.CONFLICT)
        return answer.status_code == httpx.codes.OK and answer.json()["status"] == "cancelled"

    async def retry(self, job_id: UUID) -> bool:
        """Run a job again; False where there is nothing to do again, or a first request did it already."""
        answer = await self.ask("POST", f"/jobs/{job_id}/retry")
        expect(answer, httpx.codes.ACCEPTED, httpx.codes.CONFLICT)
        return answer.is_success

    async def last_words(self, job_id: UUID) -> list[str]:
        """Return the events in the stream of an ended job, one line of each: its name and what it carries."""
        answer = await self.ask("GET", f"/jobs/{job_id}/events")
        return [block.replace("\r\n", " ") for block in answer.text.split("\r\n\r\n") if "event:" in block]

    async def _bring(self, order: Order, pieces: dict[str, Path]) -> UUID:
        # Each is uploaded once per customer, except what is going to be damaged.
        piece = order.what.piece
        content = materials.text(order.text).encode() if piece is None else pieces[piece].read_bytes()
        name = f"text-{order.text}" if piece is None else f"{piece}-{order.number}" if order.what.is_damaged else piece
        suffix = ".txt" if piece is None else pieces[piece].suffix
        if name not in self._uploaded:
            self._uploaded[name] = asyncio.create_task(self._upload(name, suffix, content))
        media_id = await self._uploaded[name]
        if order.what.is_damaged:
            await patiently(lambda: _damage(media_id))
        return media_id

    async def _upload(self, name: str, suffix: str, content: bytes) -> UUID:
        files = {"file": (f"{name}{suffix}", content)}
        answer = await self.ask("POST", "/media", files=files, headers={"Idempotency-Key": f"upload-{name}"})
        expect(answer, httpx.codes.CREATED)
        return UUID(answer.json()["id"])

    async def ask(self, method: str, path: str, **request: object) -> httpx.Response:
        """Ask until there is an answer.

        Raises:
            GaveUp: there was none for minutes.
        """
        deadline = time.monotonic() + _GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = await self._http.request(method, path, **request)  # type: ignore[arg-type]  # passed on
            except httpx.TransportError:
                self._statuses["no answer"] += 1
            else:
                self._statuses[str(answer.status_code)] += 1
                if answer.status_code not in _ASK_AGAIN:
                    return answer
            await asyncio.sleep(_PAUSE_SECONDS)
        raise GaveUp(f"{method} {path}")


def expect(answer: httpx.Response, *wanted: int) -> None:
    """Raise ``GaveUp`` where a customer is told what they cannot be."""
    if answer.status_code not in wanted:
        request = answer.request
        raise GaveUp(f"{request.method} {request.url.path} was answered {answer.status_code}: {answer.text[:300]}")


async def person(email: str, *, role: accounts.Role = "user", best: str = "high") -> Identity:
    """Make somebody's account."""
    account = await accounts.create(email, uuid4().hex, role=role)
    await db.execute("UPDATE users SET max_priority = $2 WHERE id = $1", account.id, best)
    return Identity(user_id=account.id, email=email, role=role, scopes=SCOPES, max_priority=best)


async def _damage(media_id: UUID) -> None:
    row = await db.fetch_one("SELECT storage_key FROM media WHERE id = $1", media_id)
    assert row is not None
    async with storage.current().local_copy(row["storage_key"]) as path:
        await asyncio.to_thread(materials.damage, path)

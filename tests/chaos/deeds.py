"""What the owners of clips do with them while everything breaks; a refusal is an answer too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import httpx

from .customers import Customer, expect
from .world import Made, World

_PAUSE_SECONDS = (0.0, 2.0)
_SHORTER_SECONDS = 0.5
# The job is failed or cancelled, or the clip is the only one of a job at work; a new choice took the clip away.
_REFUSALS = (httpx.codes.CONFLICT, httpx.codes.NOT_FOUND)


@dataclass(frozen=True)
class Deed:
    """The ``number``-th thing that an owner does to the ``clips`` of a job, as the API told them."""

    owner: Customer
    made: Made
    number: int
    clips: list[dict[str, Any]]
    rng: Random

    @property
    def any_one(self) -> dict[str, Any]:
        """One of the clips."""
        return self.rng.choice(self.clips)


async def do(world: World, made: Made, owner: Customer, rng: Random) -> None:
    """Do all that the order says to the clips, with pauses in between; ``world.deeds`` counts how it went."""
    for number, name in enumerate(made.order.deeds):
        await asyncio.sleep(rng.uniform(*_PAUSE_SECONDS))
        answer = await owner.ask("GET", f"/jobs/{made.job_id}/clips")
        expect(answer, httpx.codes.OK)
        if clips := answer.json()["items"]:
            is_done = await _DEEDS[name](Deed(owner, made, number, clips, rng))
            world.deeds[f"{name}: {'done' if is_done else 'refused'}"] += 1


async def _retitle(deed: Deed) -> bool:
    """Give all clips new titles at the same time."""
    told = {"title": f"Title {deed.number} of order {deed.made.order.number}"}
    return any(await asyncio.gather(*(_change(deed, clip, told) for clip in deed.clips)))


async def _restyle(deed: Deed) -> bool:
    """Change a clip, and at once again."""
    clip = deed.any_one
    await _change(deed, clip, {"style": "box"})
    return await _change(deed, clip, {"style": "karaoke"})


async def _shorten(deed: Deed) -> bool:
    """Move the end of a clip; a reel has none that could be moved."""
    clips = [each for each in deed.clips if each["kind"] == "clip"]
    if not clips:
        return False
    clip = deed.rng.choice(clips)
    return await _change(deed, clip, {"end": clip["end"] - _SHORTER_SECONDS})


async def _reshape(deed: Deed) -> bool:
    return await _change(deed, deed.any_one, {"aspect": "9:16"})


async def _change(deed: Deed, clip: dict[str, Any], told: Mapping[str, object]) -> bool:
    answer = await deed.owner.ask("PATCH", f"/clips/{clip['id']}", json=told)
    expect(answer, httpx.codes.OK, *_REFUSALS)
    return answer.is_success


async def _delete(deed: Deed) -> bool:
    clip_id = deed.any_one["id"]
    answer = await deed.owner.ask("DELETE", f"/clips/{clip_id}")
    expect(answer, httpx.codes.NO_CONTENT, *_REFUSALS)
    if answer.status_code == httpx.codes.CONFLICT:
        return False
    deed.made.deleted.add(UUID(clip_id))  # also where a first request did it whose answer was lost
    return True


async def _reel(deed: Deed) -> bool:
    told = {"clips": [clip["id"] for clip in deed.clips if clip["kind"] == "clip"], "title": "Reel"}
    if not told["clips"]:
        return False
    key = {"Idempotency-Key": f"reel-{deed.made.order.number}-{deed.number}"}
    answer = await deed.owner.ask("POST", f"/jobs/{deed.made.job_id}/reels", json=told, headers=key)
    expect(answer, httpx.codes.ACCEPTED, httpx.codes.BAD_REQUEST, *_REFUSALS)
    return answer.is_success


async def _cancel(deed: Deed) -> bool:
    """Change a clip and cancel the run that makes it; a job that was completed before stays so."""
    clip = deed.any_one
    is_changed = await _change(deed, clip, {"subtitles": not clip["subtitles"]})
    deed.made.is_cancelled = await deed.owner.cancel(deed.made.job_id) or deed.made.is_cancelled
    return is_changed or deed.made.is_cancelled


async def _retry(deed: Deed) -> bool:
    """Change a clip, cancel that, and want it after all."""
    await _cancel(deed)
    is_done = await deed.owner.retry(deed.made.job_id) or deed.made.is_cancelled
    deed.made.retried += is_done
    deed.made.is_cancelled = False
    return is_done


_DEEDS: dict[str, Callable[[Deed], Awaitable[bool]]] = {
    "retitle": _retitle,
    "restyle": _restyle,
    "shorten": _shorten,
    "reshape": _reshape,
    "delete": _delete,
    "reel": _reel,
    "cancel": _cancel,
    "retry": _retry,
}

"""Pictures from a FLUX endpoint, an HTTP service such as one deployed on Modal; ``docs/illustrations.md`` has the
protocol.

Steps: 1. POST the order. 2. While the service answers "elsewhere" (303, as Modal does after 150 s, or 202), ask there,
on the same host only. 3. Read at most ``LARGEST_BYTES``. 4. Believe nothing but the bytes: they must be a picture.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from ..domain import pictures
from ..domain.pictures import Picture
from ..errors import BadInput, EngineFailed, EngineUnavailable, Unavailable
from ..settings import Settings
from . import flux_refusals as refusals

LARGEST_BYTES = 20 * 1024**2
# Base64 takes a third more, and the answer around it a little.
_LARGEST_JSON = LARGEST_BYTES * 4 // 3 + 64 * 1024
_COMPLAINT_BYTES = 64 * 1024
_MOVED = frozenset({301, 302, 303})
# Each one of Modal's comes after 150 s.
_MOST_MOVES = 20


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A picture to be drawn; ``key`` is the same in every attempt at it."""

    prompt: str
    width: int
    height: int
    seed: int
    key: str


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, and what its bytes are."""

    content: bytes
    about: Picture


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How patiently to wait, in seconds: for the whole picture, for one answer, and between two questions.

    Modal holds a request for 150 s, and a cold start of a large model takes minutes.
    """

    total: float = 900.0
    answer: float = 180.0
    poll: float = 2.0


def refusal(settings: Settings) -> EngineUnavailable | None:
    """Return why no picture can be drawn here, None where one can."""
    return None if settings.flux_endpoint else refusals.not_set_up()


async def draw(order: Order, settings: Settings, *, pace: Pace = Pace()) -> Drawn:  # noqa: B008 - frozen
    """Have a picture drawn.

    Raises:
        EngineUnavailable: no endpoint is set, or there is none at the address.
        EngineCredentials: it refuses our token.
        EngineQuota: what was paid for there is used up.
        BadInput: it refuses the prompt.
        EngineFailed, Unavailable: it is busy, has a fault or answers with something else; ``retry_after`` in seconds.
    """
    missing = refusal(settings)
    if missing is not None:
        raise missing
    try:
        async with asyncio.timeout(pace.total), _client(settings, pace) as client:
            return await _Conversation(client, settings, pace).draw(order)
    except TimeoutError as exc:
        raise Unavailable(f"The picture was not there after {pace.total:.0f} s.", hint=refusals.AGAIN) from exc
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as exc:
        raise refusals.no_address() from exc
    except httpx.HTTPError as exc:
        raise refusals.of_silence(type(exc).__name__) from exc


def _client(settings: Settings, pace: Pace) -> httpx.AsyncClient:
    # Not packed: a few bytes could unpack to gigabytes, and pictures are packed already.
    headers = {"Accept": "image/png, image/jpeg, image/webp, application/json", "Accept-Encoding": "identity"}
    if settings.flux_token:
        headers["Authorization"] = f"Bearer {settings.flux_token}"
    # Redirects are followed by us: the token must not go to another host.
    return httpx.AsyncClient(
        headers=headers, follow_redirects=False, timeout=httpx.Timeout(30.0, read=pace.answer, connect=10.0)
    )


class _Answer(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class _Conversation:
    """One picture's questions and answers."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, pace: Pace) -> None:
        self._client = client
        self._settings = settings
        self._pace = pace

    async def draw(self, order: Order) -> Drawn:
        wanted = {name: getattr(order, name) for name in ("prompt", "width", "height", "seed")}
        headers = {"Idempotency-Key": order.key}
        answer = await self._ask("POST", self._settings.flux_endpoint, json=wanted, headers=headers)
        answer = await self._follow(answer)
        if answer.status != 200:
            raise self._refusal(answer)
        return _seen(await self._content(answer))

    async def _follow(self, answer: _Answer) -> _Answer:
        """Ask where the service says that the picture will be, until it is there.

        A 202 to such a question needs no new address.
        """
        moves, here = 0, ""
        while answer.status == 202 or answer.status in _MOVED:
            here = self._same_host(answer.url, answer.headers.get("location") or here)
            if answer.status == 202:
                await asyncio.sleep(refusals.seconds(answer.headers.get("retry-after")) or self._pace.poll)
            elif (moves := moves + 1) > _MOST_MOVES:
                raise refusals.of_garbage("it sends us round in circles")
            answer = await self._ask("GET", here)
        return answer

    def _same_host(self, base: str, location: str) -> str:
        """Return the address that an answer names.

        Raises:
            EngineFailed: it names none, or one on another host, which must not see our token.
        """
        address = urljoin(base, location)
        if not location or urlsplit(address)[:2] != urlsplit(self._settings.flux_endpoint)[:2]:
            raise refusals.of_garbage("it sends us to another host" if location else "it does not say where to ask")
        return address

    async def _ask(self, method: str, url: str, **body: Any) -> _Answer:
        async with self._client.stream(method, url, **body) as response:
            is_json = "json" in response.headers.get("content-type", "")
            limit = _LARGEST_JSON if is_json else LARGEST_BYTES
            content = await _read(response, limit if response.status_code == 200 else _COMPLAINT_BYTES)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return _Answer(response.status_code, headers, content, str(response.url))

    async def _content(self, answer: _Answer) -> bytes:
        """Return the picture's bytes out of an answer, which are the answer or stand in its JSON."""
        if answer.body.lstrip()[:1] != b"{":
            return answer.body
        first = _first(answer.body)
        if first.startswith("data:"):
            return _decoded(first.partition(",")[2])
        if _is_url(first):
            found = await self._follow(await self._ask("GET", self._same_host(answer.url, first)))
            if found.status != 200:
                raise self._refusal(found)
            return found.body
        return _decoded(first)

    def _refusal(self, answer: _Answer) -> Exception:
        says = refusals.complaint(answer.body).replace(self._settings.flux_token or "\0", "<hidden>")
        return refusals.of_status(answer.status, says, wait=refusals.seconds(answer.headers.get("retry-after")))


async def _read(response: httpx.Response, limit: int) -> bytes:
    """Read an answer; one that is no picture is cut, one that is too large is refused."""
    kept = bytearray()
    async for chunk in response.aiter_raw():
        kept += chunk
        if len(kept) > limit:
            if response.status_code != 200:
                break
            raise refusals.of_garbage(f"it has more than {limit // 1024**2} MiB")
    return bytes(kept[:limit])


class _Item(msgspec.Struct):
    b64_json: str | None = None
    url: str | None = None


class _Listing(msgspec.Struct):
    """``images`` as FLUX services name it, ``data`` as OpenAI does; a string is Base64 or a data URI."""

    images: list[_Item | str] = []
    data: list[_Item | str] = []


def _first(body: bytes) -> str:
    try:
        listing = msgspec.json.decode(body, type=_Listing)
    except msgspec.MsgspecError as exc:
        raise refusals.of_garbage("its JSON has another shape") from exc
    for item in (*listing.images, *listing.data):
        found = item if isinstance(item, str) else item.b64_json or item.url
        if found:
            return found
    raise refusals.of_garbage("there is no picture in its JSON")


def _is_url(text: str) -> bool:
    # A JPEG in Base64 begins with a slash too, but never has a dot in it.
    return text.startswith(("http://", "https://")) or (text.startswith("/") and "." in text[:2000])


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise refusals.of_garbage("its Base64 is damaged") from exc


def _seen(content: bytes) -> Drawn:
    if len(content) > LARGEST_BYTES:
        raise refusals.of_garbage(f"it has more than {LARGEST_BYTES // 1024**2} MiB")
    try:
        return Drawn(content=content, about=pictures.look(content))
    except BadInput as exc:
        raise EngineFailed(f"The image service sent no picture: {exc.message}", hint=refusals.CHECK) from exc

"""Bodies passed on as they arrive, and one file out of a multipart/form-data request: never whole in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.exceptions import InternalServerException
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header  # type: ignore[import-untyped]  # it has no py.typed

from ..platform.errors import BadInput

_FIELD = "file"
_HINT = "Send 'multipart/form-data' with the file in the field 'file'."
# What is around the file: other fields of a form, such as a CSRF token.
OTHER_BYTES = 1024 * 1024
_HEADER_BYTES = 8 * 1024
_FIELDS = 50

_Events = AsyncGenerator[MultipartSegment | bytes | None]


@dataclass(frozen=True, kw_only=True)
class FilePart:
    """The file as its sender describes it; ``chunks`` raises ``BadInput`` if the request is broken off.

    ``fields`` are those of the form that came before it.
    """

    filename: str
    content_type: str
    chunks: AsyncIterator[bytes]
    fields: dict[str, str]


async def file_of(request: Request[Any, Any, Any]) -> FilePart:
    """Read up to the beginning of the file in the field ``file``.

    Raises:
        BadInput: the request is not multipart/form-data, or has no such file.
    """
    events = _events(request)
    others = 0
    before: list[tuple[str, bytearray]] = []
    async for event in events:
        if isinstance(event, MultipartSegment) and event.name == _FIELD:
            return _file_part(event, _content(events, others), before)
        others = _counted(others, event)
        if isinstance(event, MultipartSegment):
            before.append((event.name, bytearray()))
        elif event is not None:
            before[-1][1].extend(event)
    raise BadInput("The field 'file' is missing.", hint=_HINT)


def _file_part(
    segment: MultipartSegment, chunks: AsyncIterator[bytes], before: list[tuple[str, bytearray]]
) -> FilePart:
    if not segment.filename:
        raise BadInput("The field 'file' has no file in it.", hint=_HINT)
    fields = {name: content.decode(errors="replace") for name, content in before}
    return FilePart(filename=segment.filename, content_type=segment.content_type or "", chunks=chunks, fields=fields)


async def _content(events: _Events, others: int) -> AsyncIterator[bytes]:
    async for event in events:
        if event is None:
            break
        if isinstance(event, bytes | bytearray):
            yield bytes(event)
    # Read to the end: a request that breaks off after the file is broken, too.
    async for event in events:
        if isinstance(event, MultipartSegment) and event.name == _FIELD:
            raise BadInput("There are several fields 'file'; send one file per request.")
        others = _counted(others, event)


async def stream_of(request: Request[Any, Any, Any]) -> AsyncGenerator[bytes]:
    """Yield the body as it arrives, no empty pieces; raises ``BadInput`` when the client goes away."""
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except InternalServerException as exc:
        # This is how Litestar says that the client is gone; nobody will read the answer.
        raise BadInput("The connection broke off.") from exc


async def _events(request: Request[Any, Any, Any]) -> _Events:
    try:
        parser = PushMultipartParser(_boundary(request), max_header_size=_HEADER_BYTES, max_segment_count=_FIELDS)
        async for chunk in stream_of(request):
            for event in parser.parse(chunk):
                yield event
        parser.close()
    except MultipartError as exc:
        raise BadInput(f"The request is not valid multipart/form-data: {exc}", hint=_HINT) from exc


def _boundary(request: Request[Any, Any, Any]) -> str:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise BadInput("The request is not multipart/form-data.", hint=_HINT)
    return str(options["boundary"])


def _counted(others: int, event: MultipartSegment | bytes | None) -> int:
    others += len(event) if isinstance(event, bytes | bytearray) else 0
    if others > OTHER_BYTES:
        raise BadInput(f"The fields besides 'file' are larger than {OTHER_BYTES} bytes.", hint=_HINT)
    return others

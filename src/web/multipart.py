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

    ``fields`` are those of the form that came before it; once ``chunks`` has ended, those after it too.
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
    fields = _Fields()
    async for event in events:
        if isinstance(event, MultipartSegment) and event.name == _FIELD:
            return _file_part(event, _content(events, fields), fields)
        fields.add(event)
    raise BadInput("The field 'file' is missing.", hint=_HINT)


class _Fields:
    """The fields of the form as they come in; together they are no larger than ``OTHER_BYTES``."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._name = ""
        self._content = bytearray()
        self._bytes = 0

    def add(self, event: MultipartSegment | bytes | None) -> None:
        """Take in the head of a field, some of its content, or its end."""
        if isinstance(event, MultipartSegment):
            self._name, self._content = event.name, bytearray()
        elif event is None:
            self.values[self._name] = self._content.decode(errors="replace")
        else:
            self._bytes += len(event)
            if self._bytes > OTHER_BYTES:
                raise BadInput(f"The fields besides 'file' are larger than {OTHER_BYTES} bytes.", hint=_HINT)
            self._content.extend(event)


def _file_part(segment: MultipartSegment, chunks: AsyncIterator[bytes], fields: _Fields) -> FilePart:
    if not segment.filename:
        raise BadInput("The field 'file' has no file in it.", hint=_HINT)
    kind = segment.content_type or ""
    return FilePart(filename=segment.filename, content_type=kind, chunks=chunks, fields=fields.values)


async def _content(events: _Events, fields: _Fields) -> AsyncIterator[bytes]:
    async for event in events:
        if event is None:
            break
        if isinstance(event, bytes | bytearray):
            yield bytes(event)
    # Read to the end: a request that breaks off after the file is broken, too.
    async for event in events:
        if isinstance(event, MultipartSegment) and event.name == _FIELD:
            raise BadInput("There are several fields 'file'; send one file per request.")
        fields.add(event)


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

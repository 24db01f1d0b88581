"""Answers that are files: whole or in part, never shown as a page by the browser."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.response import Redirect, Stream

from ..platform.domain.filenames import content_disposition
from ..platform.services import files
from ..platform.services.files import Download
from . import problems, ranges
from .ranges import Span

# Whatever the file holds, it may not run as a page of ours.
_SAFETY = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
}


def answer(request: Request[Any, Any, Any], file: Download) -> Response[Any]:
    """Send the file, or the part of it that ``Range`` asks for, or nothing if the client has it already."""
    if file.redirect is not None:
        return Redirect(file.redirect, status_code=307, headers={"Cache-Control": "no-store"})
    etag = f'"{file.etag}"'
    headers = _SAFETY | {"ETag": etag, "Accept-Ranges": "bytes"}
    if _has_already(request, etag):
        return Response(None, status_code=304, headers=headers)
    wanted = _range(request, file, etag)
    if wanted is not None and wanted.length == 0:
        return _unsatisfiable(file, headers)
    headers |= {"Content-Disposition": content_disposition(file.filename)}
    return _content(request, file, wanted, headers)


def _content(
    request: Request[Any, Any, Any], file: Download, wanted: Span | None, headers: dict[str, str]
) -> Response[Any]:
    span = wanted or Span(start=0, length=file.size)
    headers = headers | {"Content-Length": str(span.length)}
    if wanted is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{file.size}"
    status = 200 if wanted is None else 206
    if request.method == "HEAD":
        return Response(b"", status_code=status, headers=headers, media_type=file.content_type)
    chunks = files.read(file, start=span.start, length=span.length)
    return Stream(chunks, status_code=status, headers=headers, media_type=file.content_type)


def _has_already(request: Request[Any, Any, Any], etag: str) -> bool:
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag in known or "*" in known


def _range(request: Request[Any, Any, Any], file: Download, etag: str) -> Span | None:
    header = request.headers.get("range", "")
    # If-Range: the client wants a part only of the very content that it knows.
    if not header or request.headers.get("if-range", etag) != etag:
        return None
    return ranges.parse(header, file.size)


def _unsatisfiable(file: Download, headers: dict[str, str]) -> Response[Any]:
    problem = problems.Problem(
        type="urn:reelscribe:problem:range_not_satisfiable",
        title="Range not satisfiable",
        status=416,
        detail=f"The file has {file.size} bytes; the range lies outside of it.",
        code="range_not_satisfiable",
        hint="Ask for a range within the file, or leave the Range header out.",
    )
    headers = headers | {"Content-Range": f"bytes */{file.size}"}
    return Response(problem, status_code=416, media_type=problems.CONTENT_TYPE, headers=headers)

"""The signed URLs of the local storage: ``/files/…`` to read, ``/uploads/…/parts/…`` to write.

Whoever holds the URL may do what it says; there is no other sign-in here, and no cookie is looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from litestar import Request, Response, put, route
from litestar.params import FromPath

from ..platform.services import files
from . import downloads
from .guards import PUBLIC
from .multipart import stream_of

_SIGNED = {**PUBLIC, "exclude_from_csrf": True}


@route("/files/{key:path}", http_method=["GET", "HEAD"], opt=_SIGNED, include_in_schema=False)
async def file(request: Request[Any, Any, Any], key: FromPath[Path]) -> Response[Any]:
    """Send the file that a signed link leads to."""
    query = request.query_params.multi_items()
    found = await files.of_link(key.as_posix().lstrip("/"), list(query), now=datetime.now(UTC))
    return downloads.answer(request, found)


@put(
    "/uploads/{upload:str}/parts/{number:str}",
    opt=_SIGNED,
    include_in_schema=False,
    request_max_body_size=None,
)
async def part(request: Request[Any, Any, Any], upload: FromPath[str], number: FromPath[str]) -> Response[None]:
    """Take one part of an upload, of exactly the size that its URL is for."""
    arrived = await files.receive_part(
        upload,
        number,
        list(request.query_params.multi_items()),
        stream_of(request),
        announced=request.content_length,
        now=datetime.now(UTC),
    )
    return Response(None, status_code=200, headers={"ETag": f'"{arrived.etag}"'})


handlers = (file, part)

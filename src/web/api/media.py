"""``/api/v1/media``: recordings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, route
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath

from ...platform.services import intake
from ...platform.services import media as recordings
from ...platform.services.media import MediaPage, MediaView
from .. import downloads, multipart
from ..guards import Caller
from ..problems import documented
from .paging import Cursor, Limit
from .repeats import IdempotencyKey


@dataclass
class _Upload(Operation):
    """Says in the reference what the handler reads by itself."""

    def __post_init__(self) -> None:
        about = "The recording; only its content decides what it is"
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, description=about)
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file}, required=["file"])
        content = {"multipart/form-data": OpenAPIMediaType(schema=form)}
        self.request_body = RequestBody(content=content, required=True)


@post(
    "/media",
    tags=["Media"],
    request_max_body_size=None,
    operation_class=_Upload,
    responses=documented(413, 507),
)
async def upload(
    request: Request[Any, Any, Any], identity: Caller, idempotency_key: IdempotencyKey = None
) -> Response[MediaView]:
    """Store a recording, sent in the field `file`, as it arrives."""
    # Long before the last byte, where the client says how many there are.
    intake.refuse_too_large((request.content_length or 0) - multipart.OTHER_BYTES)
    file = await multipart.file_of(request)
    store = recordings.store if idempotency_key is None else partial(recordings.store_once, key=idempotency_key)
    view = await store(
        identity.user_id,
        filename=file.filename,
        chunks=file.chunks,
        claimed_type=file.content_type,
        size=request.content_length,
    )
    return Response(view, status_code=201, headers={"Location": f"/api/v1/media/{view.id}"})


@get("/media", tags=["Media"])
async def list_media(identity: Caller, limit: Limit = 50, cursor: Cursor = None) -> MediaPage:
    """List the recordings, newest first."""
    return await recordings.list_page(identity.user_id, limit=limit, cursor=cursor)


@get("/media/{media_id:uuid}", tags=["Media"])
async def get_media(media_id: FromPath[UUID], identity: Caller) -> MediaView:
    """Return what is known about a recording."""
    return await recordings.get(identity.user_id, media_id)


@delete("/media/{media_id:uuid}", tags=["Media"], responses=documented(409))
async def delete_media(media_id: FromPath[UUID], identity: Caller) -> None:
    """Remove a recording; refused while an unfinished job needs it."""
    await recordings.delete(identity.user_id, media_id)


_FILE = ResponseSpec(bytes, generate_examples=False, media_type="*/*", description="The bytes")
_ELSEWHERE = ResponseSpec(None, description="Where it is")
_KNOWN = ResponseSpec(None, description="The ETag of If-None-Match is still right")


@route(
    "/media/{media_id:uuid}/content",
    http_method=["GET", "HEAD"],
    tags=["Media"],
    responses={200: _FILE, 206: _FILE, 304: _KNOWN, 307: _ELSEWHERE, **documented(416)},
)
async def content(request: Request[Any, Any, Any], media_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Send the recording, or the part that `Range` asks for, or say where it is (S3)."""
    return downloads.answer(request, await recordings.download(identity.user_id, media_id))


handlers = (upload, list_media, get_media, delete_media, content)

"""``/api/v1/uploads``: large files in parts, sent straight to the storage, resumable."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from ...platform.services import idempotency
from ...platform.services import uploads as incoming
from ...platform.services.media import MediaView
from ...platform.services.upload_views import NewUpload, UploadView
from ..guards import Caller
from ..problems import documented
from .repeats import IdempotencyKey


class _Made(msgspec.Struct):
    id: UUID


@post("/uploads", tags=["Uploads"], responses=documented(409))
async def create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewUpload],
    identity: Caller,
    idempotency_key: IdempotencyKey = None,
) -> Response[UploadView]:
    """Begin an upload: send each part to its URL, then complete it."""
    if idempotency_key is None:
        view = await incoming.create(identity.user_id, data)
        return Response(view, status_code=201, headers={"Location": _address(view.id)})
    answer = await idempotency.once(
        identity.user_id,
        idempotency_key,
        request=b"POST /api/v1/uploads\n" + await request.body(),
        status=201,
        action=lambda: incoming.create(identity.user_id, data),
    )
    return _stored(answer)


@get("/uploads/{upload_id:uuid}", tags=["Uploads"])
async def get_upload(upload_id: FromPath[UUID], identity: Caller) -> UploadView:
    """Say which parts have arrived, with fresh URLs for all of them."""
    return await incoming.get(identity.user_id, upload_id)


@post("/uploads/{upload_id:uuid}/complete", tags=["Uploads"], responses=documented(409, 413, 507))
async def complete(upload_id: FromPath[UUID], identity: Caller) -> Response[MediaView]:
    """Make a recording of the parts; asked again, return the same one."""
    view = await incoming.complete(identity.user_id, upload_id)
    return Response(view, status_code=201, headers={"Location": f"/api/v1/media/{view.id}"})


@delete("/uploads/{upload_id:uuid}", tags=["Uploads"], responses=documented(409))
async def abort(upload_id: FromPath[UUID], identity: Caller) -> None:
    """Give an upload up; its parts are thrown away."""
    await incoming.abort(identity.user_id, upload_id)


def _stored(answer: idempotency.Answer) -> Response[Any]:
    upload_id = msgspec.json.decode(answer.body, type=_Made).id
    return Response(
        answer.body, status_code=answer.status, media_type="application/json", headers={"Location": _address(upload_id)}
    )


def _address(upload_id: UUID) -> str:
    return f"/api/v1/uploads/{upload_id}"


handlers = (create, get_upload, complete, abort)

"""``/api/v1/images``: illustrations of jobs and clips."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post, route
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from ...platform.services import images
from ...platform.services.images import ImagePage, ImageView, NewImage
from .. import downloads
from ..guards import Caller
from ..problems import documented
from . import repeats
from .repeats import IdempotencyKey


@post("/images", status_code=202, tags=["Images"], responses=documented(402, 404))
async def create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewImage],
    identity: Caller,
    idempotency_key: IdempotencyKey = None,
) -> Response[ImageView]:
    """Have an illustration drawn for a job or a clip; `Location` says where to follow it."""
    return await repeats.once(
        request,
        identity,
        idempotency_key,
        lambda: images.create(identity, data),
        status=202,
        location="/api/v1/images/{id}",
    )


@get("/images/{image_id:uuid}", tags=["Images"])
async def get_image(image_id: FromPath[UUID], identity: Caller) -> ImageView:
    """Return an illustration as it stands."""
    return await images.get(identity.user_id, image_id)


@get("/jobs/{job_id:uuid}/images", tags=["Images"])
async def list_images(job_id: FromPath[UUID], identity: Caller) -> ImagePage:
    """List the illustrations of a job and of its clips, newest first."""
    return await images.of_job(identity.user_id, job_id)


_FILE = ResponseSpec(bytes, generate_examples=False, media_type="*/*", description="The bytes")
_ELSEWHERE = ResponseSpec(None, description="Where it is")
_KNOWN = ResponseSpec(None, description="The ETag of If-None-Match is still right")


@route(
    "/images/{image_id:uuid}/content",
    http_method=["GET", "HEAD"],
    tags=["Images"],
    responses={200: _FILE, 206: _FILE, 304: _KNOWN, 307: _ELSEWHERE, **documented(409, 416)},
)
async def content(request: Request[Any, Any, Any], image_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Send the picture, or say where it is (S3)."""
    return downloads.answer(request, await images.content(identity.user_id, image_id))


handlers = (create, get_image, list_images, content)

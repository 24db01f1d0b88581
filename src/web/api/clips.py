"""``/api/v1/jobs/{id}/clips``, ``…/reels`` and ``/api/v1/clips``."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post, route
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from ...platform.domain.filenames import content_disposition
from ...platform.services.clips import edits, files, reels, views
from ...platform.services.clips.edits import ClipChanges
from ...platform.services.clips.files import SubtitleFormat
from ...platform.services.clips.reels import NewReel
from ...platform.services.clips.views import ClipPage, ClipView
from .. import downloads
from ..guards import Caller
from ..problems import documented
from . import repeats
from .repeats import IdempotencyKey

_FILE = ResponseSpec(bytes, generate_examples=False, media_type="*/*", description="The bytes")
_ELSEWHERE = ResponseSpec(None, description="Where it is")
_KNOWN = ResponseSpec(None, description="The ETag of If-None-Match is still right")
_FILES = {200: _FILE, 206: _FILE, 304: _KNOWN, 307: _ELSEWHERE, **documented(409, 416)}
_TEXT = ResponseSpec(bytes, generate_examples=False, media_type="*/*", description="The subtitles")
Format = Annotated[SubtitleFormat, QueryParameter(name="format", description="How to write them")]


@get("/jobs/{job_id:uuid}/clips", tags=["Clips"])
async def list_clips(job_id: FromPath[UUID], identity: Caller) -> ClipPage:
    """List the clips of a job, also those that are still being made; empty before they are chosen."""
    return await views.of_job(identity.user_id, job_id)


@post("/jobs/{job_id:uuid}/reels", status_code=202, tags=["Clips"], responses=documented(404, 409))
async def make_reel(
    request: Request[Any, Any, Any],
    job_id: FromPath[UUID],
    data: JSONBody[NewReel],
    identity: Caller,
    idempotency_key: IdempotencyKey = None,
) -> Response[ClipView]:
    """Put chosen clips into one file, each a chapter; the job is `processing` until it is made."""
    return await repeats.once(
        request,
        identity,
        idempotency_key,
        lambda: reels.create(identity, job_id, data),
        status=202,
        location="/api/v1/clips/{id}",
    )


@get("/clips/{clip_id:uuid}", tags=["Clips"])
async def get_clip(clip_id: FromPath[UUID], identity: Caller) -> ClipView:
    """Return a clip as it stands."""
    return await views.get(identity.user_id, clip_id)


@patch("/clips/{clip_id:uuid}", tags=["Clips"], responses=documented(409))
async def change_clip(clip_id: FromPath[UUID], data: JSONBody[ClipChanges], identity: Caller) -> ClipView:
    """Change a clip; it is rendered again if its file would differ, and the old file stays until then."""
    return await edits.change(identity, clip_id, data)


@delete("/clips/{clip_id:uuid}", tags=["Clips"], responses=documented(409))
async def delete_clip(clip_id: FromPath[UUID], identity: Caller) -> None:
    """Remove a clip."""
    await edits.delete(identity, clip_id)


@route("/clips/{clip_id:uuid}/content", http_method=["GET", "HEAD"], tags=["Clips"], responses=_FILES)
async def content(request: Request[Any, Any, Any], clip_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Send the video, or the part that `Range` asks for, or say where it is (S3)."""
    return downloads.answer(request, await files.download(identity.user_id, clip_id, "content"))


@route("/clips/{clip_id:uuid}/poster", http_method=["GET", "HEAD"], tags=["Clips"], responses=_FILES)
async def poster(request: Request[Any, Any, Any], clip_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Send the clip's best frame, a JPEG."""
    return downloads.answer(request, await files.download(identity.user_id, clip_id, "poster"))


@route("/clips/{clip_id:uuid}/preview", http_method=["GET", "HEAD"], tags=["Clips"], responses=_FILES)
async def preview(request: Request[Any, Any, Any], clip_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Send a small moving picture of the clip, a WebP without sound."""
    return downloads.answer(request, await files.download(identity.user_id, clip_id, "preview"))


@get("/clips/{clip_id:uuid}/subtitles", tags=["Clips"], responses={200: _TEXT, **documented(409)})
async def subtitles(clip_id: FromPath[UUID], identity: Caller, format_name: Format = "srt") -> Response[bytes]:
    """Send the clip's subtitles as a file of their own."""
    made = await files.subtitles(identity.user_id, clip_id, format_name)
    headers = {"Content-Disposition": content_disposition(f"clip-{clip_id}{made.suffix}")}
    return Response(made.content, headers=headers | {"Content-Type": made.content_type})


handlers = (list_clips, make_reel, get_clip, change_clip, delete_clip, content, poster, preview, subtitles)

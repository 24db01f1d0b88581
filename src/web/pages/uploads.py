"""``/jobs/new/uploads``: what the upload script of ``/jobs/new`` asks; as ``/api/v1/uploads``, with the cookie."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from ...platform.services import uploads as incoming
from ...platform.services.media import MediaView
from ...platform.services.upload_views import NewUpload, UploadView
from ...platform.settings import current
from ..guards import Caller


@post("/jobs/new/uploads")
async def begin(data: JSONBody[NewUpload], identity: Caller) -> UploadView:
    """Begin an upload; the answer says where each part goes."""
    return _from_here(await incoming.create(identity.user_id, data))


@get("/jobs/new/uploads/{upload_id:uuid}")
async def look(upload_id: FromPath[UUID], identity: Caller) -> UploadView:
    """Say which parts are there, for going on after a pause."""
    return _from_here(await incoming.get(identity.user_id, upload_id))


@post("/jobs/new/uploads/{upload_id:uuid}/complete")
async def complete(upload_id: FromPath[UUID], identity: Caller) -> MediaView:
    """Make a recording of the parts."""
    return await incoming.complete(identity.user_id, upload_id)


@delete("/jobs/new/uploads/{upload_id:uuid}")
async def give_up(upload_id: FromPath[UUID], identity: Caller) -> None:
    """Throw the parts away."""
    await incoming.abort(identity.user_id, upload_id)


def _from_here(view: UploadView) -> UploadView:
    # The page may be open under another name than PUBLIC_URL, and its policy allows our own address only.
    ours = current().public_url.rstrip("/")
    parts = [msgspec.structs.replace(part, url=part.url.removeprefix(ours)) for part in view.parts]
    return msgspec.structs.replace(view, parts=parts)


handlers = (begin, look, complete, give_up)

"""``/jobs/{id}/clips``: watch the clips of a job, change them, put them together, take them along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post, route
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from ...platform.domain.filenames import content_disposition
from ...platform.errors import BadInput, Conflict, NotFound, ReelscribeError
from ...platform.services import library
from ...platform.services.clips import edits, exports, files, reels, views
from ...platform.services.clips.changes import ClipChanges
from ...platform.services.clips.exports import FormatName
from ...platform.services.clips.files import Part, SubtitleFormat
from ...platform.services.sessions import Identity
from .. import downloads
from ..guards import Caller
from . import clip_form, clip_news, view
from .clip_form import ClipEdit, ReelEdit

_PARTS: dict[str, Part] = {"video": "content", "poster": "poster", "preview": "preview"}
_SUBTITLES: dict[str, SubtitleFormat] = {"srt": "srt", "vtt": "vtt", "ass": "ass"}
_EXPORTS: dict[str, FormatName] = {"fcpxml": "fcpxml", "edl": "edl", "otio": "otio", "youtube": "youtube"}


@get("/jobs/{job_id:uuid}/clips")
async def show(
    job_id: FromPath[UUID], identity: Caller, told: FromQuery[str] = "", of: FromQuery[str] = ""
) -> Template:
    """Show the clips of a job, those that are still being made as well; ``told``: codes about a change ``of`` one."""
    return await _page(identity, job_id, told=told, of=of)


@get("/jobs/{job_id:uuid}/clips/{clip_id:uuid}/card")
async def card(job_id: FromPath[UUID], clip_id: FromPath[UUID], identity: Caller) -> Template:
    """Show one clip as it stands now."""
    clip = await views.in_job(identity.user_id, job_id, clip_id)
    return view.partial("clip", {"clip": clip, "edit": None, "problem": None, "at": None, "told": [], **_WORDS})


@post("/jobs/{job_id:uuid}/clips/{clip_id:uuid}", status_code=303)
async def change(
    job_id: FromPath[UUID], clip_id: FromPath[UUID], data: URLEncodedBody[ClipEdit], identity: Caller
) -> Response[Any]:
    """Change a clip and have it made anew."""
    clip = await views.in_job(identity.user_id, job_id, clip_id)
    try:
        changed = await edits.change(identity, clip_id, clip_form.changes(data, clip))
    except BadInput as exc:
        return await _page(identity, job_id, at=clip_id, edit=data, problem=exc)
    except Conflict as exc:
        now = await views.in_job(identity.user_id, job_id, clip_id)
        return await _page(identity, job_id, at=clip_id, edit=clip_form.beside(data, now), problem=exc)
    return view.see(clip_news.after(changed))


@post("/jobs/{job_id:uuid}/clips/{clip_id:uuid}/again", status_code=303)
async def try_again(job_id: FromPath[UUID], clip_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Make the file of a clip whose last rendering failed."""
    await views.in_job(identity.user_id, job_id, clip_id)
    try:
        changed = await edits.change(identity, clip_id, ClipChanges())
    except Conflict as exc:
        return await _page(identity, job_id, at=clip_id, problem=exc)
    return view.see(clip_news.after(changed))


@post("/jobs/{job_id:uuid}/clips/{clip_id:uuid}/delete", status_code=303)
async def delete(job_id: FromPath[UUID], clip_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Remove a clip."""
    await views.in_job(identity.user_id, job_id, clip_id)
    try:
        await edits.delete(identity, clip_id)
    except Conflict as exc:
        return await _page(identity, job_id, at=clip_id, problem=exc)
    return view.see(f"/jobs/{job_id}/clips#clips-page")


@post("/jobs/{job_id:uuid}/reels", status_code=303)
async def make_reel(job_id: FromPath[UUID], data: URLEncodedBody[ReelEdit], identity: Caller) -> Response[Any]:
    """Put the chosen clips into one file."""
    try:
        reel = await reels.create(identity, job_id, clip_form.reel(data))
    except (BadInput, Conflict) as exc:
        return await _page(identity, job_id, problem=exc)
    return view.see(clip_news.after(reel))


@route("/jobs/{job_id:uuid}/clips/{clip_id:uuid}/{part:str}", http_method=["GET", "HEAD"])
async def file(
    request: Request[Any, Any, Any],
    job_id: FromPath[UUID],
    clip_id: FromPath[UUID],
    part: FromPath[str],
    identity: Caller,
) -> Response[Any]:
    """Send the video, its poster or preview in the ranges that the player asks for, or the subtitles."""
    clip = await views.in_job(identity.user_id, job_id, clip_id)
    if part in _SUBTITLES:
        made = await files.subtitles(identity.user_id, clip_id, _SUBTITLES[part])
        # As the video is called: players look for subtitles of the same name.
        return _saved(made.content, made.content_type, files.file_name(clip.title) + made.suffix)
    if part not in _PARTS:
        raise NotFound("There is no such part of a clip")
    return downloads.answer(request, await files.download(identity.user_id, clip_id, _PARTS[part]))


@get("/jobs/{job_id:uuid}/clips/export/{format_name:str}")
async def export(job_id: FromPath[UUID], format_name: FromPath[str], identity: Caller) -> Response[bytes]:
    """Send the clips as a cut list for an editor, or as chapters for YouTube."""
    if format_name not in _EXPORTS:
        raise NotFound("There is no such format")
    found = await exports.export(identity.user_id, job_id, _EXPORTS[format_name])
    return _saved(found.made.content, found.made.content_type, found.filename)


async def _page(
    who: Identity,
    job_id: UUID,
    *,
    at: UUID | None = None,
    edit: ClipEdit | None = None,
    problem: ReelscribeError | None = None,
    told: str = "",
    of: str = "",
) -> Template:
    clips = (await views.of_job(who.user_id, job_id)).items
    found = {
        "detail": await library.detail(who, job_id),
        "clips": clips,
        "at": at or next((clip.id for clip in clips if str(clip.id) == of), None),
        "told": clip_news.told(told),
        "edit": edit,
        "problem": problem,
    }
    return view.page("clips", {**found, **_WORDS}, status=problem.status if problem else 200)


def _saved(content: bytes, content_type: str, name: str) -> Response[bytes]:
    headers = {"Content-Disposition": content_disposition(name), "Content-Type": content_type}
    return Response(content, headers=headers)


_WORDS = {
    "SUBTITLES": clip_form.SUBTITLES,
    "ASPECTS": clip_form.ASPECTS,
    "LAYOUTS": clip_form.LAYOUTS,
    "shown": clip_form.shown,
}

handlers = (show, card, change, try_again, delete, make_reel, file, export)

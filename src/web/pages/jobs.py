"""``/jobs/{id}``: a job while it runs, and what came of it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post, route
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from ...platform.domain.filenames import content_disposition
from ...platform.domain.transcript import Transcript
from ...platform.errors import Conflict
from ...platform.services import library, media, runs, transcripts
from ...platform.services.sessions import Identity
from .. import downloads
from ..guards import Caller
from . import findings, reading, view

Begin = Annotated[int, QueryParameter(name="from", ge=0, le=1_000_000)]
# A language that the text was translated into; without one, or with one that there is not: as it was said.
Translation = Annotated[str, QueryParameter(max_length=16)]


@get("/jobs/{job_id:uuid}")
async def show(job_id: FromPath[UUID], identity: Caller, begin: Begin = 0, translation: Translation = "") -> Template:
    """Show a job, whatever its state."""
    return view.page("job", await _state(identity, job_id, begin, translation))


@get("/jobs/{job_id:uuid}/panel")
async def panel(job_id: FromPath[UUID], identity: Caller) -> Template:
    """Show the job without the page around it: when it has ended, this replaces what showed its progress."""
    return view.partial("job", await _state(identity, job_id, 0, ""))


@get("/jobs/{job_id:uuid}/status")
async def status(job_id: FromPath[UUID], identity: Caller) -> Template:
    """Show how far a job is."""
    return view.partial("job_status", {"detail": await library.detail(identity, job_id)})


@get("/jobs/{job_id:uuid}/lines")
async def lines(job_id: FromPath[UUID], identity: Caller, begin: Begin = 0, translation: Translation = "") -> Template:
    """Show one more part of a long transcript."""
    text = await transcripts.get(identity.user_id, job_id)
    return view.partial("lines", {"job_id": job_id, "part": reading.part(text, begin, translation=translation)})


@get("/jobs/{job_id:uuid}/card")
async def card(job_id: FromPath[UUID], identity: Caller) -> Template:
    """Show a job as the lists do."""
    return view.partial("entry", {"entry": await library.entry(identity, job_id)})


@post("/jobs/{job_id:uuid}/cancel", status_code=303)
async def cancel(job_id: FromPath[UUID], identity: Caller) -> Redirect:
    """Stop a job."""
    await runs.cancel(identity, job_id)
    return view.see(f"/jobs/{job_id}")


@post("/jobs/{job_id:uuid}/retry", status_code=303)
async def retry(job_id: FromPath[UUID], identity: Caller) -> Redirect:
    """Run again what failed or was cancelled."""
    await runs.retry(identity, job_id)
    return view.see(f"/jobs/{job_id}")


@get("/jobs/{job_id:uuid}/download/{format_name:str}")
async def download(job_id: FromPath[UUID], format_name: FromPath[str], identity: Caller) -> Response[bytes]:
    """Send the transcript as a file named after the recording."""
    found = await library.entry(identity, job_id)
    made = await transcripts.export(identity.user_id, job_id, format_name)
    name = found.recording.filename.rsplit(".", 1)[0] + made.suffix
    return Response(
        made.content, media_type=made.content_type, headers={"Content-Disposition": content_disposition(name)}
    )


@route("/jobs/{job_id:uuid}/recording", http_method=["GET", "HEAD"])
async def recording(request: Request[Any, Any, Any], job_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Send the recording to the player, in the ranges that it asks for."""
    found = await library.entry(identity, job_id)
    return downloads.answer(request, await media.download(identity.user_id, found.recording.id))


async def _state(who: Identity, job_id: UUID, begin: int, translation: str) -> dict[str, object]:
    detail = await library.detail(who, job_id)
    text = await _text(who, job_id)
    part = reading.part(text, begin, translation=translation) if text else None
    return {
        "detail": detail,
        "text": text,
        "part": part,
        "found": findings.of(text, part) if text and part else None,
        "may_improve": detail.job.status == "completed" and await transcripts.may_be_improved(job_id),
    }


async def _text(who: Identity, job_id: UUID) -> Transcript | None:
    try:
        return await transcripts.get(who.user_id, job_id)
    except Conflict:  # nothing is written down yet
        return None


handlers = (show, panel, status, lines, card, cancel, retry, download, recording)

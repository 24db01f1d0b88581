"""``/jobs/new``: a recording comes in and becomes a job."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter, URLEncodedBody
from litestar.response import Template

from ...platform.domain import languages, pricing
from ...platform.errors import BadInput, ReelscribeError
from ...platform.services import credits, engines, idempotency, intake, jobs, media
from ...platform.services.media import MediaView
from ...platform.services.sessions import Identity
from ...platform.settings import current
from .. import csrf, multipart
from ..guards import Caller
from . import clip_form, engine_choice, job_form, view
from .job_form import Choice

MediaId = Annotated[UUID | None, QueryParameter(name="media_id")]


Kind = Annotated[Literal["transcription", "clips"], QueryParameter()]


class _Made(msgspec.Struct):
    id: UUID


@get("/jobs/new")
async def form(identity: Caller, media_id: MediaId = None, kind: Kind = "transcription") -> Template:
    """Show the form, with the price where the recording is there already."""
    return await _page(identity, Choice(media_id=media_id, kind=kind))


@post("/jobs/new", status_code=303, exclude_from_csrf=True, request_max_body_size=None)
async def upload(request: Request[Any, Any, Any], identity: Caller) -> Response[Any]:
    """Take in a file and begin its job at once: the way without JavaScript."""
    fields: dict[str, str] = {}
    try:
        intake.refuse_too_large((request.content_length or 0) - multipart.OTHER_BYTES)
        file = await multipart.file_of(request)
        fields = file.fields
        csrf.verify(request, fields.get("_csrf_token", ""))
        stored = await _store(identity, request, file)
        choice = job_form.of_fields(fields)
    except BadInput as exc:
        return await _page(identity, _kept(fields), problem=exc)
    choice.media_id = stored.id
    return await _begin(identity, choice)


@post("/jobs/new/quote", status_code=200)
async def quote(data: URLEncodedBody[Choice], identity: Caller) -> Template:
    """Show what the job will cost, once the recording is there."""
    return view.partial("quote", await _price(identity, data, await _recording(identity, data)))


@post("/jobs", status_code=303)
async def create(data: URLEncodedBody[Choice], identity: Caller) -> Response[Any]:
    """Begin the job of a recording that is there."""
    return await _begin(identity, data)


async def _begin(who: Identity, choice: Choice) -> Response[Any]:
    try:
        job_id = await _create(who, choice)
    except ReelscribeError as exc:
        return await _page(who, choice, problem=exc)
    return view.see(f"/jobs/{job_id}")


def _kept(fields: dict[str, str]) -> Choice:
    try:
        return job_form.of_fields(fields)
    except BadInput:
        return Choice()


async def _page(who: Identity, choice: Choice, *, problem: ReelscribeError | None = None) -> Template:
    recording = await _recording(who, choice)
    values = {
        "problem": problem,
        "field": job_form.field_of(problem),
        "languages": sorted(languages.NAMES.items(), key=lambda item: item[1]),
        "largest": current().max_upload_bytes,
        "key": uuid4().hex,
        "SUBTITLES": clip_form.SUBTITLES,
        "ASPECTS": clip_form.ASPECTS,
        "LAYOUTS": clip_form.LAYOUTS,
    }
    offers = _offers(choice, is_text=recording is not None and recording.kind == "text")
    shown = {**values, **offers, **await _price(who, choice, recording)}
    return view.page("new_job", shown, status=problem.status if problem else 200)


def _offers(choice: Choice, *, is_text: bool) -> dict[str, object]:
    offered = engines.offered()
    found, written = engine_choice.extras(offered, is_text=is_text)
    return {
        "is_text": is_text,
        "engines": engine_choice.options(offered, choice.engine),
        "found": found,
        "written": written,
        "listeners": engine_choice.listeners(offered),
        "is_read": engine_choice.is_read(offered),
    }


async def _recording(who: Identity, choice: Choice) -> MediaView | None:
    return await media.get(who.user_id, choice.media_id) if choice.media_id else None


async def _price(who: Identity, choice: Choice, recording: MediaView | None) -> dict[str, object]:
    values: dict[str, object] = {"choice": choice, "recording": recording, "quote": None, "refusal": None}
    values["per_minute"] = pricing.TABLE["transcription"].amount
    values["balance"] = await credits.balance(who.user_id)
    if recording is None:
        return values
    try:
        values["quote"] = await jobs.quote(who, job_form.wanted(choice, recording))
    except BadInput as exc:
        values["refusal"] = exc
    return values


async def _create(who: Identity, choice: Choice) -> UUID:
    if choice.media_id is None:
        raise BadInput("Choose a recording first.")
    wanted = job_form.wanted(choice, await media.get(who.user_id, choice.media_id))
    answer = await idempotency.once(
        who.user_id,
        f"page-{choice.key or uuid4().hex}",
        request=b"POST /jobs\n" + msgspec.json.encode(wanted),
        status=202,
        action=lambda: jobs.create(who, wanted),
    )
    return msgspec.json.decode(answer.body, type=_Made).id


async def _store(who: Identity, request: Request[Any, Any, Any], file: multipart.FilePart) -> MediaView:
    return await media.store(
        who.user_id,
        filename=file.filename,
        chunks=file.chunks,
        claimed_type=file.content_type,
        size=request.content_length,
    )


handlers = (form, upload, quote, create)

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
from ...platform.services import credits, idempotency, intake, jobs, media
from ...platform.services.jobs import NewJob
from ...platform.services.media import MediaView
from ...platform.services.sessions import Identity
from ...platform.settings import current
from .. import csrf, multipart
from ..guards import Caller
from . import view

MediaId = Annotated[UUID | None, QueryParameter(name="media_id")]
# What a browser sends for a field that was left empty.
Count = Annotated[str, msgspec.Meta(pattern=r"^\d{0,3}$")]


class Choice(msgspec.Struct, kw_only=True):
    """The fields of the form; ``key`` makes a form that is sent twice make one job."""

    media_id: UUID | None = None
    language: str = ""
    mode: Literal["mono", "dialogue"] = "mono"
    min_speakers: Count = ""
    max_speakers: Count = ""
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""


class _Made(msgspec.Struct):
    id: UUID


@get("/jobs/new")
async def form(identity: Caller, media_id: MediaId = None) -> Template:
    """Show the form, with the price where the recording is there already."""
    return await _page(identity, Choice(media_id=media_id))


@post("/jobs/new", status_code=303, exclude_from_csrf=True, request_max_body_size=None)
async def upload(request: Request[Any, Any, Any], identity: Caller) -> Response[Any]:
    """Take in a file and begin its job at once: the way without JavaScript."""
    choice = Choice()
    try:
        intake.refuse_too_large((request.content_length or 0) - multipart.OTHER_BYTES)
        file = await multipart.file_of(request)
        csrf.verify(request, file.fields.get("_csrf_token", ""))
        choice = _choice(file.fields)
        stored = await _store(identity, request, file)
        choice.media_id = stored.id
        job_id = await _create(identity, choice)
    except BadInput as exc:
        return await _page(identity, choice, problem=exc)
    return view.see(f"/jobs/{job_id}")


@post("/jobs/new/quote", status_code=200)
async def quote(data: URLEncodedBody[Choice], identity: Caller) -> Template:
    """Show what the job will cost, once the recording is there."""
    return view.partial("quote", await _price(identity, data))


@post("/jobs", status_code=303)
async def create(data: URLEncodedBody[Choice], identity: Caller) -> Response[Any]:
    """Begin the job of a recording that is there."""
    try:
        job_id = await _create(identity, data)
    except ReelscribeError as exc:
        return await _page(identity, data, problem=exc)
    return view.see(f"/jobs/{job_id}")


async def _page(who: Identity, choice: Choice, *, problem: ReelscribeError | None = None) -> Template:
    values = {
        "problem": problem,
        "languages": sorted(languages.NAMES.items(), key=lambda item: item[1]),
        "largest": current().max_upload_bytes,
        "key": uuid4().hex,
    }
    return view.page("new_job", values | await _price(who, choice), status=problem.status if problem else 200)


async def _price(who: Identity, choice: Choice) -> dict[str, object]:
    values: dict[str, object] = {"choice": choice, "recording": None, "quote": None, "refusal": None}
    values["per_minute"] = pricing.TABLE["transcription"].amount
    values["balance"] = await credits.balance(who.user_id)
    if choice.media_id is None:
        return values
    values["recording"] = recording = await media.get(who.user_id, choice.media_id)
    try:
        values["quote"] = await jobs.quote(who, _wanted(choice, recording))
    except BadInput as exc:
        values["refusal"] = exc
    return values


async def _create(who: Identity, choice: Choice) -> UUID:
    if choice.media_id is None:
        raise BadInput("Choose a recording first.")
    wanted = _wanted(choice, await media.get(who.user_id, choice.media_id))
    answer = await idempotency.once(
        who.user_id,
        f"page-{choice.key or uuid4().hex}",
        request=b"POST /jobs\n" + msgspec.json.encode(wanted),
        status=202,
        action=lambda: jobs.create(who, wanted),
    )
    return msgspec.json.decode(answer.body, type=_Made).id


def _wanted(choice: Choice, recording: MediaView) -> NewJob:
    fewest, most = (int(count) if count else None for count in (choice.min_speakers, choice.max_speakers))
    is_dialogue = choice.mode == "dialogue" and recording.kind != "text"
    return _converted(
        {
            "media_id": recording.id,
            "language": choice.language or None,
            "mode": choice.mode,
            "min_speakers": fewest if is_dialogue else None,
            "max_speakers": most if is_dialogue else None,
            # A text is its own transcript; the speech engines need sound.
            "engine": "stub" if recording.kind == "text" else None,
        }
    )


def _converted(values: dict[str, object]) -> NewJob:
    try:
        return msgspec.convert(values, NewJob)
    except msgspec.ValidationError as exc:
        raise BadInput(f"This cannot be used: {exc}") from exc


def _choice(fields: dict[str, str]) -> Choice:
    known = {name: value for name, value in fields.items() if name in Choice.__struct_fields__ and name != "media_id"}
    try:
        return msgspec.convert(known, Choice, strict=False)
    except msgspec.ValidationError as exc:
        raise BadInput(f"This cannot be used: {exc}") from exc


async def _store(who: Identity, request: Request[Any, Any, Any], file: multipart.FilePart) -> MediaView:
    return await media.store(
        who.user_id,
        filename=file.filename,
        chunks=file.chunks,
        claimed_type=file.content_type,
        size=request.content_length,
    )


handlers = (form, upload, quote, create)

"""What an administrator decides about one dead letter: forms, a look at what would happen, and the deed."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Template

from ....platform.errors import ReelscribeError
from ....platform.services import engines
from ....platform.services.dead_letters import changes as changing
from ....platform.services.dead_letters import discard as discarding
from ....platform.services.dead_letters import letters, notes, requeue, scheduled
from ....platform.services.dead_letters.letters import LetterState
from ....platform.services.sessions import Identity
from ....platform.settings import current
from ...guards import Caller
from .. import view
from . import dead_letter, dialogs, letter_address, requeue_form
from .requeue_form import RequeueForm

Asked = Request[Any, Any, Any]
Letter = FromPath[UUID]
Back = Annotated[str, QueryParameter(max_length=4000)]
# Where to go when it is done: "list", else to the letter.
To = Annotated[str, QueryParameter(max_length=10)]
Text = Annotated[str, msgspec.Meta(max_length=5000)]


class DiscardForm(msgspec.Struct, kw_only=True):
    """Why it shall not run again, and whether its recording goes too."""

    reason: Text = ""
    source: Literal["keep", "delete"] = "keep"
    back: Text = ""
    to: Literal["", "list"] = ""


class TextForm(msgspec.Struct, kw_only=True):
    """A note, a message, an address or a reason; ``back`` is the query string of the list."""

    text: Text = ""
    back: Text = ""


class MuteForm(msgspec.Struct, kw_only=True):
    """Whether lists and alerts leave the group out, and why."""

    muted: Literal["yes", "no"]
    text: Text = ""
    back: Text = ""
    letter: UUID | None = None


class ReviewForm(msgspec.Struct, kw_only=True):
    """Whether somebody has looked at it."""

    reviewed: Literal["yes", "no"] = "yes"
    back: Text = ""


@get("/admin/dead-letters/{letter_id:uuid}/requeue")
async def requeue_page(request: Asked, letter_id: Letter, back: Back = "", to: To = "") -> Template:
    """Show the form to run the job again, as it was or with changes."""
    return await _requeue_form(request, letter_id, None, back=back, to=to)


@post("/admin/dead-letters/{letter_id:uuid}/requeue/edit", status_code=200)
async def requeue_edit(request: Asked, letter_id: Letter, data: URLEncodedBody[RequeueForm]) -> Template:
    """Show the form again with what was chosen in it."""
    return await _requeue_form(request, letter_id, data, back=data.back, to=data.to)


@post("/admin/dead-letters/{letter_id:uuid}/requeue/preview", status_code=200)
async def requeue_preview(
    request: Asked, letter_id: Letter, data: URLEncodedBody[RequeueForm], identity: Caller
) -> Template:
    """Show what would change, what would run and what it would cost."""
    try:
        values = await _rehearsed(identity, letter_id, data)
    except ReelscribeError as exc:
        return await _requeue_form(request, letter_id, data, back=data.back, to=data.to, problem=exc)
    return await dialogs.show(request, "requeue_preview", values, title="Requeue: look before you start")


@post("/admin/dead-letters/{letter_id:uuid}/requeue", status_code=303)
async def requeue_now(
    request: Asked, letter_id: Letter, data: URLEncodedBody[RequeueForm], identity: Caller
) -> Response[Any]:
    """Let the job run again, now or later."""
    deed = _requeue(identity, letter_id, data)
    return await _done(request, letter_id, data.back, "requeued", deed, to=data.to)


@get("/admin/dead-letters/{letter_id:uuid}/discard")
async def discard_page(request: Asked, letter_id: Letter, back: Back = "", to: To = "") -> Template:
    """Show the form to discard it."""
    values = {"letter": await letters.state(letter_id), "back": back, "to": to, "days": current().dead_letter_days}
    return await dialogs.show(request, "discard_form", values, title="Discard")


@post("/admin/dead-letters/{letter_id:uuid}/discard", status_code=303)
async def discard(
    request: Asked, letter_id: Letter, data: URLEncodedBody[DiscardForm], identity: Caller
) -> Response[Any]:
    """Decide that the job shall not run again."""
    deed = discarding.discard(identity, letter_id, reason=data.reason, delete_source=data.source == "delete")
    return await _done(request, letter_id, data.back, "discarded", deed, to=data.to)


@post("/admin/dead-letters/{letter_id:uuid}/restore", status_code=303)
async def restore(request: Asked, letter_id: Letter, data: URLEncodedBody[TextForm], identity: Caller) -> Response[Any]:
    """Open it again."""
    deed = discarding.restore(identity, letter_id, reason=data.text)
    return await _done(request, letter_id, data.back, "restored", deed)


@post("/admin/dead-letters/{letter_id:uuid}/unschedule", status_code=303)
async def unschedule(
    request: Asked, letter_id: Letter, data: URLEncodedBody[TextForm], identity: Caller
) -> Response[Any]:
    """Take back a plan to run it later."""
    return await _done(request, letter_id, data.back, "unscheduled", scheduled.unschedule(identity, letter_id))


@post("/admin/dead-letters/{letter_id:uuid}/note", status_code=303)
async def note(request: Asked, letter_id: Letter, data: URLEncodedBody[TextForm], identity: Caller) -> Response[Any]:
    """Write down what the next administrator should know."""
    return await _done(request, letter_id, data.back, "noted", notes.note(identity, letter_id, data.text))


@post("/admin/dead-letters/{letter_id:uuid}/assign", status_code=303)
async def assign(request: Asked, letter_id: Letter, data: URLEncodedBody[TextForm], identity: Caller) -> Response[Any]:
    """Say who looks after it."""
    return await _done(
        request, letter_id, data.back, "assigned", notes.assign(identity, letter_id, data.text.strip() or None)
    )


@post("/admin/dead-letters/{letter_id:uuid}/review", status_code=303)
async def review(
    request: Asked, letter_id: Letter, data: URLEncodedBody[ReviewForm], identity: Caller
) -> Response[Any]:
    """Mark it as looked at, or not."""
    reviewed = data.reviewed == "yes"
    said = "reviewed" if reviewed else "unreviewed"
    return await _done(request, letter_id, data.back, said, notes.review(identity, letter_id, reviewed=reviewed))


@post("/admin/dead-letters/{letter_id:uuid}/notify", status_code=303)
async def notify(request: Asked, letter_id: Letter, data: URLEncodedBody[TextForm], identity: Caller) -> Response[Any]:
    """Tell the job's owner something."""
    return await _done(request, letter_id, data.back, "notified", notes.notify(identity, letter_id, data.text))


@post("/admin/dead-letters/groups/{fingerprint:str}/mute", status_code=303)
async def mute(fingerprint: FromPath[str], data: URLEncodedBody[MuteForm], identity: Caller) -> Response[Any]:
    """Leave a group out of the lists, or show it again."""
    if data.muted == "yes":
        await notes.mute(identity, fingerprint, note=data.text)
    else:
        await notes.unmute(identity, fingerprint)
    said = "muted" if data.muted == "yes" else "unmuted"
    if data.letter is not None:
        return view.see(dead_letter.address(data.letter, data.back, said=said))
    return view.see(letter_address.of_query(data.back).page("/admin/dead-letters/groups", said=said))


async def _requeue_form(
    request: Asked,
    letter_id: UUID,
    form: RequeueForm | None,
    *,
    back: str,
    to: str,
    problem: ReelscribeError | None = None,
) -> Template:
    letter = await letters.state(letter_id)
    asked = await changing.look(letter.job_id)
    values = {
        "letter": letter,
        "form": form or requeue_form.of_job(asked),
        "now": requeue_form.of_job(asked),
        "engines": engines.offered(),
        "languages": requeue_form.LANGUAGES,
        "delays": requeue_form.DELAYS,
        "back": back,
        "to": to,
    }
    return await dialogs.show(request, "requeue_form", values, title="Requeue", problem=problem)


async def _rehearsed(who: Identity, letter_id: UUID, form: RequeueForm) -> dict[str, object]:
    letter = await letters.state(letter_id)
    wanted = requeue_form.changes(form, await changing.look(letter.job_id))
    seen = await requeue.preview(who, letter_id, wanted, from_start=form.from_start, waive=form.is_free)
    return {"letter": letter, "form": form, "seen": seen, "due": form.due(), "back": form.back, "to": form.to}


async def _requeue(who: Identity, letter_id: UUID, form: RequeueForm) -> LetterState:
    letter = await letters.state(letter_id)
    return await requeue.requeue(
        who,
        letter_id,
        requeue_form.changes(form, await changing.look(letter.job_id)),
        from_start=form.from_start,
        reason=form.reason,
        at=form.due(),
        waive=form.is_free,
    )


async def _done(
    request: Asked, letter_id: UUID, back: str, said: str, deed: Awaitable[LetterState], *, to: str = ""
) -> Response[Any]:
    """Do it and show the letter; where somebody was quicker, show how it stands now and say so."""
    try:
        after = await deed
    except ReelscribeError as exc:
        return await dead_letter.with_problem(request, letter_id, back, exc)
    said = "scheduled" if after.status == "scheduled" else said
    if to == "list":
        return view.see(letter_address.of_query(back).page("/admin/dead-letters", said=said))
    return view.see(dead_letter.address(letter_id, back, said=said))


handlers = (
    requeue_page,
    requeue_edit,
    requeue_preview,
    requeue_now,
    discard_page,
    discard,
    restore,
    unschedule,
    note,
    assign,
    review,
    notify,
    mute,
)

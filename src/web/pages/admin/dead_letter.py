"""``/admin/dead-letters/{id}``: one dead letter with all that is known about it."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, route
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from ....platform.errors import ReelscribeError
from ....platform.services import audit
from ....platform.services.dead_letters import admins, detail, listing
from ... import downloads
from . import frame, letter_address
from .letter_address import Address
from .letter_wording import SAID, probe_facts

Said = Annotated[str, QueryParameter(max_length=40)]
_LINES = 50


@get("/admin/dead-letters/{letter_id:uuid}")
async def show(request: Request[Any, Any, Any], letter_id: FromPath[UUID], said: Said = "") -> Template:
    """Show what failed, what is known about it and what can be done."""
    return await _page(request, letter_id, letter_address.of(request), said=said)


@route("/admin/dead-letters/{letter_id:uuid}/source", http_method=["GET", "HEAD"])
async def source(request: Request[Any, Any, Any], letter_id: FromPath[UUID]) -> Response[Any]:
    """Send the recording to the player, in the ranges that it asks for."""
    return downloads.answer(request, await detail.source(letter_id))


async def with_problem(
    request: Request[Any, Any, Any], letter_id: UUID, back: str, problem: ReelscribeError
) -> Template:
    """Show the letter as it stands now, and why something was not done to it.

    Raises:
        NotFound: there is no such letter.
    """
    return await _page(request, letter_id, letter_address.of_query(back), problem=problem)


def address(letter_id: UUID, back: str, *, said: str) -> str:
    """Return where a letter's page is, seen from the list with the query string ``back``."""
    return f"/admin/dead-letters/{letter_id}?{letter_address.of_query(back).link(said=said)}"


async def _page(
    request: Request[Any, Any, Any],
    letter_id: UUID,
    place: Address,
    *,
    said: str = "",
    problem: ReelscribeError | None = None,
) -> Template:
    letter = await detail.get(letter_id)
    probe: dict[str, Any] = msgspec.json.decode(letter.source.probe)
    lines = audit.EntryFilter(subject_kind="dead_letter", subject_id=str(letter_id))
    values = {
        "letter": letter,
        "changes": msgspec.json.decode(letter.changes),
        "probe": list(probe_facts(probe)),
        "probe_json": msgspec.json.format(letter.source.probe).decode(),
        "beside": await listing.neighbours(place.filter, letter_id, sort=place.sort),
        "history": (await audit.list_page(lines, limit=_LINES)).items,
        "admins": await admins.list_all(),
        "me": request.scope["user"].email,
        "back": place.query,
        "back_field": urlencode({"back": place.query}),
        "said": SAID.get(said, ""),
        "problem": problem,
    }
    return await frame.page("dead_letter", values, section="/dead-letters", status=problem.status if problem else 200)


handlers = (show, source)

"""``/admin/dead-letters``: what failed for good, one by one and by cause."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream, Template

from ....platform.services.dead_letters import admins, export, groups, listing, totals
from . import frame, letter_address
from .letter_address import Address
from .letter_wording import SAID

Said = Annotated[str, QueryParameter(max_length=40)]
Order = Annotated[Literal["count", "last_seen"], QueryParameter()]
_SECTION = "/dead-letters"
# The response itself adds the charset to text.
_FILES = {"csv": ("csv", "text/csv"), "json": ("jsonl", "application/x-ndjson")}


@get("/admin/dead-letters")
async def show(request: Request[Any, Any, Any], said: Said = "") -> Template:
    """Show the letters that the address asks for, one by one."""
    place = letter_address.of(request)
    values = await _around(place, "/admin/dead-letters", said) | await _rows(place)
    return await frame.page("dead_letters", values, section=_SECTION)


@get("/admin/dead-letters/rows")
async def rows(request: Request[Any, Any, Any]) -> Template:
    """Show only the list and its sums, which change by themselves."""
    return frame.part("letters_list", await _rows(letter_address.of(request)))


@get("/admin/dead-letters/groups")
async def show_groups(request: Request[Any, Any, Any], order: Order = "count", said: Said = "") -> Template:
    """Show the letters by cause: those of one fingerprint together."""
    place = letter_address.of(request)
    found = await groups.groups(place.filter, sort=order, limit=place.size, cursor=place.cursor)
    values = await _around(place, "/admin/dead-letters/groups", said) | {"found": found, "order": order}
    return await frame.page("letter_groups", values, section=_SECTION)


@get("/admin/dead-letters/export/{format_name:str}")
async def export_all(request: Request[Any, Any, Any], format_name: FromPath[export.Format]) -> Stream:
    """Send all letters that the address asks for as a file."""
    suffix, content_type = _FILES[format_name]
    headers = {"Content-Disposition": f'attachment; filename="dead-letters.{suffix}"', "Cache-Control": "no-store"}
    chunks = await export.stream(letter_address.of(request).filter, format_name)
    return Stream(chunks, media_type=content_type, headers=headers)


async def _rows(place: Address) -> dict[str, object]:
    return {
        "address": place,
        "found": await listing.list_page(place.filter, sort=place.sort, limit=place.size, cursor=place.cursor),
        "totals": await totals.totals(place.filter),
        "back": urlencode({"back": place.query, "to": "list"}),
    }


async def _around(place: Address, action: str, said: str) -> dict[str, object]:
    return {
        "address": place,
        "action": action,
        "said": SAID.get(said, ""),
        "ages": letter_address.AGES,
        "sizes": sorted(letter_address.SIZES),
        "choices": letter_address.CHOICES,
        "admins": await admins.list_all(),
    }


handlers = (show, rows, show_groups, export_all)

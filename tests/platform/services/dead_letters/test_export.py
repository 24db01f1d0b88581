"""Dead letters as files."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.services.dead_letters import export, listing
from reelscribe.platform.services.dead_letters.filters import Filter

from . import letters

pytestmark = pytest.mark.usefixtures("database")


async def _text(chosen: Filter, form: export.Format) -> str:
    return b"".join([chunk async for chunk in await export.stream(chosen, form)]).decode()


async def test_lines_are_the_letters_when_exported() -> None:
    await letters.series(1100)
    chosen = Filter(engine="stub", q="lecture")

    lines = (await _text(chosen, "json")).splitlines()

    rows = [msgspec.json.decode(line, type=listing.LetterRow) for line in lines]
    assert rows == (await listing.list_page(chosen, limit=1000)).items


@pytest.mark.parametrize("message", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
async def test_cell_is_no_formula_when_a_spreadsheet_reads_it(message: str) -> None:
    await letters.series(1)
    await db.execute("UPDATE dead_letters SET message = $1, note = $2", message, 'two\nlines, "quoted"')

    rows = list(csv.DictReader(io.StringIO(await _text(Filter(), "csv"), newline="")))

    assert rows[0]["message"] == f"'{message}"
    assert rows[0]["note"] == 'two\nlines, "quoted"'


async def test_table_has_its_head_when_nothing_matches() -> None:
    assert (await _text(Filter(), "csv")).splitlines() == [",".join(listing.LetterRow.__struct_fields__)]
    assert await _text(Filter(), "json") == ""


async def test_export_goes_on_when_letters_are_resolved_meanwhile() -> None:
    await letters.series(1100)
    chunks = await export.stream(Filter(), "json")
    first = await anext(chunks)
    await db.execute("UPDATE dead_letters SET status = 'discarded', resolved_at = now()")

    rest = [chunk async for chunk in chunks]

    assert len(first.splitlines()) == 500
    assert rest == []

"""The list of dead letters: pages, numbers, neighbours, and that each filter is answered by an index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput, NotFound
from reelscribe.platform.services.dead_letters import listing, pages, places, reading
from reelscribe.platform.services.dead_letters.filters import Filter, Values, condition
from reelscribe.platform.services.dead_letters.places import ORDERS, Sort

from . import letters

pytestmark = pytest.mark.usefixtures("database")

SORTS: list[Sort] = ["newest", "oldest", "attempts"]
# What each filter finds of 240 letters, by the cycles of ``letters``.
FOUND = [
    ({}, 240),
    ({"status": "all"}, 240),
    ({"status": "requeued"}, 0),
    ({"kind": "clips"}, 24),
    ({"stage": "align"}, 80),
    ({"code": "time_limit"}, 48),
    ({"engine": "stub"}, 120),
    ({"priority": "high"}, 60),
    ({"user": " Owner3@example.test "}, 24),
    ({"user": "nobody@example.test"}, 0),
    ({"worker": "worker-5"}, 30),
    ({"fingerprint": "c4ca4238a0b923820dcc509a6f75849b"}, 12),
    ({"attempts": 2}, 60),
    ({"reviewed": True}, 0),
    ({"reviewed": False}, 240),
    ({"assigned_to": UUID(int=0)}, 0),
    ({"q": "gave up"}, 240),
    ({"q": "owner3 lect"}, 24),
    ({"q": "lecture nobody"}, 0),
    ({"q": "o"}, 0),  # one letter is a word by itself
    ({"q": "s"}, 240),
    ({"q": "owner3", "engine": "pocketsphinx", "stage": "ingest"}, 8),
    ({"q": "wner3"}, 0),
    ({"engine": "stub", "priority": "high"}, 0),
    ({"engine": "stub", "stage": "align", "kind": "transcription"}, 40),
]


async def _all(chosen: Filter, sort: Sort, *, limit: int) -> list[listing.LetterPage]:
    found = [await listing.list_page(chosen, sort=sort, limit=limit)]
    while cursor := found[-1].next_cursor:
        found.append(await listing.list_page(chosen, sort=sort, limit=limit, cursor=cursor))
    return found


def _ids(*found: listing.LetterPage) -> list[UUID]:
    return [item.id for page in found for item in page.items]


@pytest.mark.parametrize(("values", "number"), FOUND)
async def test_filter_finds_exactly_what_it_says(values: dict[str, Any], number: int) -> None:
    await letters.series(240)

    found = await _all(Filter(**values), "newest", limit=50)

    assert {page.total for page in found} == {number}
    assert len(set(_ids(*found))) == len(_ids(*found)) == number


async def test_times_bound_the_failure_when_given() -> None:
    await letters.series(10)
    middle = (await listing.list_page(Filter())).items[4].created_at

    since = await listing.list_page(Filter(since=middle))
    until = await listing.list_page(Filter(until=middle))

    assert (since.total, until.total) == (5, 5)
    assert min(item.created_at for item in since.items) == middle


@pytest.mark.parametrize("values", [{}, {"status": "all"}, {"q": "lecture"}, {"q": "owner3"}, {"engine": "stub"}])
@pytest.mark.parametrize("sort", SORTS)
async def test_pages_are_the_whole_list_when_followed(sort: Sort, values: dict[str, Any]) -> None:
    await letters.series(200, users=10)
    await db.execute("UPDATE dead_letters SET created_at = date_trunc('hour', created_at)")  # many of one moment
    chosen = Filter(**values)
    whole = (await listing.list_page(chosen, sort=sort, limit=1000)).items

    found = await _all(chosen, sort, limit=7)

    assert [item.id for item in whole] == _ids(*found)
    keys = [tuple(getattr(item, name) for name in ORDERS[sort].columns) for item in whole]
    assert keys == sorted(keys, reverse=ORDERS[sort].is_down)


@pytest.mark.parametrize("sort", SORTS)
async def test_way_back_is_the_way_there_when_walked(sort: Sort) -> None:
    await letters.series(50)
    there = await _all(Filter(), sort, limit=20)

    middle = await listing.list_page(Filter(), sort=sort, limit=20, cursor=there[2].prev_cursor)
    first = await listing.list_page(Filter(), sort=sort, limit=20, cursor=middle.prev_cursor)

    assert _ids(first, middle) == _ids(*there[:2])
    assert (first.prev_cursor, there[0].prev_cursor, there[2].next_cursor) == (None, None, None)
    assert _ids(await listing.list_page(Filter(), sort=sort, limit=20, cursor=first.next_cursor)) == _ids(there[1])


async def test_page_stays_when_letters_arrive_before_it() -> None:
    await letters.series(40)
    first = await listing.list_page(Filter(), limit=10)
    before = await listing.list_page(Filter(), limit=10, cursor=first.next_cursor)

    await letters.series(5, seconds_apart=0)
    after = await listing.list_page(Filter(), limit=10, cursor=first.next_cursor)

    assert _ids(after) == _ids(before)
    assert (before.total, after.total) == (40, 45)
    back = await listing.list_page(Filter(), limit=10, cursor=after.prev_cursor)
    assert _ids(back) == _ids(first)
    assert back.prev_cursor is not None  # what has arrived


async def test_page_can_be_left_when_all_of_it_was_resolved() -> None:
    await letters.series(20)
    first = await listing.list_page(Filter(), limit=10)
    await db.execute(
        "UPDATE dead_letters SET status = 'discarded', resolved_at = now() WHERE NOT id = ANY($1)", _ids(first)
    )

    gone = await listing.list_page(Filter(), limit=10, cursor=first.next_cursor)
    back = await listing.list_page(Filter(), limit=10, cursor=gone.prev_cursor)

    assert (gone.items, gone.next_cursor, gone.total) == ([], None, 10)
    assert _ids(back) == _ids(first)[:-1]  # the cursor stands on the last one


async def test_muted_groups_are_left_out_unless_asked_for() -> None:
    await letters.series(40, causes=4)
    await db.execute(
        "INSERT INTO dead_letter_groups (fingerprint, muted_at) SELECT DISTINCT fingerprint, now() FROM dead_letters"
        " WHERE message LIKE 'Cause 1:%'"
    )

    quiet, loud = await listing.list_page(Filter()), await listing.list_page(Filter(muted=True))

    assert (quiet.total, loud.total) == (30, 40)
    assert not any(item.is_muted for item in quiet.items)
    assert sum(item.is_muted for item in loud.items) == 10
    assert await db.fetch(f"SELECT 1 FROM dead_letters d WHERE {condition(Filter()).sql}", "open") != []


async def test_neighbours_are_those_of_the_list_when_asked() -> None:
    await letters.series(30)
    chosen = Filter(engine="stub")
    ids = _ids(await listing.list_page(chosen, sort="attempts"))

    middle = await listing.neighbours(chosen, ids[5], sort="attempts")
    ends = [await listing.neighbours(chosen, id, sort="attempts") for id in (ids[0], ids[-1])]

    assert (middle.previous, middle.next) == (ids[4], ids[6])
    assert [(end.previous, end.next) for end in ends] == [(None, ids[1]), (ids[-2], None)]


async def test_neighbours_are_missing_when_there_is_no_letter() -> None:
    with pytest.raises(NotFound):
        await listing.neighbours(Filter(), UUID(int=0))


@pytest.mark.parametrize("cursor", ["", "x", "é", "bm90IG9uZSBvZiBvdXJz", "A" * 39, "_" * 39, "=" * 8])
def test_cursor_is_refused_when_it_is_not_ours(cursor: str) -> None:
    with pytest.raises(BadInput):
        places.of_cursor(cursor)


def test_cursor_leads_back_to_its_place() -> None:
    place = places.Place(
        id=UUID(int=7), created_at=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), attempts=3, is_before=True
    )

    assert places.of_cursor(place.cursor) == place


# Each filter by itself, and the index that answers it.
INDEXES = [
    ({}, "dead_letters_newest"),
    ({"status": "all"}, "dead_letters_newest"),
    ({"kind": "clips"}, "dead_letters_by_kind"),
    ({"stage": "align"}, "dead_letters_by_stage"),
    ({"code": "time_limit"}, "dead_letters_by_code"),
    ({"engine": "stub"}, "dead_letters_by_engine"),
    ({"priority": "high"}, "dead_letters_by_priority"),
    ({"user": "owner3@example.test"}, "dead_letters_by_user"),
    ({"worker": "worker-5"}, "dead_letters_by_worker"),
    ({"fingerprint": "c4ca4238a0b923820dcc509a6f75849b"}, "dead_letters_by_fingerprint"),
    ({"attempts": 2}, "dead_letters_by_attempts"),
    ({"reviewed": True}, "dead_letters_by_reviewed"),
    ({"assigned_to": UUID(int=0)}, "dead_letters_by_assigned"),
    ({"since": datetime.now(UTC) - timedelta(hours=48)}, "dead_letters_newest"),
    ({"q": "lecture 17"}, "dead_letters_words"),
    ({"q": "gave up"}, "dead_letters_words"),
    ({"q": "gave up", "engine": "stub"}, "dead_letters_words"),
]


@pytest.fixture
async def many() -> None:
    """Letters enough that it matters how they are found."""
    await letters.series(4000)
    await db.execute("VACUUM ANALYZE dead_letters")


async def _plan(sql: str, values: Values) -> list[str]:
    return [row[0] for row in await db.fetch(f"EXPLAIN (COSTS OFF) {sql}", *values)]


async def test_numbers_come_from_an_index_when_counted(many: None) -> None:
    for chosen, index in INDEXES:
        values = Values()
        async with reading.snapshot(Filter(**chosen)) as found:
            plan = " ".join(await _plan(f"SELECT count(*) {found.sql(values)}", values))

        assert "Seq Scan on dead_letters" not in plan, chosen
        assert index in plan or index == "dead_letters_newest", (chosen, plan)
        assert "Index Only Scan" in plan or "q" in chosen or "user" in chosen or "fingerprint" in chosen, (chosen, plan)


@pytest.mark.parametrize("sort", SORTS)
async def test_page_is_walked_along_an_index_when_filtered(many: None, sort: Sort) -> None:
    place = places.Place(id=UUID(int=0), created_at=datetime.now(UTC) - timedelta(hours=2), attempts=2)
    for chosen, index in INDEXES[:14]:
        async with reading.snapshot(Filter(**chosen)) as found:
            plan = await _plan(*pages.walk(found, ORDERS[sort], place, 51))

        start = next(number for number, line in enumerate(plan) if "Function Scan on unnest" in line)
        inner = plan[start : next(number for number, line in enumerate(plan) if "CTE Scan" in line)]
        assert "Seq Scan on dead_letters" not in " ".join(plan), (chosen, plan)
        assert " dead_letters_" in " ".join(inner), (chosen, plan)
        if sort != "attempts" and index != "dead_letters_by_fingerprint":
            assert not any("Sort" in line for line in inner), (chosen, plan)

"""One action on many dead letters: each is moved once, whatever happens in between."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput, Conflict, NotFound
from reelscribe.platform.services import runs
from reelscribe.platform.services.dead_letters import bulk, bulk_preview, bulk_views, bulk_work, requeue
from reelscribe.platform.services.dead_letters.bulk import Options, Selection
from reelscribe.platform.services.dead_letters.changes import Changes
from reelscribe.platform.services.dead_letters.filters import Filter

from tests.platform.services.factories import identity

from . import failed
from .test_requeue import CHAPTERS

pytestmark = pytest.mark.usefixtures("database", "redis")

ALL = Selection(filter=Filter())
PLAIN = Options()


@pytest.fixture
async def boss(admin):
    return failed.administrator(admin)


async def run_through(bulk_id) -> bulk_views.BulkView:
    """Let the scheduler come until the action rests; its clock runs a second per turn."""
    moment = datetime.now(UTC)
    while (view := await bulk_views.get(bulk_id)).status == "running":
        await bulk_work.perform(moment)
        moment += timedelta(seconds=1)
    return view


async def begins_now() -> datetime:
    """The moment from which the rate counts."""
    now = datetime.now(UTC)
    await db.execute("UPDATE bulk_actions SET next_at = $1", now)
    return now


async def statuses() -> dict[str, int]:
    rows = await db.fetch("SELECT status, count(*) AS n FROM dead_letters GROUP BY 1")
    return {row["status"]: row["n"] for row in rows}


async def test_one_group_of_five_thousand_failures_is_requeued_at_a_rate_stopped_and_resumed(boss, make_user):
    user = await make_user(credits="10000.00")
    for code, count in (("no_model", 2_500), ("time_limit", 1_500), ("bad_media", 1_000)):
        await failed.many(user.id, count, code=code)
    groups = await db.fetch("SELECT fingerprint, count(*) AS n FROM dead_letters GROUP BY 1 ORDER BY 2 DESC")
    assert [group["n"] for group in groups] == [2_500, 1_500, 1_000]
    chosen = Selection(filter=Filter(fingerprint=groups[0]["fingerprint"]))

    view = await bulk.start(
        boss, "requeue", chosen, PLAIN, reason="the model is there", rate_per_second=1_000, confirm="2500"
    )
    moment = datetime.now(UTC)
    for turn in range(5):
        assert await bulk_work.perform(moment + timedelta(seconds=turn / 4)) == 250
    half = await bulk.stop(boss, view.id, reason="lunch")
    assert (half.status, half.done, half.pending) == ("stopped", 1_250, 1_250)
    assert await bulk_work.perform(moment + timedelta(hours=1)) == 0
    await bulk.resume(boss, view.id)
    end = await run_through(view.id)

    assert (end.status, end.total, end.done, end.skipped) == ("finished", 2_500, 2_500, 0)
    assert await statuses() == {"requeued": 2_500, "open": 2_500}
    await _each_ran_once_more(groups[0]["fingerprint"])
    account = await db.fetch_one("SELECT held FROM credit_accounts WHERE user_id = $1", user.id)
    assert account is not None
    assert account["held"] == 2_500
    assert await failed.audited(view.id) == ["bulk.start", "bulk.stop", "bulk.resume", "bulk.finish"]


async def _each_ran_once_more(fingerprint: str) -> None:
    """None lost, none doubled: one more run, one hold for it, one stage that waits for a worker or its turn."""
    row = await db.fetch_one(
        "SELECT count(*) AS jobs, count(*) FILTER (WHERE j.run = 2 AND j.status = 'pending' AND j.credits_held = 1"
        "  AND (SELECT count(*) FROM credit_entries e WHERE e.job_id = j.id AND e.kind = 'hold' AND e.run = 2) = 1"
        "  AND (SELECT count(*) FROM stages s WHERE s.job_id = j.id AND s.status = 'queued')"
        "   = (j.admitted_at IS NOT NULL)::int) AS right_ones,"
        " (SELECT count(*) FROM outbox) AS messages, count(j.admitted_at) AS admitted"
        " FROM dead_letters d JOIN jobs j ON j.id = d.job_id WHERE d.fingerprint = $1",
        fingerprint,
    )
    assert row is not None
    assert (row["jobs"], row["right_ones"]) == (2_500, 2_500)
    assert row["messages"] == row["admitted"] == 8  # what one user may have in work at once


async def test_rate_is_kept_whoever_comes_how_often(boss, user):
    await failed.many(user.id, 30, code="no_model")
    view = await bulk.start(boss, "review", ALL, PLAIN, reason="seen", rate_per_second=8)
    now = await begins_now()

    assert [await bulk_work.perform(now) for _ in range(3)] == [2, 0, 0]  # 8 a second, a quarter second at a time
    assert await bulk_work.perform(now + timedelta(seconds=0.2)) == 0
    assert await bulk_work.perform(now + timedelta(seconds=0.25)) == 2
    assert (await bulk_views.get(view.id)).eta_seconds == 3.2  # 26 / 8


async def test_turn_that_two_schedulers_see_is_taken_by_one(boss, user):
    await failed.many(user.id, 30, code="no_model")
    await bulk.start(boss, "review", ALL, PLAIN, reason="seen", rate_per_second=8)
    now = await begins_now()
    (seen_by_one,), (seen_by_other,) = await bulk_work.due(now), await bulk_work.due(now)

    assert await bulk_work.turn(seen_by_one, now) == 2
    assert await bulk_work.turn(seen_by_other, now) == 0


async def test_slow_rate_does_one_at_a_time(boss, user):
    await failed.many(user.id, 3, code="no_model")
    await bulk.start(boss, "review", ALL, PLAIN, reason="seen", rate_per_second=0.1)
    now = await begins_now()

    assert [await bulk_work.perform(now + timedelta(seconds=each)) for each in (0, 9, 10, 19, 20)] == [1, 0, 1, 0, 1]


async def test_changed_rate_counts_from_now(boss, user):
    await failed.many(user.id, 20, code="no_model")
    view = await bulk.start(boss, "review", ALL, PLAIN, reason="seen", rate_per_second=0.001)
    assert await bulk_work.perform() == 1

    await bulk.change_rate(boss, view.id, None)

    assert await bulk_work.perform() == 19
    assert "bulk.rate" in await failed.audited(view.id)


async def test_two_schedulers_at_once_do_each_letter_once(boss, user):
    await failed.many(user.id, 60, code="no_model")
    view = await bulk.start(boss, "requeue", ALL, PLAIN, reason="again", confirm="60")

    done = await asyncio.gather(*(bulk_work.perform() for _ in range(4)))

    assert sum(done) == 60
    end = await bulk_views.get(view.id)
    assert (end.status, end.done, end.skipped) == ("finished", 60, 0)
    assert len(await db.fetch("SELECT 1 FROM credit_entries WHERE run = 2 AND kind = 'hold'")) == 60


async def test_killed_scheduler_loses_and_doubles_nothing(boss, user):
    await failed.many(user.id, 60, code="no_model")
    view = await bulk.start(boss, "requeue", ALL, PLAIN, reason="again", confirm="60")
    killed = asyncio.create_task(bulk_work.perform())
    while (await bulk_views.get(view.id)).done < 5:
        await asyncio.wait([killed], timeout=0.001)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    assert (await bulk_views.get(view.id)).pending > 0

    end = await run_through(view.id)

    assert (end.done, end.skipped) == (60, 0)
    runs_now = await db.fetch("SELECT DISTINCT run FROM jobs")
    assert [row["run"] for row in runs_now] == [2]


async def test_letter_that_cannot_be_done_is_skipped_with_the_reason(boss, user):
    await failed.many(user.id, 5, code="no_model")
    letters = [row["id"] for row in await db.fetch("SELECT id FROM dead_letters ORDER BY created_at, id")]
    view = await bulk.start(boss, "requeue", ALL, PLAIN, reason="again")
    await requeue.requeue(boss, letters[0])
    await runs.retry(identity(user.id), (await failed.row(letters[1]))["job_id"])
    await db.execute("UPDATE credit_accounts SET balance = held + 2")

    end = await run_through(view.id)

    assert (end.total, end.done, end.skipped) == (5, 2, 3)
    why = [each.outcome.partition(" at ")[0] for each in end.skips]
    assert why == [
        f"This was already requeued by {boss.email}",
        f"This was already requeued by {user.email}",
        "The new run needs 1.00 credits, the owner has 0.00",
    ]


async def test_items_come_in_pages_in_their_order(boss, user):
    await failed.many(user.id, 7, code="no_model")
    view = await bulk.start(boss, "review", ALL, PLAIN, reason="seen")

    first = await bulk_views.items(view.id, limit=5)
    second = await bulk_views.items(view.id, limit=5, cursor=first.next_cursor)

    assert [each.position for each in first.items + second.items] == [1, 2, 3, 4, 5, 6, 7]
    assert second.next_cursor is None
    assert (await bulk_views.items(view.id, limit=5, status="skipped")).items == []


async def test_actions_come_newest_first(boss, user):
    await failed.many(user.id, 2, code="no_model")
    made = [(await bulk.start(boss, "review", ALL, PLAIN, reason=str(n))).id for n in range(3)]

    first = await bulk_views.list_page(limit=2)
    second = await bulk_views.list_page(limit=2, cursor=first.next_cursor)

    assert [each.id for each in first.items + second.items] == made[::-1]


@pytest.mark.parametrize(
    ("count", "confirm", "refused"),
    [
        (50, None, False),
        (50, "49", True),
        (51, None, True),
        (51, "51", False),
        (51, " 51 ", False),
        (51, "52", True),  # the number has changed since the preview
        (51, "yes", True),
        (0, None, True),
        (0, "0", True),
    ],
)
async def test_number_is_typed_when_many_match(boss, user, count, confirm, refused):
    await failed.many(user.id, count, code="no_model")

    try:
        await bulk.start(boss, "review", ALL, PLAIN, reason="seen", confirm=confirm)
        raised = None
    except BadInput as exc:
        raised = exc

    assert (raised is not None) == refused
    if raised is not None:
        assert raised.facts["matching"] == count
        assert await db.fetch("SELECT 1 FROM bulk_actions") == []
        assert await db.fetch("SELECT 1 FROM audit_log") == []


async def test_reason_and_selection_are_needed(boss, user):
    letter = await failed.letter(user.id)
    with pytest.raises(BadInput, match="Say why"):
        await bulk.start(boss, "review", ALL, PLAIN, reason=" ")
    for selection in (Selection(), Selection(filter=Filter(), ids=[letter])):
        with pytest.raises(BadInput, match="either"):
            await bulk.start(boss, "review", selection, PLAIN, reason="seen")


async def test_letters_that_fail_later_are_not_in_it(boss, user):
    await failed.many(user.id, 3, code="no_model")
    view = await bulk.start(boss, "discard", ALL, PLAIN, reason="old")
    await failed.many(user.id, 2, code="no_model")

    await run_through(view.id)

    assert await statuses() == {"discarded": 3, "open": 2}


async def test_chosen_ids_are_discarded_and_restored(boss, user):
    letters = [await failed.letter(user.id) for _ in range(3)]
    some = Selection(ids=letters[:2])

    await run_through((await bulk.start(boss, "discard", some, PLAIN, reason="old")).id)
    assert await statuses() == {"discarded": 2, "open": 1}

    end = await run_through((await bulk.start(boss, "restore", Selection(ids=letters), PLAIN, reason="no")).id)
    assert await statuses() == {"open": 3}
    assert (end.done, end.skipped) == (2, 1)


async def test_letters_are_assigned(boss, user, make_user):
    await failed.many(user.id, 2, code="no_model")
    other = await make_user(role="admin")

    await run_through((await bulk.start(boss, "assign", ALL, Options(assign_to=other.email), reason="yours")).id)

    assert {row["assigned_to"] for row in await db.fetch("SELECT assigned_to FROM dead_letters")} == {other.id}
    with pytest.raises(NotFound):
        await bulk.start(boss, "assign", ALL, Options(assign_to=user.email), reason="yours")


async def test_letters_are_requeued_with_changes(boss, user):
    letters = [await failed.letter(user.id) for _ in range(2)]

    await run_through(
        (await bulk.start(boss, "requeue", ALL, Options(changes=Changes(priority="low")), reason="later")).id
    )

    assert {(await failed.row(each))["j_priority"] for each in letters} == {"low"}


async def test_paused_action_rests_until_it_is_resumed(boss, user):
    await failed.many(user.id, 3, code="no_model")
    view = await bulk.start(boss, "review", ALL, PLAIN, reason="seen")

    paused = await bulk.pause(boss, view.id)
    assert (paused.status, await bulk_work.perform()) == ("paused", 0)

    await bulk.resume(boss, view.id)
    assert await bulk_work.perform() == 3


async def test_pause_is_heard_in_the_middle_of_a_turn(boss, user):
    await failed.many(user.id, 100, code="no_model")
    view = await bulk.start(boss, "requeue", ALL, PLAIN, reason="again", confirm="100")
    turn = asyncio.create_task(bulk_work.perform())
    while (await bulk_views.get(view.id)).done < 5:
        await asyncio.wait([turn], timeout=0.001)

    paused = await bulk.pause(boss, view.id)

    assert await turn < 100
    assert (await bulk_views.get(view.id)).done <= paused.done + 1  # the one in its hands


async def test_finished_action_stays_so(boss, user):
    await failed.many(user.id, 1, code="no_model")
    view = await bulk.start(boss, "review", ALL, PLAIN, reason="seen")
    await run_through(view.id)

    for change in (bulk.pause, bulk.stop, bulk.resume):
        with pytest.raises(Conflict, match="finished"):
            await change(boss, view.id)
    with pytest.raises(Conflict):
        await bulk.change_rate(boss, view.id, 5)


async def test_action_of_someone_who_is_no_admin_any_more_rests_until_another_resumes_it(boss, user, make_user):
    other = failed.administrator(await make_user(role="admin"))
    await failed.many(user.id, 2, code="no_model")
    view = await bulk.start(boss, "review", ALL, PLAIN, reason="seen")
    await db.execute("UPDATE users SET role = 'user' WHERE id = $1", boss.user_id)
    assert await bulk_work.perform() == 0

    await bulk.pause(other, view.id)
    taken = await bulk.resume(other, view.id)

    assert taken.by == other.email
    assert await bulk_work.perform() == 2


async def test_preview_of_a_requeue_says_what_it_costs_and_what_cannot_be_done(boss, user, stranger):
    await failed.many(user.id, 4, code="no_model")
    await failed.many(stranger.id, 3, code="no_model")
    first = (await db.fetch("SELECT id FROM dead_letters WHERE user_id = $1 LIMIT 1", user.id))[0]["id"]
    await requeue.requeue(boss, first)
    await db.execute("UPDATE credit_accounts SET balance = held + 1 WHERE user_id = $1", stranger.id)

    seen = await bulk_preview.preview(boss, "requeue", Selection(filter=Filter(status="all")), PLAIN)

    assert (seen.matching, seen.possible, seen.credits) == (7, 4, Decimal("4.00"))
    assert {each.reason: each.count for each in seen.exclusions} == {
        "Requeued already": 1,
        "The owner's credits do not cover it": 2,
    }
    assert [(each.user, each.required, each.available) for each in seen.shortages] == [
        (stranger.email, Decimal("3.00"), Decimal("1.00"))
    ]
    assert not seen.needs_confirmation


async def test_preview_says_what_the_action_then_does(boss, user):
    sound = await failed.letter(user.id, language="en")
    other = await failed.letter(user.id, language="de")
    await failed.letter(user.id, language="en")
    gone = (await failed.row(sound))["job_id"]
    await db.execute("UPDATE media SET deleted_at = now() WHERE id = (SELECT media_id FROM jobs WHERE id = $1)", gone)
    options = Options(changes=Changes(features=CHAPTERS))

    seen = await bulk_preview.preview(boss, "requeue", ALL, options)
    end = await run_through((await bulk.start(boss, "requeue", ALL, options, reason="again")).id)

    assert (seen.possible, seen.credits) == (1, Decimal("1.30"))
    assert sum(each.count for each in seen.exclusions) == 2
    assert (end.done, end.skipped) == (1, 2)
    assert (await failed.row(other))["status"] == "open"


@pytest.mark.parametrize(
    ("action", "options", "possible", "reasons"),
    [
        ("discard", PLAIN, 2, {"Discarded already; restore it first": 1}),
        (
            "discard",
            Options(delete_source=True),
            0,
            {"Discarded already; restore it first": 1, "Another job uses its recording": 2},
        ),
        ("restore", PLAIN, 1, {"Open already": 2}),
        ("review", PLAIN, 3, {}),
        ("assign", PLAIN, 3, {}),
    ],
)
async def test_preview_of_other_actions(boss, user, action, options, possible, reasons):
    await failed.many(user.id, 3, code="no_model")  # all of one recording
    first = (await db.fetch("SELECT id FROM dead_letters LIMIT 1"))[0]["id"]
    await run_through((await bulk.start(boss, "discard", Selection(ids=[first]), PLAIN, reason="old")).id)

    seen = await bulk_preview.preview(boss, action, Selection(filter=Filter(status="all")), options)

    assert (seen.matching, seen.possible, seen.credits) == (3, possible, 0)
    assert {each.reason: each.count for each in seen.exclusions} == reasons


async def test_preview_asks_for_the_number_when_many_match(boss, user):
    await failed.many(user.id, 51, code="no_model")

    assert (await bulk_preview.preview(boss, "review", ALL, PLAIN)).needs_confirmation


async def test_unknown_action_is_not_found(boss, user):
    for change in (bulk.pause, bulk.stop, bulk.resume):
        with pytest.raises(NotFound):
            await change(boss, user.id)
    with pytest.raises(NotFound):
        await bulk_views.get(user.id)
    with pytest.raises(NotFound):
        await bulk_views.items(user.id, limit=5)

"""The ledger under every order of events: sums equal entries, nobody overspends, one capture per job."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput, BadMedia, Conflict, InsufficientCredits, NotFound
from reelscribe.platform.services import credits, failure, jobs, runs, stages
from reelscribe.platform.services.stages import Finished

from .factories import identity, job, media
from .test_stages import DONE, claim_next, due_now, run_through

pytestmark = pytest.mark.usefixtures("database", "redis")

ACTIONS = st.lists(
    st.tuples(st.sampled_from(["create", "step", "fail", "finish", "cancel", "retry"]), st.integers(0, 3)),
    max_size=25,
)


async def assert_balanced(user_id) -> None:
    row = await db.fetch_one(
        "SELECT a.balance, a.held, sum(e.balance_delta) AS balance_sum, sum(e.held_delta) AS held_sum"
        " FROM credit_accounts a JOIN credit_entries e USING (user_id) WHERE a.user_id = $1 GROUP BY 1, 2",
        user_id,
    )
    assert row is not None
    assert (row["balance"], row["held"]) == (row["balance_sum"], row["held_sum"])
    open_holds = await db.fetch_one("SELECT coalesce(sum(credits_held), 0) AS n FROM jobs WHERE user_id = $1", user_id)
    assert open_holds is not None
    assert row["held"] == open_holds["n"] >= 0


async def act(user_id, made: list, action: str, which: int) -> None:
    who = identity(user_id)
    if action == "create":
        made.append((await job(user_id, seconds=600)).id)
        return
    if not made:
        return
    job_id = made[which % len(made)]
    await due_now(job_id)
    queued = await db.fetch_one("SELECT 1 FROM stages WHERE job_id = $1 AND status = 'queued'", job_id)
    if action == "cancel":
        await runs.cancel(who, job_id)
    elif action == "retry":
        await runs.retry(who, job_id)
    elif action == "finish":
        await run_through(job_id)
    elif queued and action == "step":
        await stages.finish(await claim_next(job_id), DONE)
    elif queued and action == "fail":
        await stages.fail(await claim_next(job_id), failure.of(BadMedia("broken")))


@hypothesis_settings(max_examples=25)
@given(actions=ACTIONS)
async def test_ledger_balances_after_any_history(make_user, actions):
    user = await make_user(credits="25.00")
    made: list = []

    for action, which in actions:
        with contextlib.suppress(InsufficientCredits, Conflict):
            await act(user.id, made, action, which)

    await assert_balanced(user.id)
    for job_id in made:
        view = await jobs.get(identity(user.id), job_id)
        expected = view.credits.quoted if view.status == "completed" else 0
        assert view.credits.charged == expected


async def test_concurrent_jobs_never_overspend(make_user):
    user = await make_user(credits="25.00")

    answers = await asyncio.gather(*(job(user.id, seconds=600) for _ in range(8)), return_exceptions=True)

    accepted = [each for each in answers if not isinstance(each, BaseException)]
    refused = [each for each in answers if isinstance(each, InsufficientCredits)]
    assert (len(accepted), len(refused)) == (2, 6)  # 25 credits cover two jobs of 10
    assert refused[0].facts == {"required": "10.00", "available": "5.00"}
    await assert_balanced(user.id)


async def test_refused_job_leaves_nothing(make_user):
    user = await make_user(credits="5.00")

    with pytest.raises(InsufficientCredits):
        await job(user.id, seconds=600)

    row = await db.fetch_one("SELECT count(*) AS n FROM jobs")
    assert row is not None
    assert row["n"] == 0


async def test_sign_up_grant_is_given_once(make_user):
    user = await make_user(credits="0")
    await credits.open_account(user.id)

    assert (await credits.balance(user.id)).balance == 600
    page = await credits.entries(user.id, limit=10, cursor=None)
    assert [each.note for each in page.items] == ["sign-up"]


@pytest.mark.parametrize("amount", [Decimal(0), Decimal(-1), Decimal("0.001")])
async def test_grant_refuses_odd_amounts(user, amount):
    with pytest.raises(BadInput):
        await credits.grant(user.id, amount, note="gift")


async def test_grant_to_nobody_is_not_found():
    with pytest.raises(NotFound):
        await credits.grant(uuid4(), Decimal(1), note="gift")


async def test_entries_come_in_pages(user):
    for n in range(5):
        await credits.grant(user.id, Decimal(n + 1), note=f"gift {n}")

    first = await credits.entries(user.id, limit=4, cursor=None)
    second = await credits.entries(user.id, limit=4, cursor=first.next_cursor)

    assert [each.note for each in first.items] == ["gift 4", "gift 3", "gift 2", "gift 1"]
    assert [each.note for each in second.items] == ["gift 0", "test"]
    assert second.next_cursor is None


UNDERSTOOD = ["sentiment_analysis", "auto_chapters", "entity_detection", "auto_highlights"]
PARTS = st.sets(st.sampled_from([*UNDERSTOOD, "summary", "improve_text"]))


async def end(job_id, results: dict[str, bytes]) -> None:
    """Let every step of the job succeed, some with a result of their own."""
    while await db.fetch_one("SELECT 1 FROM stages WHERE job_id = $1 AND status = 'queued'", job_id):
        claimed = await claim_next(job_id)
        await stages.finish(claimed, Finished(result=results.get(claimed.name, b"{}")))


@hypothesis_settings(max_examples=20)
@given(wanted=PARTS, by_engine=PARTS, by_analyst=PARTS, heard=st.sampled_from(["en", "en-GB", "de", None]))
async def test_extras_cost_what_was_done_and_never_more_than_was_held(make_user, wanted, by_engine, by_analyst, heard):
    user = await make_user()
    gateway = {"enabled": True, "generate_summary": "summary" in wanted, "improve_text": "improve_text" in wanted}
    raw = {"speech_understanding": {name: True for name in UNDERSTOOD if name in wanted}, "llm_gateway": gateway}
    request = {"media_id": str(await media(user.id)), "engine": "stub", "language": "en", "features": raw}
    made = await jobs.create(identity(user.id), msgspec.convert(request, jobs.NewJob))

    text = {"features_done": sorted(by_engine), "language": heard}
    await end(
        made.id,
        {
            "transcribe": msgspec.json.encode(text),
            "analyse": msgspec.json.encode({"features_done": sorted(by_analyst)}),
        },
    )

    view = await jobs.get(identity(user.id), made.id)
    got = wanted & (by_engine | by_analyst)
    foreign = {"sentiment_analysis", "auto_chapters", "auto_highlights"} if heard == "de" else set()
    understood = Decimal("0.3") * len(got & set(UNDERSTOOD) - foreign)
    assert view.credits.charged == 1 + understood + (3 if got & {"summary", "improve_text"} else 0)
    assert view.credits.charged <= view.credits.quoted
    await assert_balanced(user.id)

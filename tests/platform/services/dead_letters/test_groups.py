"""Failures of one cause, counted together; and what the letters of a filter look like together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.fingerprint import fingerprint
from reelscribe.platform.errors import BadInput
from reelscribe.platform.services.dead_letters import groups, totals
from reelscribe.platform.services.dead_letters.filters import Filter

from . import letters

pytestmark = pytest.mark.usefixtures("database")


async def test_five_thousand_failures_of_three_causes_are_three_groups() -> None:
    await letters.series(5000, users=7)
    for row in await db.fetch("SELECT id, row_number() OVER (ORDER BY created_at) AS n FROM dead_letters"):
        n = row["n"]
        message = (
            f"The worker {n} on host-{n}:/srv/media/{row['id']}/audio-{n}.wav did not answer within {n / 7:.2f} s",
            f"ffmpeg ended with exit code {n % 256}: '/tmp/rs-{row['id']}/in.mp4': moov atom not found",
            f"GET https://engine.example.test/v1/jobs/{row['id']}?token={n} answered 503 after {n % 5} tries",
        )[n % 3]
        await db.execute(
            "UPDATE dead_letters SET message = $2, fingerprint = $3 WHERE id = $1",
            row["id"],
            message,
            fingerprint("EngineFailed", "transcribe", message),
        )

    found = await groups.groups(Filter())

    assert [group.count for group in found.items] == [1667, 1667, 1666]
    assert [group.users for group in found.items] == [7, 7, 7]
    assert found.total == 3


async def test_group_says_when_and_what_when_seen() -> None:
    await letters.series(30, users=4, causes=3)
    oldest = await db.fetch("SELECT * FROM dead_letters ORDER BY created_at")

    found = (await groups.groups(Filter(), sort="last_seen")).items

    assert found[0].last_seen == oldest[-1]["created_at"]
    assert found[0].first_seen == oldest[2]["created_at"]
    assert (found[0].sample.id, found[0].sample.message) == (oldest[-1]["id"], oldest[-1]["message"])
    assert (found[0].stage, found[0].error_code) == (oldest[-1]["stage_name"], oldest[-1]["error_code"])
    assert [group.last_seen for group in found] == sorted((group.last_seen for group in found), reverse=True)


@pytest.mark.parametrize("sort", ["count", "last_seen"])
async def test_groups_are_all_there_when_paged(sort: groups.GroupSort) -> None:
    await letters.series(103, causes=20)

    first = await groups.groups(Filter(), sort=sort, limit=8)
    second = await groups.groups(Filter(), sort=sort, limit=8, cursor=first.next_cursor)
    third = await groups.groups(Filter(), sort=sort, limit=8, cursor=second.next_cursor)

    paged = [group.fingerprint for page in (first, second, third) for group in page.items]
    assert paged == [group.fingerprint for group in (await groups.groups(Filter(), sort=sort)).items]
    assert (len(set(paged)), first.total, third.next_cursor) == (20, 20, None)


async def test_cursor_is_refused_when_it_is_of_another_sort() -> None:
    await letters.series(10, causes=5)
    cursor = (await groups.groups(Filter(), limit=1)).next_cursor

    with pytest.raises(BadInput):
        await groups.groups(Filter(), sort="last_seen", cursor=cursor)


async def test_muted_group_shows_only_when_asked_for(admin) -> None:
    await letters.series(10, causes=2)
    row = await db.fetch_one("SELECT fingerprint FROM dead_letters LIMIT 1")
    assert row is not None
    await db.execute(
        "INSERT INTO dead_letter_groups (fingerprint, muted_at, muted_by, note) VALUES ($1, now(), $2, 'known')",
        row["fingerprint"],
        admin.id,
    )

    quiet = (await groups.groups(Filter())).items
    loud = (await groups.groups(Filter(muted=True))).items

    assert len(quiet) == 1
    muted = next(group for group in loud if group.is_muted)
    assert (len(loud), muted.fingerprint, muted.note, muted.muted_by) == (2, row["fingerprint"], "known", admin.email)


async def test_groups_follow_the_filter_when_searched() -> None:
    await letters.series(40, causes=20)

    found = await groups.groups(Filter(q="cause 3", engine="pocketsphinx"))

    assert {group.count for group in found.items} == {2}
    assert all(group.sample.message.startswith("Cause 3:") for group in found.items if group.users)


async def test_totals_say_how_many_and_since_when() -> None:
    await letters.series(90, seconds_apart=3600)
    await db.execute(
        "UPDATE dead_letters SET status = 'discarded', resolved_at = now()"
        " WHERE created_at > now() - interval '2 hours'"
    )

    found = await totals.totals(Filter())

    assert found.count == 88
    assert found.oldest_seconds == pytest.approx(89 * 3600, abs=120)
    assert [hour.count for hour in found.arrivals] == [1] * 24  # also what was discarded since
    assert found.arrivals[-1].start == found.at - timedelta(hours=1)
    assert sum(share.count for share in found.by_kind) == 88
    assert [share.name for share in found.by_kind] == ["transcription", "clips"]


async def test_totals_are_empty_when_nothing_failed() -> None:
    found = await totals.totals(Filter())

    assert (found.count, found.oldest_at, found.oldest_seconds, found.by_code) == (0, None, 0.0, [])

"""What an administrator decides about one letter, by forms alone."""

from __future__ import annotations

from uuid import UUID

import pytest
from reelscribe.platform import db

from tests.platform.services.dead_letters import failed
from tests.web.conftest import Member
from tests.web.pages.conftest import Browser

NOBODY = "00000000-0000-4000-8000-000000000000"
LIST = "/admin/dead-letters"
DEEDS: list[tuple[str, dict[str, str], str]] = [
    ("requeue", {}, "requeued"),
    ("requeue", {"when": "1h"}, "scheduled"),
    ("discard", {"reason": "a test file"}, "discarded"),
    ("unschedule", {}, "unscheduled"),
    ("note", {"text": "seen before"}, "noted"),
    ("assign", {"text": ""}, "assigned"),
    ("review", {"reviewed": "yes"}, "reviewed"),
    ("review", {"reviewed": "no"}, "unreviewed"),
    ("notify", {"text": "We look into it"}, "notified"),
]
LOOKS = ["requeue/preview", "requeue/edit"]
ALL = [*(name for name, _, _ in DEEDS), "restore", *LOOKS]


@pytest.fixture
async def letter(member: Member) -> UUID:
    return await failed.letter(member.id)


@pytest.mark.parametrize(("name", "fields", "said"), DEEDS)
async def test_form_leads_to_the_letter_and_says_so(
    admin: Browser, letter: UUID, name: str, fields: dict[str, str], said: str
) -> None:
    answer = await admin.post(f"{LIST}/{letter}/{name}", back="engine=stub", **fields)

    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}/{letter}?engine=stub&said={said}")
    page = (await admin.get(answer.headers["location"])).text
    assert '<div id="said" role="status"><p class="notice good">' in page


@pytest.mark.parametrize("name", ALL)
async def test_form_is_refused_when_no_admin(browser: Browser, letter: UUID, name: str) -> None:
    answer = await browser.post(f"{LIST}/{letter}/{name}", reason="x", text="x")

    assert answer.status_code == 403
    assert await failed.audited(letter) == []


@pytest.mark.parametrize("name", ALL)
async def test_form_is_refused_when_the_token_is_missing(admin: Browser, letter: UUID, name: str) -> None:
    await admin.token()

    answer = await admin.http.post(f"{LIST}/{letter}/{name}", data={"reason": "x", "text": "x"})

    assert answer.status_code == 403
    assert await failed.audited(letter) == []


@pytest.mark.parametrize("name", ALL)
async def test_form_leads_to_sign_in_when_anonymous(anonymous: Browser, letter: UUID, name: str) -> None:
    answer = await anonymous.post(f"{LIST}/{letter}/{name}", reason="x", text="x")

    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/")


@pytest.mark.parametrize("letter_id", ["not-an-id", NOBODY])
@pytest.mark.parametrize("name", ALL)
async def test_form_is_missing_when_there_is_no_letter(admin: Browser, name: str, letter_id: str) -> None:
    answer = await admin.post(f"{LIST}/{letter_id}/{name}", reason="x", text="x")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("requeue", {"engine": "nope"}),
        ("requeue", {"when": "at", "at": "soon"}),
        ("requeue", {"when": "at", "at": "2020-01-01T00:00"}),
        ("requeue/preview", {"attempts": "99"}),
        ("requeue/preview", {"time_factor": "99"}),
        ("requeue/preview", {"priority": "never"}),
        ("requeue/preview", {"min_speakers": "5", "max_speakers": "x"}),
        ("discard", {"reason": "  "}),
        ("notify", {"text": ""}),
        ("review", {"reviewed": "perhaps"}),
    ],
)
async def test_form_says_why_when_a_value_cannot_be_used(
    admin: Browser, letter: UUID, name: str, fields: dict[str, str]
) -> None:
    answer = await admin.post(f"{LIST}/{letter}/{name}", **fields)

    assert answer.status_code == 422
    assert await failed.audited(letter) == []


async def test_preview_shows_old_and_new_and_what_will_run(admin: Browser, letter: UUID) -> None:
    answer = await admin.post(f"{LIST}/{letter}/requeue/preview", priority="high", attempts="2")

    page = answer.text
    assert "<del>normal</del></td><td><ins>high</ins>" in page
    assert "Write down what is said" in page
    assert "Read the file</li>" not in page  # it has a result
    assert (await failed.row(letter))["status"] == "open"


async def test_preview_from_the_start_runs_every_step(admin: Browser, letter: UUID) -> None:
    answer = await admin.post(f"{LIST}/{letter}/requeue/preview", start="first")

    assert "Read the file</li>" in answer.text


async def test_preview_says_when_credits_are_missing_and_offers_to_waive(
    admin: Browser, letter: UUID, member: Member
) -> None:
    await db.execute("UPDATE credit_accounts SET balance = held WHERE user_id = $1", member.id)

    refused = (await admin.post(f"{LIST}/{letter}/requeue/preview")).text
    waived = (await admin.post(f"{LIST}/{letter}/requeue/preview", waive="yes")).text

    assert "Requeue now" not in refused
    assert "Waive the credits</button>" in refused
    assert "Requeue now" in waived


async def test_requeue_changes_the_job_and_keeps_the_old_request(admin: Browser, letter: UUID) -> None:
    await admin.post(f"{LIST}/{letter}/requeue", priority="high", reason="urgent")

    row = await failed.row(letter)
    assert (row["status"], row["j_status"], row["j_priority"], row["reason"]) == (
        "requeued", "pending", "high", "urgent",
    )  # fmt: skip
    page = (await admin.get(f"{LIST}/{letter}")).text
    assert "Requeued with changed settings" in page
    assert "&#34;priority&#34;: &#34;normal&#34;" in page


async def test_form_goes_back_to_the_list_when_it_came_from_there(admin: Browser, letter: UUID) -> None:
    answer = await admin.post(f"{LIST}/{letter}/discard", reason="x", back="size=100", to="list")

    assert answer.headers["location"] == f"{LIST}?size=100&said=discarded"


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test", "x=1#y", "status=nonsense"])
async def test_form_never_leads_elsewhere(admin: Browser, letter: UUID, back: str) -> None:
    answer = await admin.post(f"{LIST}/{letter}/note", text="x", back=back)

    assert answer.status_code == 422 or answer.headers["location"] == f"{LIST}/{letter}?said=noted"


async def test_second_admin_reads_who_was_quicker(admin: Browser, boss: Member, letter: UUID) -> None:
    await admin.post(f"{LIST}/{letter}/requeue")

    answers = [
        await admin.post(f"{LIST}/{letter}/requeue"),
        await admin.post(f"{LIST}/{letter}/discard", reason="no use"),
        await admin.post(f"{LIST}/{letter}/restore"),
    ]

    for answer in answers:
        assert answer.status_code == 409
        assert f"This was already requeued by {boss.email}" in answer.text
        assert "Its job is now:" in answer.text


@pytest.mark.parametrize("end", ["requeue", "discard"])
async def test_form_says_who_was_quicker_before_anybody_fills_it(
    admin: Browser, boss: Member, letter: UUID, end: str
) -> None:
    await admin.post(f"{LIST}/{letter}/discard", reason="no use")

    page = (await admin.get(f"{LIST}/{letter}/{end}")).text

    assert f"Discarded by {boss.email}" in page
    assert "no use" in page
    assert "<textarea" not in page


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("requeue", '<section class="decision" id="requeue-form"'),
        ("discard", '<section class="decision" id="discard-form"'),
    ],
)
async def test_dialog_stands_alone_when_htmx_asks(admin: Browser, letter: UUID, path: str, root: str) -> None:
    answer = await admin.http.get(f"{LIST}/{letter}/{path}", headers={"HX-Request": "true"})

    assert answer.text.strip().startswith(root)
    assert "<html" not in answer.text


async def test_discarded_letter_can_be_restored(admin: Browser, letter: UUID) -> None:
    await admin.post(f"{LIST}/{letter}/discard", reason="too early")

    await admin.post(f"{LIST}/{letter}/restore")

    assert (await failed.row(letter))["status"] == "open"
    assert await failed.audited(letter) == ["dead_letter.discard", "dead_letter.restore"]


async def test_letter_is_assigned_to_an_admin_only(admin: Browser, boss: Member, member: Member, letter: UUID) -> None:
    refused = await admin.post(f"{LIST}/{letter}/assign", text=member.email)
    await admin.post(f"{LIST}/{letter}/assign", text=boss.email)

    assert refused.status_code == 404
    assert f'<option value="{boss.email}" selected>' in (await admin.get(f"{LIST}/{letter}")).text


async def test_group_is_missing_when_nothing_has_the_fingerprint(admin: Browser) -> None:
    assert (await admin.post(f"{LIST}/groups/nothing/mute", muted="yes")).status_code == 404


async def test_group_is_not_muted_when_no_admin(browser: Browser, letter: UUID) -> None:
    row = await failed.row(letter)

    answer = await browser.post(f"{LIST}/groups/{row['fingerprint']}/mute", muted="yes")

    assert answer.status_code == 403
    assert await db.fetch("SELECT 1 FROM dead_letter_groups") == []


async def test_engine_that_chooses_itself_can_be_asked_for(admin: Browser, letter: UUID) -> None:
    form = (await admin.get(f"{LIST}/{letter}/requeue")).text
    seen = (await admin.post(f"{LIST}/{letter}/requeue/preview", engine="auto")).text

    assert '<option value="auto">auto: ' in form
    assert '<option value="assemblyai" disabled>assemblyai (cannot work here)</option>' in form
    assert "<ins>auto</ins>" in seen

"""The audit log: who did what to what."""

from __future__ import annotations

import msgspec
import pytest
from reelscribe.platform.errors import BadInput
from reelscribe.platform.services import audit
from reelscribe.platform.services.audit import EntryFilter

from tests.conftest import User

from .factories import identity

pytestmark = pytest.mark.usefixtures("database")


async def test_line_has_what_changed_when_noted(admin: User) -> None:
    before, after = {"status": "open"}, {"status": "discarded", "n": 2}
    await audit.note(
        identity(admin.id), "dead_letter.discard", subject_kind="dead_letter", subject_id="7", reason="broken file",
        before=before, after=after,
    )  # fmt: skip

    entry = (await audit.list_page(EntryFilter(), limit=10)).items[0]

    assert (entry.actor, entry.action, entry.subject_id, entry.reason) == (
        admin.email,
        "dead_letter.discard",
        "7",
        "broken file",
    )
    assert (msgspec.json.decode(entry.before or b""), msgspec.json.decode(entry.after or b"")) == (before, after)


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({}, 6),
        ({"action": "one"}, 3),
        ({"subject_kind": "queue"}, 6),
        ({"subject_kind": "job"}, 0),
        ({"subject_id": "2"}, 2),
        ({"subject_id": "2", "action": "one"}, 1),
        ({"actor": "nobody@example.test"}, 0),
    ],
)
async def test_lines_are_those_that_were_asked_for(admin: User, wanted: dict[str, str], number: int) -> None:
    for subject in "012":
        for action in ("one", "two"):
            await audit.note(identity(admin.id), action, subject_kind="queue", subject_id=subject)

    assert len((await audit.list_page(EntryFilter(**wanted), limit=10)).items) == number


async def test_lines_of_one_person_are_found_by_their_address(admin: User, stranger: User) -> None:
    for who in (admin, stranger):
        await audit.note(identity(who.id), "one", subject_kind="queue")

    found = await audit.list_page(EntryFilter(actor=f" {admin.email.upper()}"), limit=10)

    assert [entry.actor for entry in found.items] == [admin.email]


async def test_pages_are_the_whole_log_when_followed(admin: User) -> None:
    for number in range(7):
        await audit.note(identity(admin.id), "one", subject_kind="queue", subject_id=str(number))

    first = await audit.list_page(EntryFilter(), limit=4)
    second = await audit.list_page(EntryFilter(), limit=4, cursor=first.next_cursor)

    assert [entry.subject_id for page in (first, second) for entry in page.items] == list("6543210")
    assert second.next_cursor is None


async def test_cursor_is_refused_when_it_is_not_ours() -> None:
    with pytest.raises(BadInput):
        await audit.list_page(EntryFilter(), limit=1, cursor="x")

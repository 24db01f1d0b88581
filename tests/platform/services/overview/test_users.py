"""Everybody's accounts: found, changed, given credits, and every change noted."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput, Conflict, Forbidden, NotFound
from reelscribe.platform.services import credits, sessions
from reelscribe.platform.services.overview import users
from reelscribe.platform.services.overview.users import Change, Grant
from reelscribe.platform.services.sessions import Identity

from tests.conftest import MakeUser, User
from tests.platform.services import factories

pytestmark = pytest.mark.usefixtures("database", "redis")


async def _noted() -> list[dict]:
    rows = await db.fetch("SELECT action, subject_id, reason, before, after FROM audit_log ORDER BY id")
    return [{**row, **{name: msgspec.json.decode(row[name] or "null") for name in ("before", "after")}} for row in rows]


async def test_user_is_shown_with_jobs_and_credits(user: User) -> None:
    await factories.job(user.id)

    found = await users.get(user.id)

    assert (found.jobs, found.jobs_open, found.jobs_failed) == (1, 1, 0)
    assert found.credits.held == Decimal(1)
    assert found.credits.available == Decimal(599)


async def test_page_finds_by_address_role_and_state(make_user: MakeUser, admin: User) -> None:
    ada = await make_user(email="ada@example.test")
    bob = await make_user(email="bob@other.test")
    await db.execute("UPDATE users SET disabled_at = now() WHERE id = $1", bob.id)

    async def ids(**wanted: object) -> list[object]:
        return [each.id for each in (await users.list_page(limit=10, **wanted)).items]

    assert await ids() == [bob.id, ada.id, admin.id]
    assert await ids(q="EXAMPLE.test", role="user") == [ada.id]
    assert await ids(q=str(bob.id)) == [bob.id]
    assert await ids(role="admin") == [admin.id]
    assert await ids(disabled=True) == [bob.id]


async def test_pages_hold_everybody_once(make_user: MakeUser) -> None:
    made = {(await make_user()).id for _ in range(5)}

    first = await users.list_page(limit=3)
    second = await users.list_page(limit=3, cursor=first.next_cursor)

    assert second.next_cursor is None
    assert [*first.items, *second.items] == sorted(
        [*first.items, *second.items], key=lambda each: each.created_at, reverse=True
    )
    assert {each.id for each in (*first.items, *second.items)} == made


async def test_change_is_made_and_noted(boss: Identity, user: User) -> None:
    after = await users.change(
        boss, user.id, Change(max_priority="low", max_jobs_at_once=2, role="admin", reason="asked for it")
    )

    assert (after.max_priority, after.max_jobs_at_once, after.role) == ("low", 2, "admin")
    assert await _noted() == [
        {
            "action": "user.changed",
            "subject_id": str(user.id),
            "reason": "asked for it",
            "before": {"role": "user", "max_priority": "high", "max_jobs_at_once": None},
            "after": {"role": "admin", "max_priority": "low", "max_jobs_at_once": 2},
        }
    ]


async def test_change_is_not_noted_when_all_stays(boss: Identity, user: User) -> None:
    await users.change(boss, user.id, Change(role="user", disabled=False))

    assert await _noted() == []


async def test_disabled_user_is_signed_out_everywhere(boss: Identity, user: User) -> None:
    cookie = await sessions.open_page(user.id, sessions.Device())

    after = await users.change(boss, user.id, Change(disabled=True))

    assert after.disabled_at is not None
    with pytest.raises(Exception, match="sign"):
        await sessions.of_page(cookie)
    assert (await users.change(boss, user.id, Change(disabled=False))).disabled_at is None


@pytest.mark.parametrize("wanted", [Change(disabled=True), Change(role="user"), Change(role="operator")])
async def test_admin_cannot_lock_themselves_out(boss: Identity, wanted: Change) -> None:
    with pytest.raises(Conflict):
        await users.change(boss, boss.user_id, wanted)


async def test_change_is_refused_when_the_caller_was_demoted(boss: Identity, user: User) -> None:
    await db.execute("UPDATE users SET role = 'user' WHERE id = $1", boss.user_id)

    with pytest.raises(Forbidden):
        await users.change(boss, user.id, Change(disabled=True))
    assert not await users.is_staff(boss)


async def test_credits_are_given_and_noted(boss: Identity, user: User) -> None:
    after = await users.grant(boss, user.id, Grant(amount=Decimal("12.50"), reason="lost an hour"))

    assert after.credits.balance == Decimal("612.50")
    assert (await credits.entries(user.id, limit=1, cursor=None)).items[0].note == "lost an hour"
    assert [(each["action"], each["after"]) for each in await _noted()] == [
        ("user.credits_granted", {"amount": "12.50"})
    ]


@pytest.mark.parametrize("amount", [Decimal("0.001"), Decimal(-1), Decimal(1_000_001), Decimal("NaN"), Decimal("inf")])
async def test_credits_are_refused_when_the_amount_is_odd(boss: Identity, user: User, amount: Decimal) -> None:
    with pytest.raises(BadInput):
        await users.grant(boss, user.id, Grant(amount=amount))

    assert await _noted() == []


async def test_nobody_is_not_found(boss: Identity) -> None:
    for attempt in (
        users.get(uuid4()),
        users.change(boss, uuid4(), Change(disabled=True)),
        users.grant(boss, uuid4(), Grant(amount=Decimal(1))),
    ):
        with pytest.raises(NotFound):
            await attempt

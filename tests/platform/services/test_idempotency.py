"""One key, one effect, one answer."""

from __future__ import annotations

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput, Conflict
from reelscribe.platform.services import idempotency
from reelscribe.platform.services.idempotency import KeyReused

pytestmark = pytest.mark.usefixtures("database")


class Counter:
    """An action that counts how often it ran, and may refuse."""

    def __init__(self) -> None:
        self.ran = 0
        self.refuses = False

    async def __call__(self) -> dict[str, int]:
        self.ran += 1
        if self.refuses:
            raise Conflict
        return {"ran": self.ran}


async def once(user, action: Counter, *, key: str = "k", request: bytes = b"body") -> idempotency.Answer:
    return await idempotency.once(user.id, key, request=request, status=202, action=action)


async def test_second_request_gets_the_first_answer(user):
    action = Counter()

    answers = [await once(user, action), await once(user, action)]

    assert (action.ran, answers[0].body, answers[1]) == (1, b'{"ran":1}', answers[0])


async def test_key_with_another_request_is_refused(user):
    action = Counter()
    await once(user, action)

    with pytest.raises(KeyReused):
        await once(user, action, request=b"another body")
    assert action.ran == 1


async def test_refused_request_leaves_its_key_free(user):
    action = Counter()
    action.refuses = True
    with pytest.raises(Conflict):
        await once(user, action)
    action.refuses = False

    assert (await once(user, action, request=b"mended body")).body == b'{"ran":2}'


async def test_users_do_not_share_keys(user, stranger):
    action = Counter()

    await once(user, action)
    await once(stranger, action)

    assert action.ran == 2


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_odd_keys_are_bad_input(user, key):
    with pytest.raises(BadInput):
        await once(user, Counter(), key=key)


async def test_old_keys_are_forgotten(user):
    await once(user, Counter())
    await db.execute("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")

    assert await idempotency.forget_old() == 1

"""Access tokens and secrets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest
from reelscribe.platform.errors import Unauthenticated
from reelscribe.platform.security import tokens
from reelscribe.platform.security.keys import derive

NOW = datetime.now(UTC)


def test_access_token_reads_back_when_fresh() -> None:
    user, session = uuid4(), uuid4()

    claims = tokens.read_access(tokens.sign_access(user, session, now=NOW))

    assert (claims.sub, claims.sid) == (user, session)


def test_access_token_is_refused_when_expired() -> None:
    token = tokens.sign_access(uuid4(), uuid4(), now=NOW - tokens.ACCESS_LIFETIME - timedelta(seconds=1))

    with pytest.raises(Unauthenticated):
        tokens.read_access(token)


_CLAIMS = {"sub": str(uuid4()), "sid": str(uuid4()), "aud": "reelscribe-api", "exp": 2**40}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        jwt.encode(_CLAIMS, None, algorithm="none"),
        jwt.encode(_CLAIMS, b"x" * 32, algorithm="HS256"),
        jwt.encode({**_CLAIMS, "aud": "another"}, derive("access-token"), algorithm="HS256"),
        jwt.encode({**_CLAIMS, "sub": "root"}, derive("access-token"), algorithm="HS256"),
        jwt.encode({name: _CLAIMS[name] for name in ("sub", "sid", "aud")}, derive("access-token"), algorithm="HS256"),
    ],
    ids=["empty", "noise", "unsigned", "other key", "other audience", "no id", "endless"],
)
def test_access_token_is_refused_when_it_is_not_ours(token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.read_access(token)


def test_secret_is_random_and_keeps_its_prefix_when_made() -> None:
    made = {tokens.new_secret("rs_") for _ in range(100)}

    assert len(made) == 100
    assert all(secret.startswith("rs_") and len(secret) >= 43 for secret in made)


def test_key_differs_when_the_purpose_does() -> None:
    assert derive("one") != derive("two")
    assert derive("one") == derive("one")

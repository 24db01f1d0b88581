"""Access tokens (signed, short-lived) and secrets (random, kept only as their SHA-256)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

import jwt
import msgspec

from ..errors import Unauthenticated
from .keys import derive

ACCESS_LIFETIME = timedelta(minutes=30)
_AUDIENCE = "reelscribe-api"
_SECRET_BYTES = 32


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token says: ``sid`` is the sign-in (session family), ``exp`` in Unix seconds."""

    sub: UUID
    sid: UUID
    exp: int


def new_secret(prefix: str = "") -> str:
    """Return ``prefix`` and 256 random bits in URL-safe characters."""
    return prefix + secrets.token_urlsafe(_SECRET_BYTES)


def digest(secret: str) -> bytes:
    """Return the SHA-256 under which a secret is kept; 256 random bits need no salt or stretching."""
    return hashlib.sha256(secret.encode()).digest()


def sign_access(user_id: UUID, session: UUID, *, now: datetime) -> str:
    """Return a JWT (HS256) that is valid for ``ACCESS_LIFETIME`` from ``now``."""
    claims = {
        "sub": str(user_id),
        "sid": str(session),
        "aud": _AUDIENCE,
        "iat": int(now.timestamp()),
        "exp": int((now + ACCESS_LIFETIME).timestamp()),
    }
    return jwt.encode(claims, _key(), algorithm="HS256")


def read_access(token: str) -> Claims:
    """Return what a valid access token says.

    Raises:
        Unauthenticated: it is not ours, was altered, or has expired.
    """
    try:
        payload = jwt.decode(token, _key(), algorithms=["HS256"], audience=_AUDIENCE)
        return msgspec.convert(payload, Claims)
    except (jwt.InvalidTokenError, msgspec.ValidationError) as exc:
        raise Unauthenticated from exc


@cache
def _key() -> bytes:
    return derive("access-token")

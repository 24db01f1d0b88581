"""Whose bearer credential this is: an access token or an API key."""

from __future__ import annotations

import time

from ..security import tokens
from . import api_keys, sessions
from .sessions import Identity


async def identify(credential: str) -> Identity:
    """Return who sent ``credential``; what was found lately is not looked up again.

    Raises:
        Unauthenticated: it is not valid.
    """
    key = tokens.digest(credential)
    identity = sessions.known.get(key)
    if identity is not None:
        return identity
    if credential.startswith(api_keys.PREFIX):
        identity, lifetime = await api_keys.of_key(credential), None
    else:
        claims = tokens.read_access(credential)
        identity, lifetime = await sessions.of_access_token(claims), claims.exp - time.time()
    sessions.known.put(key, identity, at_most=lifetime)
    return identity

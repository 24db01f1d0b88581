"""Keys for one purpose each, derived from ``REELSCRIBE_SECRET_KEY``."""

from __future__ import annotations

import hashlib
import hmac

from ..errors import Misconfigured
from ..settings import current


def derive(purpose: str) -> bytes:
    """Return 32 bytes that are always the same for this secret key and ``purpose``.

    Raises:
        Misconfigured: no secret key is set.
    """
    secret = current().secret_key
    if not secret:
        raise Misconfigured("REELSCRIBE_SECRET_KEY is not set", hint="openssl rand -hex 32 makes one.")
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()

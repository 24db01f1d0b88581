"""Names in Redis, as Dramatiq 2.2 lays out its queues: a list of ids and a hash of messages each."""

from __future__ import annotations

NAMESPACE = "reelscribe:queue"
WAKE_CHANNEL = "reelscribe:wake"


def list_key(queue: str) -> str:
    """Return the list of message ids of ``queue``."""
    return f"{NAMESPACE}:{queue}"


def messages_key(queue: str) -> str:
    """Return the hash of ``queue`` that holds a message until it is acknowledged."""
    return f"{NAMESPACE}:{queue}.msgs"

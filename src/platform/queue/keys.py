"""Names in Redis.

Dramatiq 2.2 lays out a queue as a list of ids and a hash of messages. Ours adds a ring: the users who have
messages in the queue, in the order of their turns, and a list of ids per user.
"""

from __future__ import annotations

NAMESPACE = "reelscribe:queue"
WAKE_CHANNEL = "reelscribe:wake"
# What admins paused, as ``controls`` tells it; the truth is in PostgreSQL.
STOPPED = f"{NAMESPACE}:stopped"
# When each worker last spoke; Dramatiq's.
HEARTBEATS = f"{NAMESPACE}:__heartbeats__"


def list_key(queue: str) -> str:
    """Return the list of message ids of ``queue`` whose turn it is."""
    return f"{NAMESPACE}:{queue}"


def messages_key(queue: str) -> str:
    """Return the hash of ``queue`` that holds a message until it is acknowledged."""
    return f"{NAMESPACE}:{queue}.msgs"


def ring_key(queue: str) -> str:
    """Return the list of users with messages in ``queue``; the first one has the next turn."""
    return f"{NAMESPACE}:{queue}.ring"


def user_key(queue: str, user: str) -> str:
    """Return the list of a user's message ids in ``queue``.

    >>> user_key("io.low", "u1").startswith(ring_key("io.low"))
    True
    """
    return f"{ring_key(queue)}:{user}"


def acks_key(queue: str, worker: str) -> str:
    """Return the set of message ids that ``worker`` took from ``queue`` and has not acknowledged; Dramatiq's."""
    return f"{NAMESPACE}:__acks__.{worker}.{queue}"

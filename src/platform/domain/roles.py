"""What people may do: users work with their own things, staff looks after everybody's."""

from __future__ import annotations

from typing import Literal

# Each role may do what those before it may: viewers look at the admin area, operators act in it (dead letters,
# also without a charge; queues, jobs, engines), admins decide about people, their credits and their roles as well.
Role = Literal["user", "viewer", "operator", "admin"]
_ORDER: tuple[Role, ...] = ("user", "viewer", "operator", "admin")


def at_least(role: str, needed: Role) -> bool:
    """Return whether ``role`` may do what ``needed`` may.

    >>> at_least("operator", "viewer"), at_least("viewer", "operator"), at_least("nobody", "user")
    (True, False, False)
    """
    return role in _ORDER and _ORDER.index(role) >= _ORDER.index(needed)


def is_staff(role: str) -> bool:
    """Return whether ``role`` may enter the admin area.

    >>> [is_staff(role) for role in ("user", "viewer", "admin")]
    [False, True, True]
    """
    return at_least(role, "viewer")

"""Moments in words."""

from __future__ import annotations

from datetime import UTC, datetime


def clock_utc(moment: datetime) -> str:
    """Return the time of day of an aware ``moment``.

    >>> clock_utc(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '03:04:05 UTC'
    """
    return moment.astimezone(UTC).strftime("%H:%M:%S UTC")

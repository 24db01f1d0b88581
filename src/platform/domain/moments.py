"""Moments in words."""

from __future__ import annotations

from datetime import UTC, datetime


def clock_utc(moment: datetime) -> str:
    """Return the time of day of an aware ``moment``.

    >>> clock_utc(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '03:04:05 UTC'
    """
    return moment.astimezone(UTC).strftime("%H:%M:%S UTC")


def in_recording(seconds: float) -> str:
    """Return a moment of a recording, or a length, to the tenth of a second, as people write it.

    >>> in_recording(65.26), in_recording(3725)
    ('1:05.3', '1:02:05.0')
    """
    tenths = round(seconds * 10)
    hours, minutes, rest = tenths // 36000, tenths // 600 % 60, tenths % 600
    return f"{f'{hours}:{minutes:02}' if hours else minutes}:{rest // 10:02}.{rest % 10}"

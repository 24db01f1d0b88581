"""How often the scheduler put something right: what nobody notices is still worth a figure."""

from __future__ import annotations

from .. import db


async def add(duty: str, times: int) -> None:
    """Count what the leader's duty has just done."""
    await db.execute(
        "INSERT INTO mended (duty, times) VALUES ($1, $2)"
        " ON CONFLICT (duty) DO UPDATE SET times = mended.times + excluded.times, last_at = now()",
        duty,
        times,
    )

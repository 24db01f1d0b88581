"""What an engine keeps from one attempt at a stage to the next: where its work goes on when a worker is gone."""

from __future__ import annotations

from ... import db
from .lease import Claimed

_MOST_CHARACTERS = 1_000


async def keep(stage: Claimed, note: str) -> None:
    """Keep the note in place of the one before; not where another worker owns the stage by now."""
    await db.execute(
        "UPDATE stages SET note = $3 WHERE id = $1 AND lease_token = $2",
        stage.stage_id,
        stage.token,
        note[:_MOST_CHARACTERS],
    )


async def kept(stage: Claimed) -> str | None:
    """Return the note of this or an earlier attempt."""
    row = await db.fetch_one("SELECT note FROM stages WHERE id = $1", stage.stage_id)
    return None if row is None else row["note"]

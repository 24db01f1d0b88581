"""How dead letters are read: in one snapshot, planned for indexes that lie in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec

from ... import db
from . import filters
from .filters import WORDS, Filter, Values

# All that an answer says is of one moment. An index costs little, as it is read often (the default is for a disk that
# turns), the whole table is never read, each filter has its own plan; and nobody who only looks takes several cores
# or has machine code made.
_BEGIN = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL random_page_cost = 1.1; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_custom_plan;
SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off
"""


class Letters(msgspec.Struct, frozen=True, kw_only=True):
    """The letters that a filter finds; ``muted`` are the fingerprints of the muted groups."""

    chosen: Filter
    muted: Sequence[str] = ()

    def sql(self, values: Values) -> str:
        """Return ``FROM … d WHERE …``; what it compares with is added to ``values``.

        What a search finds comes from its index before anything else is asked: PostgreSQL thinks that taking a text
        apart costs no more than comparing a number, but it costs a hundred times that.
        """
        if not self.tsquery:
            return f"FROM dead_letters d WHERE {self.where(values)}"
        matching = f"(SELECT * FROM dead_letters l WHERE {self.has_words('l', values)} OFFSET 0)"  # noqa: S608 - constant
        return f"FROM {matching} AS d WHERE {self.rest.where(values)}"

    def where(self, values: Values) -> str:
        """Return the conditions alone."""
        return filters.where(self.chosen, values, muted=self.muted)

    def has_words(self, table: str, values: Values) -> str:
        """Return the condition that a letter has what is searched for."""
        return f"{WORDS.format(table)} @@ to_tsquery('simple', {values.mark(self.tsquery)})"

    def besides(self, **others: object) -> Letters:
        """Return the letters that a filter with other values finds."""
        return Letters(chosen=msgspec.structs.replace(self.chosen, **others), muted=self.muted)

    @property
    def rest(self) -> Letters:
        """What the filter asks for besides the words that its index finds."""
        return self.besides(q=None) if self.tsquery else self

    @property
    def tsquery(self) -> str:
        """The words that are searched for; empty where none are."""
        return filters.tsquery(self.chosen.q) if self.chosen.q else ""


@asynccontextmanager
async def snapshot(chosen: Filter) -> AsyncIterator[Letters]:
    """Run the block's queries in a transaction of their own, never inside another; gives the letters to ask for."""
    async with db.transaction():
        await db.execute(_BEGIN)
        rows = await db.fetch("SELECT fingerprint FROM dead_letter_groups WHERE muted_at IS NOT NULL")
        yield Letters(chosen=chosen, muted=[row["fingerprint"] for row in rows])

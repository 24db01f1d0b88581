"""The form of a bulk action: which dead letters, what to do with them, how fast, why."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET

from ....platform.errors import BadInput
from ....platform.services.dead_letters.bulk import Action, Options, Selection
from ....platform.services.dead_letters.changes import Changes
from . import letter_address
from .letter_address import Address

Text = Annotated[str, msgspec.Meta(max_length=2000)]
# Letters per second; empty or 0 means as fast as it goes.
Speed = Annotated[str, msgspec.Meta(pattern=r"^\d{0,5}(\.\d{1,3})?$")]


class BulkForm(msgspec.Struct, kw_only=True):
    """The fields as a browser sends them; ``q`` is the query string of the list that they were chosen from."""

    action: Action
    id: UUID | list[UUID] = []
    scope: Literal["", "all"] = ""
    q: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    start: Literal["failed", "first"] = "failed"
    waive: str = ""
    engine: Annotated[str, msgspec.Meta(max_length=32)] = ""
    priority: Literal["", "critical", "high", "normal", "low"] = ""
    time_factor: Literal["", "1", "2", "3", "5", "10"] = ""
    delete_source: str = ""
    assign_to: Annotated[str, msgspec.Meta(max_length=320)] = ""
    reason: Text = ""
    rate: Speed = ""
    confirm: Annotated[str, msgspec.Meta(max_length=20)] = ""

    @property
    def ids(self) -> list[UUID]:
        """Return the chosen ones, each once."""
        return list(dict.fromkeys([self.id] if isinstance(self.id, UUID) else self.id))

    def address(self) -> Address:
        """Return the list that they were chosen from.

        Raises:
            BadInput: its filter cannot be understood.
        """
        return letter_address.of_query(self.q)

    def selection(self) -> Selection:
        """Return which letters are meant.

        Raises:
            BadInput: nothing is chosen.
        """
        if self.scope == "all":
            return Selection(filter=self.address().filter)
        if not self.ids:
            raise BadInput("Nothing is selected.", hint="Tick at least one line, or 'All that match'.")
        return Selection(ids=self.ids)

    def options(self) -> Options:
        """Return what to do with each."""
        return Options(
            changes=self._changes(),
            from_start=self.start == "first",
            waive=bool(self.waive),
            delete_source=bool(self.delete_source),
            assign_to=self.assign_to.strip() or None,
        )

    def _changes(self) -> Changes:
        return Changes(
            engine=self.engine or UNSET,
            priority=self.priority or UNSET,
            time_factor=float(self.time_factor) if self.time_factor else UNSET,
        )

    def rate_per_second(self) -> float | None:
        """Return how many per second, None for as fast as it goes."""
        return float(self.rate or 0) or None

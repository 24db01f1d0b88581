"""Columns that every table uses in the same way."""

from __future__ import annotations

from typing import Any

from piccolo.columns import UUID, ForeignKey, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4


def key() -> UUID:
    """Return a random UUID primary key, made by PostgreSQL."""
    return UUID(default=UUID4(), primary_key=True)


def created() -> Timestamptz:
    """Return a column with the time of insertion."""
    return Timestamptz(default=TimestamptzNow(), null=False)


def moment() -> Timestamptz:
    """Return a column for a moment that may not have come yet."""
    return Timestamptz(default=None, null=True)


def owned_by(table: Any, *, index: bool = False) -> ForeignKey[Any]:
    """Return a foreign key whose row goes when its owner goes."""
    return ForeignKey(table, on_delete=OnDelete.cascade, null=False, index=index)


def refers_to(table: Any, *, index: bool = False) -> ForeignKey[Any]:
    """Return an optional foreign key that is emptied when its target goes."""
    return ForeignKey(table, on_delete=OnDelete.set_null, null=True, index=index)


def needs(table: Any, *, index: bool = False) -> ForeignKey[Any]:
    """Return a foreign key whose target cannot go while this row is there."""
    return ForeignKey(table, on_delete=OnDelete.restrict, null=False, index=index)

"""Which dead letters are meant: the same filter for the list, its groups, an export and a bulk action."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from ...errors import BadInput

Status = Literal["open", "scheduled", "requeued", "discarded", "all"]
STATES = ("open", "scheduled", "requeued", "discarded")
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Times = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All conditions must hold; None asks nothing.

    ``q`` finds words of job id, file name, user and error text, by two letters of their beginning or more.
    ``user`` is an e-mail address. ``since`` and ``until`` bound the time of failure (``until`` is not in it).
    ``muted``: whether muted groups are in it.
    """

    status: Status = "open"
    kind: Text | None = None
    stage: Text | None = None
    code: Text | None = None
    engine: Text | None = None
    priority: Text | None = None
    user: Text | None = None
    worker: Text | None = None
    fingerprint: Text | None = None
    attempts: Times | None = None
    reviewed: bool | None = None
    assigned_to: UUID | None = None
    muted: bool = False
    since: Moment | None = None
    until: Moment | None = None
    q: Text | None = None


class Condition(msgspec.Struct, frozen=True):
    """SQL over ``dead_letters d`` with ``$1`` … placeholders, and their values."""

    sql: str
    values: tuple[object, ...]


class Values(list[object]):
    """The values of a query that is being put together."""

    def mark(self, value: object) -> str:
        """Add a value and return its placeholder."""
        self.append(value)
        return f"${len(self)}"


# What a search looks through; the index dead_letters_words has exactly this.
WORDS = "to_tsvector('simple', {}.search_text)"

# A clause, and the value for its ``{}`` where it has one.
_Part = tuple[str] | tuple[str, object]

_EQUAL = {
    "kind": "d.kind",
    "stage": "d.stage_name",
    "code": "d.error_code",
    "engine": "d.engine",
    "priority": "d.priority",
    "worker": "d.worker",
    "fingerprint": "d.fingerprint",
    "attempts": "d.attempts",
    "assigned_to": "d.assigned_to",
}
# Read once per query and looked up by hash; a subquery per letter would cost more than all the rest.
_NOT_MUTED = "d.fingerprint NOT IN (SELECT g.fingerprint FROM dead_letter_groups g WHERE g.muted_at IS NOT NULL)"


def condition(chosen: Filter) -> Condition:
    """Return the filter as SQL; the placeholders begin at ``$1``. Errors as ``where``."""
    values = Values()
    return Condition(where(chosen, values), tuple(values))


def where(chosen: Filter, values: Values, *, muted: Sequence[str] | None = None) -> str:
    """Return the filter as SQL over ``dead_letters d``; what it compares with is added to ``values``.

    ``muted``: the fingerprints of the muted groups, by whoever knows them; mostly there are none, so nothing need be
    looked at.

    Raises:
        BadInput: a time that no calendar has.
    """
    clauses = [clause.format(*map(values.mark, bound)) for clause, *bound in _parts(chosen, muted)]
    return " AND ".join(clauses) or "true"


def _parts(chosen: Filter, muted: Sequence[str] | None) -> Iterator[_Part]:
    if chosen.status != "all":
        yield "d.status = {}", chosen.status
    yield from _equal(chosen)
    if chosen.user is not None:
        yield "d.user_id = (SELECT u.id FROM users u WHERE u.email = {})", chosen.user.strip().lower()
    if chosen.reviewed is not None:
        yield ("d.reviewed_at IS NOT NULL" if chosen.reviewed else "d.reviewed_at IS NULL",)
    if not chosen.muted:
        yield from _of_muted(muted)
    yield from _of_time(chosen)
    if chosen.q is not None:
        found = tsquery(chosen.q)
        yield (f"{WORDS.format('d')} @@ to_tsquery('simple', {{}})", found) if found else ("false",)


def _equal(chosen: Filter) -> Iterator[_Part]:
    for name, column in _EQUAL.items():
        if (value := getattr(chosen, name)) is not None:
            yield f"{column} = {{}}", value


def _of_muted(fingerprints: Sequence[str] | None) -> Iterator[_Part]:
    if fingerprints is None:
        yield (_NOT_MUTED,)
    elif fingerprints:
        yield "d.fingerprint <> ALL ({}::text[])", list(fingerprints)


def _of_time(chosen: Filter) -> Iterator[_Part]:
    if chosen.since is not None:
        yield "d.created_at >= {}", _utc(chosen.since)
    if chosen.until is not None:
        yield "d.created_at < {}", _utc(chosen.until)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:
        raise BadInput("This time is outside of the calendar", field="since") from exc


def tsquery(text: str) -> str:
    """Return what to search for: all words of ``text``, by two letters of their beginning or more; "" for no word.

    >>> tsquery("Lecture_1")
    "'lecture':* & '1'"
    """
    return " & ".join(f"'{word}':*" if len(word) > 1 else f"'{word}'" for word in words(text).split())


def words(text: str) -> str:
    """Return what a search looks through: the words of ``text`` in lower case, without punctuation.

    >>> words("Lecture_01.mp4: cannot open")
    'lecture 01 mp4 cannot open'
    """
    return " ".join(re.findall(r"[^\W_]+", text.lower()))

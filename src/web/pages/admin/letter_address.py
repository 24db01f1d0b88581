"""The address of the list of dead letters: filter, order and place travel in it from page to page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request

from ....platform.domain.lifecycle import JobKind, StageName
from ....platform.errors import BadInput
from ....platform.services.dead_letters.filters import Filter
from ....platform.services.dead_letters.places import Sort

# {value of ?age=: (words, how long ago, whether older than that is meant)}
AGES = {
    "1h": ("in the last hour", timedelta(hours=1), False),
    "24h": ("in the last 24 hours", timedelta(hours=24), False),
    "7d": ("in the last 7 days", timedelta(days=7), False),
    "over-1d": ("more than a day ago", timedelta(days=1), True),
    "over-7d": ("more than a week ago", timedelta(days=7), True),
    "over-30d": ("more than 30 days ago", timedelta(days=30), True),
}
_TIMES = ("since", "until")
# What the forms call the fields that do not explain themselves.
_WORDS = {
    "kind": "type",
    "code": "error code",
    "q": "search",
    "fingerprint": "group",
    "assigned_to": "assigned to",
    "age": "failed",
}


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """One condition in words, with the query string of the list without it."""

    name: str
    words: str
    value: str
    without: str


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """What the query string asks for; ``asked`` has its conditions as they stand there."""

    filter: Filter
    asked: dict[str, str]
    sort: Sort
    size: int
    cursor: str | None

    @property
    def query(self) -> str:
        """Return filter, order and page size as a query string, without the place in the list."""
        return self.link()

    @property
    def fields(self) -> dict[str, str]:
        """Return what each field of the form holds, empty where nothing is asked."""
        return dict.fromkeys(_NAMES, "") | self.asked

    @property
    def conditions(self) -> str:
        """Return the filter alone as a query string."""
        return urlencode(self.asked)

    def link(self, **values: object) -> str:
        """Return the query string with some values changed; None takes one out, and the list begins anew."""
        defaults = {"sort": SORTS[0], "size": SIZES[0]}
        view = {name: value for name, value in (("sort", self.sort), ("size", self.size)) if value != defaults[name]}
        merged: dict[str, object] = {**self.asked, **view, **values}
        return urlencode({name: value for name, value in merged.items() if value not in (None, "")})

    def page(self, path: str, *, said: str) -> str:
        """Return ``path`` with filter and order, and what it shall say."""
        return f"{path}?{self.link(said=said)}"

    @property
    def chips(self) -> list[Chip]:
        """Return the conditions that narrow the list, each of which can be taken away."""
        return [
            Chip(name=name, words=_WORDS.get(name, name), value=_spoken(name, value), without=self.link(**{name: None}))
            for name, value in self.asked.items()
            if name != "status"
        ]


def of(request: Request[Any, Any, Any]) -> Address:
    """Return what the query string of the request asks for.

    Raises:
        BadInput: a condition cannot be understood.
    """
    return parse(request.query_params)


def of_query(query: str) -> Address:
    """Return what a query string asks for that a form brought along; errors as ``of``."""
    return parse(dict(parse_qsl(query[:4000])))


def parse(values: Mapping[str, str]) -> Address:
    """Return what these values ask for; empty ones and those that are no condition ask for nothing."""
    asked = {name: text for name in _NAMES if (text := values.get(name, "").replace("\x00", "").strip())}
    sort, size = values.get("sort", ""), values.get("size", "")
    return Address(
        filter=_filter(asked),
        asked=asked,
        sort=next((known for known in SORTS if known == sort), SORTS[0]),
        size=int(size) if size in map(str, SIZES) else SIZES[0],
        cursor=values.get("cursor") or None,
    )


def _filter(asked: Mapping[str, str]) -> Filter:
    values: dict[str, object] = {name: value for name, value in asked.items() if name != "age"}
    for name in _TIMES:
        if name in asked:
            values[name] = moment(asked[name])
    if "age" in asked:
        values |= _bound(asked["age"])
    try:
        return msgspec.convert(values, Filter, strict=False)
    except msgspec.ValidationError as exc:
        raise BadInput(f"This filter cannot be used: {exc}", hint="Choose another value, or clear the filter.") from exc


def _bound(age: str) -> dict[str, object]:
    if age not in AGES:
        raise BadInput(f"There is no age {age[:40]!r}.", hint=f"Choose: {', '.join(AGES)}")
    _, ago, is_older = AGES[age]
    return {"until" if is_older else "since": datetime.now(UTC) - ago}


def moment(text: str) -> datetime:
    """Return the moment that a form names; without an offset it is UTC.

    Raises:
        BadInput: it is no moment.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise BadInput(f"{text[:40]!r} is no date and time.", hint="Write it as 2026-01-31T18:00 (UTC).") from exc
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _spoken(name: str, value: str) -> str:
    if name == "age":
        return AGES[value][0]
    if name in ("reviewed", "muted"):
        return "yes" if value in ("true", "1") else "no"
    return value if name != "fingerprint" else value[:8]


def _names() -> Iterable[str]:
    yield from Filter.__struct_fields__
    yield "age"


_NAMES = tuple(_names())
# What the fields of the form suggest; other values can be typed.
CHOICES = {
    "kind": [kind.value for kind in JobKind],
    "stage": [stage.value for stage in StageName],
    "priority": ["critical", "high", "normal", "low"],
}
SORTS: tuple[Sort, ...] = ("newest", "oldest", "attempts")
SIZES = (50, 25, 100, 200)

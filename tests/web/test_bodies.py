"""Strict JSON bodies."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest
from reelscribe.platform.errors import BadInput
from reelscribe.web import bodies


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    size: Annotated[int, msgspec.Meta(ge=1)]


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    count: int
    inner: Inner | None = None
    many: list[Inner] = []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"name": 1, "count": "2"}', {"name", "count"}),  # numbers are not text, text is not a number
        (b'{"name": "a", "count": 1.5}', {"count"}),
        (b'{"name": "a", "count": true}', {"count"}),
        (b'{"extra": 1}', {"extra", "name", "count"}),
        (b'{"name": "a", "count": 1, "inner": {"size": 0}}', {"inner.size"}),
        (b'{"name": "a", "count": 1, "inner": {"size": 1, "x": 1}}', {"inner"}),
        (b'{"name": "a", "count": 1, "many": [{"size": 1}, {"size": "1"}]}', {"many[1].size"}),
        (b"[]", {""}),
    ],
)
def test_decode_names_every_field_when_some_are_wrong(body: bytes, fields: set[str]) -> None:
    with pytest.raises(BadInput) as raised:
        bodies.decode(body, Outer)

    assert {error["field"] for error in raised.value.facts["errors"]} == fields


def test_decode_returns_the_value_when_it_fits() -> None:
    value = bodies.decode(b'{"name": "a", "count": 1, "many": [{"size": 2}]}', Outer)

    assert value == Outer(name="a", count=1, many=[Inner(size=2)])

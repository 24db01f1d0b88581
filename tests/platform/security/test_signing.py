"""Signed URLs hold for one method, path, set of parameters and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.errors import Forbidden
from reelscribe.platform.security import signing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
PARAMS = {"name": "a b&c=d\n.mp3", "size": "10"}


def _query(**changed: str) -> list[tuple[str, str]]:
    signed = dict(parse_qsl(signing.sign("GET", "/files/a", PARAMS, expires=LATER), keep_blank_values=True))
    return list((signed | changed).items())


def test_verify_returns_the_parameters_when_nothing_changed():
    assert signing.verify("GET", "/files/a", _query(), now=NOW) == PARAMS


def test_verify_takes_the_parameters_in_any_order():
    assert signing.verify("GET", "/files/a", _query()[::-1], now=NOW) == PARAMS


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("PUT", "/files/a", _query()),
        ("GET", "/files/b", _query()),
        ("GET", "/files/a/", _query()),
        ("GET", "/files/a", _query(size="11")),
        ("GET", "/files/a", _query(size="")),
        ("GET", "/files/a", _query(extra="1")),
        ("GET", "/files/a", _query(expires=str(int(LATER.timestamp()) + 1))),
        ("GET", "/files/a", _query(expires="soon")),
        ("GET", "/files/a", _query(signature="")),
        ("GET", "/files/a", _query(signature="0" * 64)),
        ("GET", "/files/a", _query(signature="ü")),
        ("GET", "/files/a", [*_query(), ("size", "10")]),
        ("GET", "/files/a", [pair for pair in _query() if pair[0] != "size"]),
        ("GET", "/files/a", [pair for pair in _query() if pair[0] != "signature"]),
        ("GET", "/files/a", []),
    ],
)
def test_verify_refuses_when_anything_changed(method, path, query):
    with pytest.raises(Forbidden, match="signature"):
        signing.verify(method, path, query, now=NOW)


@pytest.mark.parametrize(
    ("late", "expired"),
    [(timedelta(seconds=-1), False), (timedelta(0), True), (timedelta(days=1), True)],
)
def test_verify_refuses_from_the_moment_of_expiry(late, expired):
    if not expired:
        assert signing.verify("GET", "/files/a", _query(), now=LATER + late) == PARAMS
        return

    with pytest.raises(Forbidden, match="expired"):
        signing.verify("GET", "/files/a", _query(), now=LATER + late)


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(_TEXTS, _TEXTS, _TEXTS, _TEXTS)
def test_verify_refuses_a_signature_made_for_other_values(path, other_path, value, other_value):
    query = parse_qsl(signing.sign("GET", path, {"v": value}, expires=LATER), keep_blank_values=True)
    forged = [(name, other_value if name == "v" else text) for name, text in query]

    if (path, value) == (other_path, other_value):
        assert signing.verify("GET", other_path, forged, now=NOW) == {"v": value}
    else:
        with pytest.raises(Forbidden):
            signing.verify("GET", other_path, forged, now=NOW)

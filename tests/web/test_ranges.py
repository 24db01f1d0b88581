"""The Range header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.web.ranges import Span, parse


@pytest.mark.parametrize(
    ("header", "start", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=90-", 90, 10),
        ("bytes=90-1000", 90, 10),
        ("bytes=99-99", 99, 1),
        ("bytes=-10", 90, 10),
        ("bytes=-1000", 0, 100),
        (" Bytes = 1 - 2 ", 1, 2),
    ],
)
def test_parse_gives_the_part_of_100_bytes(header, start, length):
    assert parse(header, 100) == Span(start=start, length=length)


NOT_OURS = ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=2-1", "bytes=0-1,5-6", "items=0-1", "bytes=+1-2"]


@pytest.mark.parametrize("header", [*NOT_OURS, "bytes=\u0663-", f"bytes={'9' * 5000}-"])
def test_parse_gives_none_when_the_whole_should_be_sent(header):
    assert parse(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999-"])
def test_parse_gives_nothing_when_it_lies_outside(header):
    assert parse(header, 100).length == 0


def test_parse_gives_nothing_when_the_file_is_empty():
    assert parse("bytes=0-", 0).length == 0


@given(st.text(alphabet="bytes=0123456789- ", max_size=30), st.integers(0, 2**60))
def test_parse_never_leaves_the_file(header, size):
    span = parse(header, size)

    assert span is None or span.length == 0 or 0 <= span.start < span.start + span.length <= size

"""A person's bounds are moved as little as it takes not to tear a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import cuts
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Word

from .talks import Talk, cut_words, talks

WORDS = [
    Word(start=1.0, end=1.6, text="one"),
    Word(start=1.6, end=2.0, text="two"),
    Word(start=2.5, end=3.5, text="three"),
]
PAUSES = [Span(0.0, 1.0), Span(2.0, 2.5), Span(3.5, 6.0)]
BOUNDS = st.tuples(st.integers(0, 3000), st.integers(1, 3000)).map(lambda pair: Span(pair[0] / 100, sum(pair) / 100))


@given(talks(), BOUNDS)
def test_no_word_is_cut(talk: Talk, wanted: Span) -> None:
    found = cuts.snapped(wanted, talk.words, talk.pauses, talk.duration)

    # A span that would vanish is left as it is.
    if found != Span(wanted.start, min(wanted.end, talk.duration)):
        assert not cut_words(talk.words, found.start)
        assert not cut_words(talk.words, found.end)
    assert found.start == pytest.approx(wanted.start, abs=1.05)
    assert found.end == pytest.approx(min(wanted.end, talk.duration), abs=1.05)


@given(talks(), BOUNDS)
def test_moved_bounds_stay_where_they_are(talk: Talk, wanted: Span) -> None:
    once = cuts.snapped(wanted, talk.words, talk.pauses, talk.duration)

    assert cuts.snapped(once, talk.words, talk.pauses, talk.duration) == once


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Span(0.4, 5.9), Span(0.4, 5.9)),  # both in pauses: as they are
        (Span(1.1, 3.3), Span(0.95, 3.55)),  # 0.1 and 0.2 s from a pause
        (Span(1.55, 2.85), Span(1.6, 2.5)),  # farther: to the edge of the word, which for the end is in a pause
    ],
)
def test_bound_moves_into_a_pause_nearby_else_to_the_edge_of_a_word(wanted: Span, found: Span) -> None:
    moved = cuts.snapped(wanted, WORDS, PAUSES, 6.0)

    assert moved.start == pytest.approx(found.start)
    assert moved.end == pytest.approx(found.end)


def test_bound_does_not_pass_a_word_to_reach_a_pause() -> None:
    words = [
        Word(start=0.0, end=1.0, text="well"),
        Word(start=1.0, end=1.2, text="I"),
        Word(start=1.4, end=2, text="am"),
    ]

    moved = cuts.snapped(Span(0.97, 2.0), words, [Span(1.2, 1.4)], 2.0)

    assert moved.start == 1.0


def test_text_without_word_times_does_not_move_a_bound() -> None:
    long = [Word(start=0.0, end=30.0, text="a whole paragraph")]

    assert cuts.snapped(Span(10.0, 20.0), long, [], 30.0) == Span(10.0, 20.0)


def test_bounds_are_brought_into_the_recording() -> None:
    assert cuts.snapped(Span(-1.0, 9.0), [], [], 6.0) == Span(0.0, 6.0)

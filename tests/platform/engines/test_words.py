"""Where the words of a text are, and when."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment, Word
from reelscribe.platform.engines.words import Placed, cut, guessed, heard, ranges

TEXTS = st.text(min_size=1, max_size=40)


def placed(start: float, end: float, score: float = 0.5) -> Placed:
    return Placed(start=start, end=end, score=score)


@pytest.mark.parametrize(
    ("text", "spaced", "words"),
    [
        ("Well, in 2014", True, ["Well,", "in", "2014"]),
        ("  two\u00a0parts\n", True, ["two", "parts"]),
        ("我有GPT4模型。", False, ["我", "有", "GPT4", "模", "型。"]),
        ("今天 machine learning 课", False, ["今", "天", "machine", "learning", "课"]),
        ("ที่นี่", False, ["ที่", "นี่"]),
        ("", True, []),
    ],
)
def test_words_of_a_text(text: str, spaced: bool, words: list[str]) -> None:
    assert [text[start:end] for start, end in ranges(text, spaced=spaced)] == words


@given(TEXTS, st.booleans())
def test_words_lose_nothing_but_white_space(text: str, spaced: bool) -> None:
    parts = ranges(text, spaced=spaced)

    assert "".join(text[start:end] for start, end in parts) == "".join(text.split())
    assert all(before[1] <= after[0] for before, after in pairwise(parts))


def test_word_lasts_from_its_first_to_its_last_sign() -> None:
    segment = Segment(id="s1", start=10.0, end=12.0, text="so be")
    places = [placed(10.1, 10.2, 0.8), placed(10.2, 10.4, 0.6), None, placed(11.0, 11.1, 1.0), None]

    words = heard(segment, places, spaced=True)

    assert words == (
        Word(start=10.1, end=10.4, text="so", confidence=0.7),
        Word(start=11.0, end=11.1, text="be", confidence=1.0),
    )


def test_punctuation_does_not_lengthen_a_word() -> None:
    segment = Segment(id="s1", start=0.0, end=4.0, text="a, …")

    words = heard(segment, [placed(0.5, 1.0), placed(1.0, 2.5), None, placed(3.0, 3.5)], spaced=True)

    assert [(word.start, word.end) for word in words] == [(0.5, 1.0), (3.0, 3.5)]


def test_word_without_a_place_gets_the_time_between_its_neighbours() -> None:
    segment = Segment(id="s1", start=0.0, end=4.0, text="a 12 b")
    places = [placed(0.5, 1.0), None, None, None, None, placed(2.0, 2.5)]

    words = heard(segment, places, spaced=True)

    assert [(word.start, word.end, word.confidence) for word in words] == [
        (0.5, 1.0, 0.5),
        (1.0, 2.0, None),
        (2.0, 2.5, 0.5),
    ]


def test_words_without_places_at_both_ends_reach_to_the_segments_borders() -> None:
    segment = Segment(id="s1", start=1.0, end=4.0, text="$ a €")

    words = heard(segment, [None, None, placed(2.0, 3.0), None, None], spaced=True)

    assert [(word.start, word.end) for word in words] == [(1.0, 2.0), (2.0, 3.0), (3.0, 4.0)]


def test_nothing_is_heard_where_no_sign_has_a_place() -> None:
    assert heard(Segment(id="s1", start=0.0, end=1.0, text="x"), [None], spaced=True) == ()


@given(st.lists(st.none() | st.builds(placed, st.floats(-5, 9), st.floats(-5, 9)), min_size=5, max_size=5))
def test_words_are_sorted_and_inside_their_segment(places: list[Placed | None]) -> None:
    segment = Segment(id="s1", start=1.0, end=4.0, text="a b c")

    words = heard(segment, places, spaced=True)

    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(1.0 <= time <= 4.0 for time in times)


def test_guess_spreads_words_by_length_and_leaves_silence_out() -> None:
    # Six signs over 10 to 11 s and 13 to 15 s: half a second each.
    segment = Segment(id="s1", start=10.0, end=15.0, text="a bb ccc")

    words = guessed(segment, [Span(11.0, 13.0)], spaced=True)

    assert [(word.start, word.end) for word in words] == [(10.0, 10.5), (10.5, 13.5), (13.5, 15.0)]
    assert all(word.confidence is None for word in words)


def test_guess_uses_the_whole_segment_where_all_is_silent() -> None:
    segment = Segment(id="s1", start=1.0, end=2.0, text="a b")

    assert [word.start for word in guessed(segment, [Span(0.0, 9.0)], spaced=True)] == [1.0, 1.5]


def test_long_block_is_cut_at_ends_of_sentences() -> None:
    segment = Segment(id="s4", start=0.0, end=20.0, text="It was late at night. Nobody was there. ", speaker="A")
    whole = Segment(id="s4", start=0.0, end=20.0, text=segment.text, words=guessed(segment, [], spaced=True))

    pieces = cut(whole, spaced=True)

    assert [piece.text for piece in pieces] == ["It was late at night.", "Nobody was there."]
    assert [piece.id for piece in pieces] == ["s4", "s4.2"]
    assert pieces[0].end <= pieces[1].start
    assert sum((piece.words for piece in pieces), ()) == whole.words


@given(TEXTS, st.booleans())
def test_cut_loses_no_text(text: str, spaced: bool) -> None:
    segment = Segment(id="s1", start=0.0, end=60.0, text=text)
    words = guessed(segment, [], spaced=spaced)

    pieces = cut(Segment(id="s1", start=0.0, end=60.0, text=text, words=words), spaced=spaced)

    assert "".join("".join(piece.text.split()) for piece in pieces) == "".join(text.split())
    assert len({piece.id for piece in pieces}) == len(pieces)

"""What is left out of a clip: long pauses and "um", never a word."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import fillers, removal
from reelscribe.platform.domain.clips import MOST_SPANS, Removed
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Word

from .talks import Talk, cut_words, talks

WISHES = st.fixed_dictionaries(
    {
        "remove_pauses": st.booleans(),
        "pause_seconds": st.sampled_from([0.3, 0.8, 2.0]),
        "remove_fillers": st.booleans(),
        "language": st.sampled_from(["en", None]),
    }
)
SPANS = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 4000)), min_size=1, max_size=4)


def laid(parts: list[tuple[int, int]]) -> list[Span]:
    """Return spans one after the other, from pairs of a gap and a length in hundredths."""
    spans: list[Span] = []
    at = 0
    for gap, length in parts:
        spans.append(Span((at + gap) / 100, (at + gap + length) / 100))
        at += gap + length
    return spans


def apply(spans: list[Span], words: list[Word], pauses: list[Span], **wishes: object) -> tuple:
    usual = {"remove_pauses": True, "pause_seconds": 0.8, "remove_fillers": True, "language": "en"}
    return removal.apply(spans, words, pauses, **{**usual, **wishes})


@given(talks(), SPANS, WISHES)
def test_what_is_left_and_what_is_removed_make_the_whole(
    talk: Talk, parts: list[tuple[int, int]], wishes: dict[str, object]
) -> None:
    spans = laid(parts)

    left, removed = apply(spans, talk.words, list(talk.pauses), **wishes)

    pieces = sorted([*left, *(Span(hole.start, hole.end) for hole in removed)])
    assert sum(piece.length for piece in pieces) == pytest.approx(sum(span.length for span in spans))
    assert all(one.end <= other.start for one, other in pairwise(pieces))
    assert all(span.length >= removal.LEAST_SECONDS - 1e-6 or span in spans for span in left)


@given(talks(), SPANS, WISHES)
def test_no_word_is_cut_and_only_fillers_go(
    talk: Talk, parts: list[tuple[int, int]], wishes: dict[str, object]
) -> None:
    spans = laid(parts)
    ends = {edge for span in spans for edge in (span.start, span.end)}

    _, removed = apply(spans, talk.words, list(talk.pauses), **wishes)

    for hole in removed:
        assert not any(cut_words(talk.words, at) for at in (hole.start, hole.end) if at not in ends)
        gone = [word.text for word in talk.words if word.start >= hole.start - 1e-3 and word.end <= hole.end + 1e-3]
        assert all(hole.kind == "filler" and fillers.is_filler(text, "en") for text in gone)


def test_pause_keeps_a_padding_on_both_sides() -> None:
    words = [Word(start=0.0, end=1.0, text="one"), Word(start=3.0, end=4.0, text="two")]

    left, removed = apply([Span(0.0, 4.0)], words, [Span(1.0, 3.0)])

    assert left == (Span(0.0, 1.15), Span(2.85, 4.0))
    assert removed == (Removed(start=1.15, end=2.85, kind="pause"),)


def test_pause_at_the_end_of_a_clip_and_a_short_one_stay() -> None:
    words = [Word(start=0.5, end=1.0, text="one"), Word(start=1.8, end=4.0, text="two")]
    pauses = [Span(0.0, 0.5), Span(1.0, 1.8), Span(4.0, 9.0)]

    left, removed = apply([Span(0.3, 4.4)], words, pauses)

    assert (left, removed) == ((Span(0.3, 4.4),), ())


def test_whisper_in_a_pause_is_kept() -> None:
    words = [
        Word(start=0.0, end=1.0, text="one"),
        Word(start=3.0, end=3.4, text="psst"),
        Word(start=6.0, end=7.0, text="two"),
    ]

    _, removed = apply([Span(0.0, 7.0)], words, [Span(1.0, 6.0)])

    assert [(hole.start, hole.end) for hole in removed] == [(1.15, 2.85), (3.55, 5.85)]


def test_filler_goes_with_some_of_the_silence_around_it() -> None:
    words = [
        Word(start=0.0, end=1.0, text="so"),
        Word(start=1.4, end=1.8, text="um,"),
        Word(start=1.9, end=2.1, text="uh"),
        Word(start=2.5, end=3.0, text="yes"),
    ]

    _, removed = apply([Span(0.0, 3.0)], words, [Span(1.0, 1.4), Span(2.1, 2.5)], remove_pauses=False)

    assert removed == (Removed(start=1.15, end=2.35, kind="filler", text="um, uh"),)


@pytest.mark.parametrize(
    ("before", "after", "goes"),
    [
        (0.1, 0.1, True),
        (0.0, 0.1, False),  # said in one breath with the word before …
        (0.1, 0.0, False),  # … or after
    ],
)
def test_filler_goes_only_if_it_stands_apart(before: float, after: float, goes: bool) -> None:
    words = [
        Word(start=0.0, end=1.0, text="so"),
        Word(start=1.0 + before, end=1.5, text="um"),
        Word(start=1.5 + after, end=3.0, text="yes"),
    ]

    _, removed = apply([Span(0.0, 3.0)], words, [])

    assert bool(removed) == goes


def test_filler_is_found_by_its_sound_where_the_engine_is_late() -> None:
    words = [
        Word(start=0.0, end=1.0, text="so"),
        Word(start=1.55, end=1.95, text="um"),  # sounds from 1.4 to 1.8
        Word(start=2.5, end=3.0, text="yes"),
    ]

    _, removed = apply([Span(0.0, 3.0)], words, [Span(1.05, 1.4), Span(1.8, 2.45)], remove_pauses=False)

    assert [(hole.start, hole.end) for hole in removed] == [(1.2, 2.3)]  # all but 0.15 s of each pause


def test_filler_at_the_start_of_a_clip_is_cut_off() -> None:
    words = [Word(start=5.0, end=5.4, text="Um,"), Word(start=5.8, end=7.0, text="yes")]

    left, removed = apply([Span(4.75, 7.0)], words, [Span(3.0, 5.0), Span(5.4, 5.8)], remove_pauses=False)

    assert left == (Span(5.65, 7.0),)
    assert removed == (Removed(start=4.75, end=5.65, kind="filler", text="Um,"),)


def test_shortest_holes_stay_where_there_are_too_many() -> None:
    count = MOST_SPANS + 50
    words = [Word(start=at * 2.0, end=at * 2.0 + 0.5, text="tick") for at in range(count + 1)]
    pauses = [Span(at * 2.0 + 0.5, at * 2.0 + 1.5 + at / count / 2) for at in range(count)]

    left, removed = apply([Span(0.0, count * 2.0)], words, pauses)

    assert len(left) <= MOST_SPANS
    assert min(hole.end - hole.start for hole in removed) > 1.0 - 0.3 + 49 / count / 2

"""Corrected words are said when those were said that stood there."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import rewording
from reelscribe.platform.domain.rewording import Reworded
from reelscribe.platform.domain.timeline import Span

# "I like tea" from 1 s to 4 s, each word 0.8 s and a silence of 0.2 s.
LIKE = ("I", "like", "tea.")
PLACES = (Span(1.0, 1.8), Span(2.0, 2.8), Span(3.0, 3.8))
CLOSE = (Span(1.0, 2.0), Span(2.0, 3.0), Span(3.0, 4.0))  # without any silence

SOME = st.sampled_from(["a", "tea", "tea", "milk,", "2014", "in fact", "wonderful", "今天", "很", "ครับ", "(so)"])


@st.composite
def said(draw: st.DrawFn) -> tuple[list[str], list[Span], Span]:
    """A line as it was heard: some words apart, some one on the other, in a room with or without silence."""
    texts = draw(st.lists(SOME, min_size=1, max_size=7))
    at = draw(st.floats(0, 3))
    room, places = at, []
    for _ in texts:
        start = at + draw(st.sampled_from([0.0, 0.0, 0.1, 0.7]))
        places.append(Span(start, start + draw(st.sampled_from([0.02, 0.3, 0.9]))))
        at = places[-1].end
    return texts, places, Span(room, at + draw(st.sampled_from([0.0, 0.5])))


def new(
    texts: tuple[str, ...], places: tuple[Span, ...], typed: str, *, room: Span, language: str = "en"
) -> list[Reworded]:
    return rewording.reworded(texts, places, typed, room=room, language=language)


@given(said(), st.lists(SOME, max_size=9), st.sampled_from(["en", "zh", "th", "ar"]))
def test_new_words_follow_each_other_inside_the_line(
    line: tuple[list[str], list[Span], Span], typed: list[str], language: str
) -> None:
    texts, places, room = line

    made = rewording.reworded(texts, places, " ".join(typed), room=room, language=language)

    assert all(one.place.end <= other.place.start + 1e-9 for one, other in pairwise(made))
    assert all(room.start - 1e-9 <= each.place.start <= each.place.end <= room.end + 1e-9 for each in made)
    assert all(each.place.length > 0 for each in made)
    assert "".join("".join(each.text.split()) for each in made) == "".join("".join(typed).split())
    assert all(each.place == places[each.kept] for each in made if each.kept is not None)


@given(said(), st.sampled_from(["en", "zh", "th"]))
def test_line_that_stays_keeps_every_word(line: tuple[list[str], list[Span], Span], language: str) -> None:
    texts, places, room = line

    made = rewording.reworded(texts, places, rewording.line(texts, language), room=room, language=language)

    assert [each.kept for each in made] == list(range(len(texts)))


@given(said(), st.data())
def test_one_wrong_word_moves_no_other(line: tuple[list[str], list[Span], Span], data: st.DataObject) -> None:
    texts, places, room = line
    wrong = data.draw(st.integers(0, len(texts) - 1))

    made = rewording.reworded(
        texts, places, " ".join([*texts[:wrong], "right", *texts[wrong + 1 :]]), room=room, language="en"
    )

    assert [each.place for each in made] == places


def test_more_words_share_the_time_by_their_length() -> None:
    made = new(LIKE, PLACES, "I would rather tea.", room=Span(1.0, 4.0))

    # 0.8 s for 5 and 6 signs: 2 + 0.8 * 5/11
    assert [(each.text, round(each.place.start, 3), round(each.place.end, 3)) for each in made] == [
        ("I", 1.0, 1.8),
        ("would", 2.0, 2.364),
        ("rather", 2.364, 2.8),
        ("tea.", 3.0, 3.8),
    ]


def test_fewer_words_take_the_time_of_all() -> None:
    made = new(LIKE, PLACES, "Coffee tea.", room=Span(1.0, 4.0))

    assert [each.place for each in made] == [Span(1.0, 2.8), Span(3.0, 3.8)]


def test_word_that_is_taken_out_leaves_its_time_to_nobody() -> None:
    made = new(LIKE, PLACES, "I tea.", room=Span(1.0, 4.0))

    assert [(each.text, each.kept) for each in made] == [("I", 0), ("tea.", 2)]


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("I do like tea.", [PLACES[0], Span(1.8, 1.94), *PLACES[1:]]),  # 2 signs of 0.07 s in the silence
        ("I like tea. Do!", [*PLACES, Span(3.8, 4.0)]),  # the silence after it is all that there is
        ("So I like tea.", [Span(0.86, 1.0), *PLACES]),
    ],
)
def test_added_word_takes_the_silence(typed: str, places: list[Span]) -> None:
    made = new(LIKE, PLACES, typed, room=Span(0.5, 4.0))

    assert [(round(each.place.start, 3), round(each.place.end, 3)) for each in made] == [
        (place.start, place.end) for place in places
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("I really like tea.", [None, None, 1, 2]),
        ("So I like tea.", [None, None, 1, 2]),
        ("I like tea. Cold.", [0, 1, None, None]),
        ("So I too like tea.", [None, None, None, 1, 2]),  # both share that of one
    ],
)
def test_added_word_shares_the_time_of_a_neighbour_without_a_silence(typed: str, kept: list[int | None]) -> None:
    made = new(LIKE, CLOSE, typed, room=Span(1.0, 4.0))

    assert [each.kept for each in made] == kept
    assert (made[0].place.start, made[-1].place.end) == (1.0, 4.0)


def test_signs_of_chinese_are_compared_one_by_one() -> None:
    texts, places = ("今天", "的", "天气", "很好。"), tuple(Span(float(at), at + 1.0) for at in range(4))

    made = new(texts, places, "今天的空气很好。", room=Span(0.0, 4.0), language="zh")

    assert [(each.text, each.kept) for each in made] == [
        ("今天", 0),
        ("的", 1),
        ("空", None),
        ("气", None),
        ("很好。", 3),
    ]


def test_spaces_of_thai_are_kept() -> None:
    texts, places = ("สวัสดี", "ครับ ", "วันนี้"), tuple(Span(float(at), at + 1.0) for at in range(3))

    made = new(texts, places, "สวัสดีค่ะ วันนี้", room=Span(0.0, 3.0), language="th")

    assert [(each.text, each.kept) for each in made] == [("สวัสดี", 0), ("ค่ะ ", 1), ("วันนี้", 2)]


def test_empty_line_has_no_words() -> None:
    assert new(LIKE, PLACES, " \u200b"[:1], room=Span(1.0, 4.0)) == []

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.engines.gemini import heard
from reelscribe.platform.engines.gemini.shapes import Heard, Said

MINUTE = Span(100.0, 160.0)


def times(*said: tuple[str, str], text: str = "some words", sounding: float = 60.0) -> heard.Written:
    segments = tuple(Said(start=start, end=end, text=text) for start, end in said)
    answer = Heard(has_speech=True, language="en", segments=segments)
    return heard.written(answer, MINUTE, sounding=sounding, language="en")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("00:01.25", "00:02.5")], [(101.25, 102.5)]),
        ([("0:01", "0:09"), ("0:05", "0:09")], [(101, 105), (105, 109)]),  # the first ends where the second begins
        ([("0:05", "0:05"), ("0:05", "0:05")], [(105, 132.5), (132.5, 160)]),  # 5 + (60 - 5) / 2
        ([("0:05", "0:01")], [(105, 160)]),  # an end before the start is none
        ([("0:59", "9:00")], [(159, 160)]),
        ([("1:00.4", "1:03")], [(159.9, 160)]),  # rounded over the end
    ],
    ids=["tenths", "overlap", "same", "backwards", "late", "over"],
)
def test_times_are_remapped_and_kept_inside(said: list[tuple[str, str]], expected: list[tuple[float, float]]) -> None:
    written = times(*said)

    assert [(part.start, part.end) for part in written.segments] == [pytest.approx(pair) for pair in expected]
    assert not written.guessed


@pytest.mark.parametrize(
    "said",
    [[("0:30", "0:40"), ("0:10", "0:20")], [("soon", ""), ("0:10", "")], [("0:10", ""), ("5:00", "5:10")]],
    ids=["disorder", "words", "invented"],
)
def test_impossible_times_are_guessed_from_the_texts(said: list[tuple[str, str]]) -> None:
    written = times(*said)

    assert written.guessed
    assert [(part.start, part.end) for part in written.segments] == [(100, 130), (130, 160)]


clocks = st.one_of(st.text(max_size=8), st.floats(0, 90).map(lambda s: f"{int(s // 60):02d}:{s % 60:04.1f}"))


@given(st.lists(st.tuples(clocks, clocks, st.text(min_size=1, max_size=30)), max_size=12))
def test_whatever_comes_times_are_in_order_and_inside(said: list[tuple[str, str, str]]) -> None:
    segments = tuple(Said(start=start, end=end, text=text) for start, end, text in said)

    written = heard.written(Heard(has_speech=True, language="", segments=segments), MINUTE, sounding=60, language=None)

    parts = written.segments
    assert all(MINUTE.start <= part.start <= part.end <= MINUTE.end for part in parts)
    assert all(before.end <= after.start for before, after in pairwise(parts))
    assert all(part.text == part.text.strip() != "" for part in parts)


@pytest.mark.parametrize("text", ["[music]", "(applause)", "♪", "  ", "*coughs*", "[silence]."])
def test_sounds_are_no_words(text: str) -> None:
    assert times(("0:01", "0:02"), text=text).segments == ()


def test_more_than_anybody_can_say_is_refused() -> None:
    # 80 + 40 * 1 characters are possible in a second of sound
    assert times(("0:01", "0:02"), text="x" * 121, sounding=1.0).refused
    assert not times(("0:01", "0:02"), text="x" * 120, sounding=1.0).refused


def test_loop_over_segments_is_cut_to_one_round() -> None:
    written = times(*[("0:01", "0:02")] * 12, text="thank you very much")

    assert [part.text for part in written.segments] == ["thank you very much"]


def test_loop_inside_a_segment_is_cut() -> None:
    written = times(("0:01", "0:02"), text="well " + "so it goes on " * 10 + "and ends")

    assert written.segments[0].text == "well so it goes on and ends"


def test_loop_without_spaces_is_cut() -> None:
    said = (Said(start="0:01", end="0:02", text="你好" * 20),)

    written = heard.written(Heard(has_speech=True, language="zh", segments=said), MINUTE, sounding=60, language="zh")

    assert written.segments[0].text == "你好"


def test_refrain_is_no_loop() -> None:
    assert len(times(*[("0:01", "0:02")] * 3, text="thank you very much").segments) == 3


@pytest.mark.parametrize(("named", "code"), [("de-CH", "de"), ("EN", "en"), ("", None), ("Klingon", None)])
def test_language_is_one_that_we_know(named: str, code: str | None) -> None:
    assert heard.spoken_language(named) == code

"""What YouTube makes chapters of: each rule, and what is done to keep it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.clips import Chapter
from reelscribe.platform.domain.youtube_chapters import listed, of_parts
from reelscribe.platform.errors import UnsupportedOption


def chapters(*parts: tuple[float, str]) -> list[Chapter]:
    return [Chapter(start=start, title=title) for start, title in parts]


@pytest.mark.parametrize(
    ("parts", "duration", "expected"),
    [
        ([(0, "A"), (30, "B"), (60, "C")], 90, "0:00 A|0:30 B|1:00 C"),
        # Nothing begins at 0:00: what comes before gets a name, or joins the first where it is too short for one.
        ([(12, "A"), (30, "B"), (60, "C")], 90, "0:00 Intro|0:12 A|0:30 B|1:00 C"),
        ([(8, "A"), (30, "B"), (60, "C")], 90, "0:00 A|0:30 B|1:00 C"),
        ([(60, "C"), (0, "A"), (30, "B")], 90, "0:00 A|0:30 B|1:00 C"),
        # Four seconds go to the neighbour with 26, not to the one with 30; the longer title stays.
        ([(0, "A"), (30, "B"), (34, "C"), (60, "D")], 120, "0:00 A|0:30 C|1:00 D"),
        # The last has nine seconds.
        ([(0, "A"), (30, "B"), (60, "C"), (90, "D")], 99.9, "0:00 A|0:30 B|1:00 C"),
        # Two begin in the same second, one after the end.
        ([(0, "A"), (30, "B"), (30.4, "C"), (60, "D"), (95, "E")], 90, "0:00 A|0:30 C|1:00 D"),
        ([(0, "A"), (3599, "B"), (3725.9, "C")], 7200, "0:00 A|59:59 B|1:02:05 C"),
        # No angle brackets, no second line, no time that could be taken for the chapter's own.
        ([(0, "a <b>\nc"), (30, "12:30 lunch"), (60, "")], 90, "0:00 a \u2039b\u203a c|0:30 lunch|1:00 Chapter 3"),
        ([(0, "x" * 300), (30, "B"), (60, "C")], 90, f"0:00 {'x' * 89}…|0:30 B|1:00 C"),
    ],
)
def test_list_keeps_to_the_rules(parts, duration, expected):
    assert listed(chapters(*parts), duration=duration).split("\n") == expected.split("|")


@pytest.mark.parametrize(
    ("parts", "duration"),
    [([], 90), ([(0, "A"), (30, "B")], 90), ([(0, "A"), (5, "B"), (11, "C")], 20), ([(0, "A")] * 5, 0)],
)
def test_list_is_refused_when_fewer_than_three_remain(parts, duration):
    with pytest.raises(UnsupportedOption, match="at least 3 chapters"):
        listed(chapters(*parts), duration=duration)


def test_reel_has_a_chapter_per_clip():
    made = listed(of_parts([("One", 12.4), ("Two", 20.4), ("Three", 30.0)]), duration=62.8)

    assert made == "0:00 One\n0:12 Two\n0:32 Three"


@given(
    starts=st.lists(st.floats(0, 20_000), max_size=120),
    titles=st.lists(st.text(max_size=200), min_size=120, max_size=120),
    duration=st.floats(0, 20_000),
)
def test_every_list_is_one_that_youtube_takes(starts, titles, duration):
    try:
        text = listed(chapters(*zip(starts, titles, strict=False)), duration=duration)
    except UnsupportedOption:
        return

    found = [re.fullmatch(r"(?:(\d+):)?(\d{1,2}):(\d\d) (\S.*)", line) for line in text.split("\n")]
    assert all(found)
    times = [int(each[1] or 0) * 3600 + int(each[2]) * 60 + int(each[3]) for each in found if each]
    assert times[0] == 0
    assert len(times) >= 3
    assert all(after - before >= 10 for before, after in zip(times, [*times[1:], int(duration)], strict=True))
    assert len(text) < 5000
    assert not set("<>") & set(text)

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import timeline
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.engines.gemini import stretches


def at_once(at: float, reach: float) -> float:
    return round(at, 3)


@pytest.mark.parametrize(
    ("duration", "silences", "expected"),
    [
        # nothing but silence
        (30.0, [Span(0, 30)], []),
        # a click of 50 ms is no speech
        (30.0, [Span(0, 10), Span(10.05, 30)], []),
        # 10 - 0.3 up to 20 + 0.3
        (60.0, [Span(0, 10), Span(20, 60)], [Span(9.7, 20.3)]),
        # a pause of 5 s stays inside, one of 20 s parts
        (60.0, [Span(10, 15), Span(20, 40)], [Span(0, 20.3), Span(39.7, 60)]),
        # two stretches of 100 s are more than 180 s together: cut in the middle of the pause of 0.4 s
        (200.4, [Span(100, 100.4)], [Span(0, 100.2), Span(100.2, 200.4)]),
        # 400 s without any pause: three equal pieces
        (400.0, [], [Span(0, 133.333), Span(133.333, 266.667), Span(266.667, 400)]),
    ],
    ids=["silent", "click", "margins", "pauses", "longest", "no_pause"],
)
def test_plan(duration: float, silences: list[Span], expected: list[Span]) -> None:
    assert list(stretches.plan(duration, silences, quietest=at_once)) == expected


spans = st.lists(
    st.tuples(st.integers(0, 900_000), st.integers(500, 60_000)).map(
        lambda pair: Span(pair[0] / 1000, sum(pair) / 1000)
    ),
    max_size=20,
)


@given(spans, st.integers(1_000, 1_000_000).map(lambda ms: ms / 1000))
def test_plan_has_all_sound_once_and_no_long_stretch(silences: list[Span], duration: float) -> None:
    plan = stretches.plan(duration, silences, quietest=at_once)

    sounds = [s for s in timeline.complement(silences, Span(0, duration)) if s.length >= 0.1]
    assert timeline.total(timeline.subtract(sounds, plan)) < 0.002
    assert all(before.end <= after.start for before, after in pairwise(plan))
    assert all(0 <= span.start < span.end <= duration for span in plan)
    assert all(span.length <= stretches.LONGEST_SECONDS + 1 for span in plan)


@pytest.mark.parametrize(("length", "halves"), [(19.9, None), (20.0, (10.0, 10.0)), (180.0, (90.0, 90.0))])
def test_halves_are_not_shorter_than_ten_seconds(length: float, halves: tuple[float, float] | None) -> None:
    found = stretches.halved(Span(5.0, 5.0 + length), quietest=at_once)

    assert (found and tuple(round(span.length, 3) for span in found)) == halves

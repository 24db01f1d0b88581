"""The frame grid of a clip."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import frames
from reelscribe.platform.domain.timeline import Span

_spans = st.lists(
    st.tuples(st.floats(0, 40_000), st.floats(0.001, 600)).map(lambda pair: Span(pair[0], pair[0] + pair[1])),
    min_size=1,
    max_size=40,
)
_rates = st.one_of(st.none(), st.floats(0.01, 100_000), st.sampled_from([0.0, -1.0, float("nan"), float("inf")]))


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (None, Fraction(25)),
        (float("nan"), Fraction(25)),
        (1000.0, Fraction(30)),  # a time base, no rate
        (240.0, Fraction(60)),  # slow motion
        (29.97, Fraction(30_000, 1001)),
        (14.985, Fraction(30_000, 1001)),  # each frame twice
        (30.0, Fraction(30)),
        (27.3, Fraction(30)),  # a phone that dropped frames
        (24.9, Fraction(25)),
        (10.0, Fraction(20)),  # a slide recording, each frame twice
    ],
)
def test_usual_rate(fps: float | None, rate: Fraction) -> None:
    assert frames.usual_rate(fps) == rate


@given(spans=_spans, fps=_rates)
def test_every_span_is_whole_frames_near_what_was_asked(spans: list[Span], fps: float | None) -> None:
    grid = frames.grid(spans, fps)

    rate = Fraction(*grid.rate)
    half = float(1 / rate / 2) + 1e-6
    assert 20 <= rate <= 60
    for asked, span, count in zip(spans, grid.spans, grid.frames, strict=True):
        assert count >= 1
        assert abs(span.start - asked.start) <= half
        assert count == 1 or abs(span.end - asked.end) <= half
        assert span.length * rate == pytest.approx(count, abs=1e-4)


@given(spans=_spans, fps=_rates)
def test_no_drift_adds_up(spans: list[Span], fps: float | None) -> None:
    grid = frames.grid(spans, fps)

    for number, start in enumerate(grid.starts):
        assert start == float(sum(grid.frames[:number]) / Fraction(*grid.rate))
    assert grid.duration == float(grid.total / Fraction(*grid.rate))


def test_spans_that_met_still_meet() -> None:
    cut = frames.grid([Span(1.0, 2.013), Span(2.013, 3.0)], 29.97)

    assert cut.spans[0].end == cut.spans[1].start

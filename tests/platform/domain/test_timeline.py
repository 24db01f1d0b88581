from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import timeline
from reelscribe.platform.domain.timeline import Span

# Whole seconds: sums are exact, and spans touch often.
SPANS = st.lists(st.builds(Span, st.integers(0, 30), st.integers(0, 30)), max_size=8)
WINDOW = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 20), st.integers(1, 15))


def seconds(spans: object) -> set[int]:
    return {second for span in spans for second in range(int(span.start), int(span.end))}


@given(SPANS, SPANS, WINDOW)
def test_operations_are_those_of_sets_of_seconds(spans: list[Span], holes: list[Span], window: Span) -> None:
    inside = seconds([window])

    assert seconds(timeline.merge(spans)) == seconds(spans)
    assert seconds(timeline.clip(spans, window)) == seconds(spans) & inside
    assert seconds(timeline.complement(spans, window)) == inside - seconds(spans)
    assert seconds(timeline.subtract(spans, holes)) == seconds(spans) - seconds(holes)
    assert timeline.total(spans) == len(seconds(spans))


@given(SPANS, SPANS, WINDOW)
def test_results_are_sorted_apart_and_not_empty(spans: list[Span], holes: list[Span], window: Span) -> None:
    results = (
        timeline.merge(spans),
        timeline.clip(spans, window),
        timeline.complement(spans, window),
        timeline.subtract(spans, holes),
    )

    for result in results:
        assert all(span.length > 0 for span in result)
        assert all(left.end <= right.start for left, right in pairwise(result))


@pytest.mark.parametrize(("gap", "count"), [(0.0, 3), (0.4, 3), (0.5, 2), (1.0, 1)])
def test_merge_closes_gaps_up_to_the_given_length(gap: float, count: int) -> None:
    spans = [Span(0, 1), Span(1.5, 2), Span(3, 4)]

    assert len(timeline.merge(spans, gap=gap)) == count


@given(SPANS)
def test_merge_twice_changes_nothing(spans: list[Span]) -> None:
    once = timeline.merge(spans)

    assert timeline.merge(once) == once


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (Span(0, 2), Span(1, 3), 1),
        (Span(0, 1), Span(1, 2), 0),
        (Span(0, 9), Span(2, 3), 1),
        (Span(5, 1), Span(0, 9), 0),
    ],
)
def test_overlap(one: Span, other: Span, shared: float) -> None:
    assert timeline.overlap(one, other) == timeline.overlap(other, one) == shared

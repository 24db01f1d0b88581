"""The frames of a clip fall into parts that one decoder each can make, and none gets lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import frames
from reelscribe.platform.domain.framing import Pane, Rect, Shot
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.media.render.encode_parts import MOST_CHANGES, cuts, kept, parts

ONE, OTHER = (
    (Pane(source=Rect(0, 0, 100, 100), target=Rect(0, 0, side, side)),) for side in (100, 50)
)  # two ways to show a picture
SPANS = st.lists(
    st.tuples(st.floats(0, 5000), st.floats(0.05, 60)).map(lambda pair: Span(pair[0], pair[0] + pair[1])),
    min_size=1,
    max_size=30,
)


def shots(spans: list[Span] | tuple[Span, ...]) -> list[Shot]:
    """Each span in two halves that look different."""
    halves = [(span.start, (span.start + span.end) / 2, span.end) for span in spans]
    return [
        Shot(start=start, end=end, panes=panes)
        for first, middle, last in halves
        for start, end, panes in ((first, middle, ONE), (middle, last, OTHER))
    ]


@given(spans=SPANS, fps=st.sampled_from([10.0, 24.0, 25.0, 29.97, 30.0, 59.94]))
def test_parts_hold_every_frame_once_in_order_of_play(spans: list[Span], fps: float) -> None:
    grid = frames.grid(spans, fps)

    made = parts(grid, shots(grid.spans))

    rate = grid.rate[0] / grid.rate[1]
    wanted = [
        round(span.start * rate) + number
        for span, count in zip(grid.spans, grid.frames, strict=True)
        for number in range(count)
    ]
    stretches = [stretch for part in made for stretch in part.stretches]
    assert [stretch.first + number for stretch in stretches for number in range(stretch.frames)] == wanted
    assert [part.before for part in made] == [sum(one.frames for one in made[:number]) for number in range(len(made))]
    assert all(sum(count for count, _ in cuts(part)) == part.frames for part in made)
    assert all(len(cuts(part)) <= MOST_CHANGES for part in made)


@pytest.mark.parametrize(
    ("spans", "count"),
    [
        ([Span(10 + n * 0.5, 10.2 + n * 0.5) for n in range(400)], 1),  # pauses cut out
        ([Span(10, 20), Span(24, 30)], 1),
        ([Span(10, 20), Span(26, 30)], 2),  # more than five seconds apart
        ([Span(10, 20), Span(5, 8)], 2),  # backwards
        ([Span(10, 20), Span(19, 22)], 2),  # a second time
    ],
)
def test_a_part_ends_where_a_decoder_would_run_in_vain(spans: list[Span], count: int) -> None:
    grid = frames.grid(spans, 25.0)
    one_look = [Shot(start=span.start, end=span.end, panes=ONE) for span in grid.spans]

    assert len(parts(grid, one_look)) == count


def test_what_is_kept_is_nested_less_than_ffmpeg_allows() -> None:
    grid = frames.grid([Span(n, n + 0.2) for n in range(400)], 25.0)
    (part,) = parts(grid, [Shot(start=span.start, end=span.end, panes=ONE) for span in grid.spans])

    text = kept(part, 0)

    depth = max(text[:place].count("(") - text[:place].count(")") for place in range(0, len(text), 7))
    assert text.count("between") == 400
    assert depth < 20

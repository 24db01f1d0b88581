"""What a clip of another shape shows."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.clips import Aspect, Layout
from reelscribe.platform.domain.framing import Pane, Rect, Scene, Shot
from reelscribe.platform.domain.framing_choice import shots, target_size
from reelscribe.platform.domain.timeline import Span

HD = (1280, 720)
ASPECTS: tuple[Aspect, ...] = ("source", "16:9", "9:16", "1:1", "4:5")
LAYOUTS: tuple[Layout, ...] = ("auto", "whole", "speaker", "slides")
ALL = (Span(0, 9),)
FACE = Rect(900, 200, 100, 120)
INSET = Scene(
    start=0,
    end=9,
    kind="slides_with_speaker",
    width=1280,
    height=720,
    face=Rect(1110, 560, 50, 60),
    moving=Rect(1000, 500, 240, 200),
)


def scene(kind: Any = "camera", start: float = 0, end: float = 9, **seen: Any) -> Scene:
    return Scene(start=start, end=end, kind=kind, width=1280, height=720, **seen)


def framed(*scenes: Scene, aspect: Aspect = "9:16", layout: Layout = "auto", spans: Any = ALL) -> Any:
    target = target_size(aspect, HD)
    return shots(scenes, spans, source_size=HD, target_size=target, layout=layout)


@pytest.mark.parametrize(
    ("aspect", "source", "expected"),
    [
        ("source", (1280, 720), (1280, 720)),
        ("source", (321, 181), (320, 180)),
        ("source", (3840, 2160), (3840, 2160)),
        ("source", (1, 1), (2, 2)),
        ("16:9", (1280, 720), (1280, 720)),
        ("16:9", (1366, 768), (1366, 768)),  # 1.779, which nobody tells from 1.778
        ("16:9", (720, 1280), (1280, 720)),
        ("16:9", (3840, 2160), (1920, 1080)),
        ("9:16", (1280, 720), (720, 1280)),
        ("9:16", (1920, 1080), (1080, 1920)),
        ("9:16", (160, 90), (360, 640)),  # captions need pixels
        ("9:16", (180, 320), (180, 320)),
        ("1:1", (1280, 720), (720, 720)),
        ("4:5", (1280, 720), (720, 900)),
    ],
)
def test_target_size_is_even_and_of_the_shape(aspect: Aspect, source: Any, expected: Any) -> None:
    assert target_size(aspect, source) == expected


def test_shots_leave_a_picture_of_the_same_shape_alone() -> None:
    (shot,) = framed(INSET, aspect="16:9")

    assert shot.panes == (Pane(source=Rect(0, 0, 1280, 720), target=Rect(0, 0, 1280, 720)),)


def test_shots_put_the_whole_slide_above_the_speaker() -> None:
    (shot,) = framed(INSET)

    slides, speaker = shot.panes
    assert slides == Pane(source=Rect(0, 0, 1280, 720), target=Rect(0, 0, 720, 404))
    assert speaker.target == Rect(0, 404, 720, 876)
    assert within(INSET.face, speaker.source)
    assert within(speaker.source, INSET.moving)


def test_shots_put_the_whole_slide_beside_the_speaker_in_a_wide_picture() -> None:
    (shot,) = framed(INSET, aspect="16:9", layout="slides")

    slides, speaker = shot.panes
    assert slides.source == Rect(0, 0, 1280, 720)
    assert speaker.target.x == slides.target.width
    assert speaker.target.x + speaker.target.width == 1280


def test_shots_follow_the_face_with_the_head_in_the_upper_third() -> None:
    (shot,) = framed(scene(face=FACE))

    (pane,) = shot.panes
    middle = FACE.x + FACE.width / 2
    assert pane.source.x + pane.source.width / 2 == pytest.approx(middle, abs=2)
    assert (FACE.y + FACE.height / 2 - pane.source.y) / pane.source.height == pytest.approx(0.38, abs=0.04)
    assert pane.target == Rect(0, 0, 720, 1280)


def test_shots_do_not_twitch_between_scenes_that_look_alike() -> None:
    moved = Rect(FACE.x + 14, FACE.y + 4, FACE.width, FACE.height)

    made = framed(scene(end=4, face=FACE), scene(start=4, face=moved))

    assert len(made) == 1


def test_shots_change_with_the_one_who_speaks() -> None:
    made = framed(scene(end=4, face=FACE), scene(start=4, face=Rect(200, 200, 100, 120)))

    assert [(shot.start, shot.end) for shot in made] == [(0, 4), (4, 9)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["slides", "screen", "still"])
def test_shots_never_cut_off_what_may_be_read(kind: str, layout: Layout) -> None:
    (shot,) = framed(scene(kind), layout=layout)

    assert [pane.source for pane in shot.panes] == [Rect(0, 0, 1280, 720)]


def test_shots_show_all_of_a_hall_whose_speaker_is_not_found() -> None:
    (shot,) = framed(scene("camera", screen=Rect(100, 60, 700, 400)))

    assert shot.panes[0].source == Rect(0, 0, 1280, 720)


def test_shots_centre_on_what_moves_where_no_face_is_seen() -> None:
    (shot,) = framed(scene("camera", moving=Rect(900, 0, 100, 720)))

    (pane,) = shot.panes
    assert pane.source.x + pane.source.width / 2 == pytest.approx(950, abs=2)


@pytest.mark.parametrize(("layout", "whole"), [("auto", True), ("slides", True), ("whole", True), ("speaker", False)])
def test_shots_of_what_nobody_looked_at(layout: Layout, whole: bool) -> None:
    (shot,) = framed(layout=layout)

    assert (shot.panes[0].source == Rect(0, 0, 1280, 720)) == whole


def test_shots_do_not_flash_a_layout_up() -> None:
    made = framed(scene("slides", end=4), scene(start=4, face=FACE), spans=(Span(1, 4.2), Span(3.9, 8)))

    assert [(shot.start, shot.end) for shot in made] == [(1, 4.2), (3.9, 8)]
    assert [shot.panes[0].source.width for shot in made] == [1280, 404]


def test_shots_keep_the_order_of_play() -> None:
    made = framed(scene(face=FACE), spans=(Span(6, 8), Span(1, 2)))

    assert [(shot.start, shot.end) for shot in made] == [(6, 8), (1, 2)]


def test_shots_scale_what_was_seen_in_a_picture_of_another_size() -> None:
    large = Scene(start=0, end=9, kind="camera", width=2560, height=1440, face=Rect(1800, 400, 200, 240))

    assert framed(large) == framed(scene(face=FACE))


SIZES = st.tuples(st.integers(2, 4100), st.integers(2, 4100)).filter(lambda size: 0.2 < size[0] / size[1] < 5)
TIMES = st.integers(0, 40)
SPANS = st.lists(st.builds(lambda at, length: Span(at, at + length), TIMES, st.integers(1, 12)), min_size=1, max_size=4)


@st.composite
def rects(draw: st.DrawFn, width: int, height: int) -> Rect:
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return Rect(x, y, draw(st.integers(1, width - x)), draw(st.integers(1, height - y)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Scene], tuple[int, int]]:
    width, height = draw(SIZES)
    scenes = [
        Scene(
            start=start,
            end=start + draw(st.floats(0, 15)),
            kind=draw(st.sampled_from(["camera", "slides", "slides_with_speaker", "still", "screen"])),
            width=width,
            height=height,
            face=draw(st.none() | rects(width, height)),
            screen=draw(st.none() | rects(width, height)),
            moving=draw(st.none() | rects(width, height)),
        )
        for start in draw(st.lists(TIMES, max_size=4))
    ]
    return scenes, (width, height)


@given(cases(), SPANS, st.sampled_from(ASPECTS), st.sampled_from(LAYOUTS))
def test_shots_cover_every_moment_and_fit(case: Any, spans: list[Span], aspect: Aspect, layout: Layout) -> None:
    scenes, size = case
    target = target_size(aspect, size)

    made = shots(scenes, spans, source_size=size, target_size=target, layout=layout)

    assert covered(made) == [(span.start, span.end) for span in together(spans)]
    for shot in made:
        assert shot.end > shot.start
        assert shot.panes
        for pane in shot.panes:
            assert within(pane.source, Rect(0, 0, *size))
            assert within(pane.target, Rect(0, 0, *target))
            assert all(number % 2 == 0 for part in (pane.source, pane.target) for number in sides(part))
            assert same_shape(pane)
        assert not any(overlapping(one.target, other.target) for one, other in combinations(shot.panes, 2))


def covered(made: tuple[Shot, ...]) -> list[tuple[float, float]]:
    """Return the stretches that follow each other without a gap."""
    starts = [shot.start for shot, before in zip(made, (None, *made), strict=False) if joins(before, shot) is False]
    ends = [one.end for one, other in pairwise(made) if joins(one, other) is False]
    return list(zip(starts, [*ends, made[-1].end], strict=True))


def joins(one: Shot | None, other: Shot) -> bool:
    return one is not None and one.end == other.start


def together(spans: list[Span]) -> list[Span]:
    """Return the spans in order of play, those that follow each other as one."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].end == span.start:
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def sides(rect: Rect) -> tuple[int, int, int, int]:
    return rect.x, rect.y, rect.width, rect.height


def within(inner: Rect | None, outer: Rect | None) -> bool:
    assert inner is not None
    assert outer is not None
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
        and inner.width > 0
        and inner.height > 0
    )


def overlapping(one: Rect, other: Rect) -> bool:
    apart = (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )
    return not apart


def same_shape(pane: Pane) -> bool:
    """Whether the part is not distorted by more than the rounding to even pixels, at the smaller of both, explains."""
    scale_x, scale_y = pane.target.width / pane.source.width, pane.target.height / pane.source.height
    least = min(*sides(pane.source)[2:], *sides(pane.target)[2:])
    return abs(scale_x / scale_y - 1) <= max(0.02, 5 / least)

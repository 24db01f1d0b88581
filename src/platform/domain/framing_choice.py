"""Choose the shape of a clip's picture and what it shows at each moment; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import msgspec

from .clips import Aspect, Layout
from .framing import Pane, Rect, Scene, Shot
from .framing_crops import Size, around, centred, even, fitted, inside, largest, near, scaled, whole
from .timeline import Span

MOST_SHORT_SIDE = 1080  # pixels; what phones and the sites for upright clips show
LEAST_SHORT_SIDE = 360  # below this, burned subtitles cannot be read
SAME_SHAPE = 0.98  # of the picture is left when it is cut to another shape: nobody sees that it was
SHORTEST_SHOT_SECONDS = 0.3  # a layout that flashes up looks like a mistake

SLIDES_BESIDE = 0.72  # of the width, for slides beside a speaker
LEAST_SPEAKER = 0.22  # of the target's height or width: a narrower strip shows no head
HEADS = 3.4  # of the face's height: what is shown of a speaker of whom only the face is known

_RATIOS: dict[Aspect, float] = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:5": 4 / 5}
_Panes = tuple[Pane, ...]


def target_size(aspect: Aspect, source_size: Size) -> Size:
    """Return width and height of the clip's picture in pixels, both even.

    "source", or the shape that the source has, keeps its size; that of another shape is the source's short side on its
    own short side (1280x720 becomes 720x1280, so that slides keep most of their width), 360 to 1080 pixels. A known
    shape is never larger than 1080 on its short side, the source's own as large as it is.
    """
    if aspect == "source":
        return even(source_size[0]), even(source_size[1])
    ratio, short = _RATIOS[aspect], min(source_size)
    if _same_shape(source_size, ratio):
        if short <= MOST_SHORT_SIDE:
            return even(source_size[0]), even(source_size[1])
    else:
        short = max(short, LEAST_SHORT_SIDE)
    short = even(min(short, MOST_SHORT_SIDE))
    longer = even(short * max(ratio, 1 / ratio) + 0.5)
    return (longer, short) if ratio > 1 else (short, longer)


def _same_shape(size: Size, ratio: float) -> bool:
    width, height = largest(Rect(0, 0, *size), ratio)
    return width * height >= SAME_SHAPE * size[0] * size[1]


def shots(
    scenes: Sequence[Scene], spans: Sequence[Span], *, source_size: Size, target_size: Size, layout: Layout
) -> tuple[Shot, ...]:
    """Return what is shown at each moment of the spans, span by span in their order.

    The shots of a span follow each other without a gap from its start to its end; panes lie inside both pictures, do
    not overlap, and have the same shape in both. Whether slides are seen or a person decides "auto"; "slides" and
    "speaker" fall back to the whole picture where something to read would be cut off.
    """
    framer = _Framer(source_size, target_size, layout)
    framed = [(scene, framer.panes(_resized(scene, source_size))) for scene in _sorted(scenes)]
    unknown = framer.unknown()
    return tuple(shot for span in spans if span.length > 0 for shot in _of_span(span, framed, unknown))


def _sorted(scenes: Sequence[Scene]) -> list[Scene]:
    """Return the scenes in order, each up to the next one's start."""
    ordered = sorted((scene for scene in scenes if scene.end > scene.start), key=lambda scene: scene.start)
    cut = [msgspec.structs.replace(one, end=min(one.end, two.start)) for one, two in pairwise(ordered)]
    return [scene for scene in [*cut, *ordered[-1:]] if scene.end > scene.start]


def _resized(scene: Scene, size: Size) -> Scene:
    if (scene.width, scene.height) == size:
        return scene
    by_x, by_y = size[0] / max(scene.width, 1), size[1] / max(scene.height, 1)
    return msgspec.structs.replace(
        scene,
        width=size[0],
        height=size[1],
        face=scaled(scene.face, by_x, by_y),
        screen=scaled(scene.screen, by_x, by_y),
        moving=scaled(scene.moving, by_x, by_y),
    )


def _of_span(span: Span, framed: Sequence[tuple[Scene, _Panes]], unknown: _Panes) -> list[Shot]:
    made: list[Shot] = []
    for shot in _pieces(span, framed, unknown):
        if made and (shot.panes == made[-1].panes or shot.end - shot.start < SHORTEST_SHOT_SECONDS):
            made[-1] = msgspec.structs.replace(made[-1], end=shot.end)
        elif made and made[-1].end - made[-1].start < SHORTEST_SHOT_SECONDS:
            made[-1] = msgspec.structs.replace(shot, start=made[-1].start)
        else:
            made.append(shot)
    return made


def _pieces(span: Span, framed: Sequence[tuple[Scene, _Panes]], unknown: _Panes) -> Iterator[Shot]:
    """Yield the parts of a span in which one scene is seen, or none that is known."""
    reached = span.start
    for scene, panes in framed:
        start, end = max(scene.start, reached), min(scene.end, span.end)
        if end <= start:
            continue
        if start > reached:
            yield Shot(start=reached, end=start, panes=unknown)
        yield Shot(start=start, end=end, panes=panes)
        reached = end
    if reached < span.end:
        yield Shot(start=reached, end=span.end, panes=unknown)


class _Framer:
    """Panes for one clip; crops that nearly repeat an earlier one are that one, so that nothing twitches."""

    def __init__(self, source_size: Size, target_size: Size, layout: Layout) -> None:
        self._all = whole(source_size)
        self._target = Rect(0, 0, *target_size)
        self._layout = layout
        self._used: list[Rect] = []

    def unknown(self) -> _Panes:
        """Return the panes where nobody looked at the picture: nothing may be cut off that may be read."""
        return self._filled(centred(self._all, self._ratio)) if self._layout == "speaker" else self._whole()

    def panes(self, scene: Scene) -> _Panes:
        if _same_shape((self._all.width, self._all.height), self._ratio) and self._layout in ("auto", "whole"):
            return self._filled(centred(self._all, self._ratio))
        ways: dict[Layout, Callable[[Scene], _Panes]] = {
            "auto": self._auto,
            "speaker": self._speaker,
            "slides": self._slides,
            "whole": lambda _: self._whole(),
        }
        return ways[self._layout](scene)

    @property
    def _ratio(self) -> float:
        return self._target.width / self._target.height

    def _auto(self, scene: Scene) -> _Panes:
        if scene.kind == "slides_with_speaker":
            return self._slides(scene)
        narrower = self._ratio < self._all.width / self._all.height
        return self._speaker(scene) if scene.kind == "camera" and narrower else self._whole()

    def _speaker(self, scene: Scene) -> _Panes:
        if scene.face is not None:
            bounds = self._bounds(scene, scene.face)
            return self._filled(self._steady(around(scene.face, bounds, self._ratio)))
        if scene.kind != "camera" or scene.screen is not None:
            return self._whole()
        return self._filled(self._steady(centred(self._all, self._ratio, scene.moving)))

    def _bounds(self, scene: Scene, face: Rect) -> Rect:
        """Return what may be shown of the speaker: beside slides only their own camera's picture."""
        if scene.kind == "camera" and scene.screen is None:
            return self._all
        if scene.moving is not None:
            return inside(scene.moving, self._all)
        height = round(face.height * HEADS)
        return inside(Rect(face.x + face.width // 2 - height // 2, face.y - face.height, height, height), self._all)

    def _slides(self, scene: Scene) -> _Panes:
        """Slides above the speaker in an upright picture, beside the speaker in a wide one."""
        slides = inside(scene.screen, self._all) if scene.screen else self._all
        if scene.kind == "camera" and scene.screen is None:
            return self._auto(scene)
        if scene.face is None:
            return self._whole_of(slides) if scene.kind == "slides_with_speaker" else self._whole()
        upper, lower = self._halves(slides)
        if min(lower.width / self._target.width, lower.height / self._target.height) < LEAST_SPEAKER:
            return self._whole_of(slides)
        crop = self._steady(around(scene.face, self._bounds(scene, scene.face), lower.width / lower.height))
        return Pane(source=slides, target=upper), Pane(source=crop, target=lower)

    def _halves(self, slides: Rect) -> tuple[Rect, Rect]:
        """Return where the slides go, whole, and what is left for the speaker."""
        target = self._target
        if target.width <= target.height:
            upper = fitted(slides, Rect(0, 0, target.width, target.height * 8))
            height = min(upper.height, target.height)
            return Rect(0, 0, target.width, height), Rect(0, height, target.width, target.height - height)
        left = fitted(slides, Rect(0, 0, even(target.width * SLIDES_BESIDE), target.height))
        y = (target.height - left.height) // 4 * 2
        rest = target.width - left.width
        return Rect(0, y, left.width, left.height), Rect(left.width, y, rest, left.height)

    def _steady(self, crop: Rect) -> Rect:
        for used in self._used:
            if near(crop, used):
                return used
        self._used.append(crop)
        return crop

    def _filled(self, crop: Rect) -> _Panes:
        return (Pane(source=crop, target=self._target),)

    def _whole(self) -> _Panes:
        return self._whole_of(self._all)

    def _whole_of(self, source: Rect) -> _Panes:
        return (Pane(source=source, target=fitted(source, self._target)),)

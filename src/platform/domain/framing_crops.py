"""Rectangles inside rectangles: what fits, what is cut off, where a face goes; pure.

Sides and corners of every result are even, as video with halved colour (4:2:0) wants them; only a picture that is one
pixel wide or high keeps that one.
"""

from __future__ import annotations

import math

from .framing import Rect

Size = tuple[int, int]

FACE_HEIGHT = 0.38  # middle of the face, from the top of the crop: eyes are then at a third
FACE_SHARE = 0.15  # of the crop's height; a smaller face is brought nearer …
NEAREST = 0.7  # … down to this part of the largest crop, as what is enlarged more looks soft


def even(number: float) -> int:
    """Return the even number at or below, at least 2."""
    return max(int(number) // 2 * 2, 2)


def whole(size: Size) -> Rect:
    """Return all of a picture but a last odd row or column."""
    return inside(Rect(0, 0, *size), Rect(0, 0, *size))


def inside(rect: Rect, bounds: Rect) -> Rect:
    """Return the even part of ``rect`` within ``bounds``; what lies apart becomes the nearest pixels of it."""
    left, right = _within(rect.x, rect.x + rect.width, bounds.x, bounds.x + bounds.width)
    top, bottom = _within(rect.y, rect.y + rect.height, bounds.y, bounds.y + bounds.height)
    return Rect(left, top, right - left, bottom - top)


def _within(start: int, end: int, first: int, last: int) -> tuple[int, int]:
    """Return an even start and end between ``first`` and ``last``, two pixels apart at least where there are two."""
    first = first + first % 2 if last - first > 2 else first
    if last - first < 2:
        return first, last
    start = min(max(start + start % 2, first), last - 2)
    end = min(max(end, start + 2), last)
    return start, start + even(end - start)


def fitted(source: Rect, target: Rect) -> Rect:
    """Return where in ``target`` the whole of ``source`` is shown as large as can be, in its middle."""
    scale = min(target.width / source.width, target.height / source.height)
    width = _nearly(source.width * scale, target.width)
    height = _nearly(source.height * scale, target.height)
    return _middle(width, height, target)


def _nearly(wanted: float, most: int) -> int:
    """Return the nearest even number; bars of a pixel or two are nobody's wish."""
    return most if wanted > most - 3 else max(round(wanted / 2) * 2, 2)


def _middle(width: int, height: int, target: Rect) -> Rect:
    x = target.x + (target.width - width) // 4 * 2
    y = target.y + (target.height - height) // 4 * 2
    return Rect(x, y, width, height)


def largest(bounds: Rect, ratio: float) -> tuple[float, float]:
    """Return width and height of the largest crop of ``bounds`` that is ``ratio`` times as wide as high."""
    width = min(float(bounds.width), bounds.height * ratio)
    return width, width / ratio


def around(face: Rect, bounds: Rect, ratio: float, *, zoom: float = 1.0) -> Rect:
    """Return a crop of ``bounds`` with the face in its upper third, ``zoom`` times the largest at least.

    >>> around(Rect(600, 100, 120, 160), Rect(0, 0, 1280, 720), 9 / 16)
    Rect(x=458, y=0, width=404, height=720)
    """
    width, height = largest(bounds, ratio)
    wanted = max(face.height / FACE_SHARE / height, face.width / width, NEAREST * zoom)
    width, height = width * min(wanted, 1.0), height * min(wanted, 1.0)
    x, y = face.x + face.width / 2 - width / 2, face.y + face.height / 2 - height * FACE_HEIGHT
    return _placed(x, y, width, height, bounds)


def centred(bounds: Rect, ratio: float, on: Rect | None = None) -> Rect:
    """Return the largest crop of ``bounds``, in its middle or as near to the middle of ``on`` as can be."""
    width, height = largest(bounds, ratio)
    spot = on or bounds
    return _placed(spot.x + (spot.width - width) / 2, spot.y + (spot.height - height) / 2, width, height, bounds)


def _placed(x: float, y: float, width: float, height: float, bounds: Rect) -> Rect:
    x = min(max(x, bounds.x), bounds.x + bounds.width - width)
    y = min(max(y, bounds.y), bounds.y + bounds.height - height)
    return inside(Rect(round(x / 2) * 2, round(y / 2) * 2, *_even_size(width, height)), bounds)


def _even_size(width: float, height: float) -> Size:
    return max(round(width / 2) * 2, 2), max(round(height / 2) * 2, 2)


def near(one: Rect, other: Rect) -> bool:
    """Whether two crops show nearly the same, so that a change between them would be seen as a twitch."""
    apart = math.hypot(
        one.x + one.width / 2 - other.x - other.width / 2, one.y + one.height / 2 - other.y - other.height / 2
    )
    return apart < 0.1 * min(one.width, one.height) and 0.87 < one.width / other.width < 1.15


def scaled(rect: Rect | None, factor_x: float, factor_y: float) -> Rect | None:
    """Return the same part of a picture of another size."""
    if rect is None:
        return None
    x, y = round(rect.x * factor_x), round(rect.y * factor_y)
    return Rect(
        x, y, max(round((rect.x + rect.width) * factor_x) - x, 1), max(round((rect.y + rect.height) * factor_y) - y, 1)
    )

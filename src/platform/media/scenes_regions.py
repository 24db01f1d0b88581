"""Tell slides from camera pictures, and find where in the picture each is.

Runs in the child of ``scenes`` only. Rectangles are in pixels of the pictures that were looked at.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..domain.framing import Rect

Moves = NDArray[np.float32]  # of each pixel how often it changed, 0 to 1

BLOCK = 8  # pixels
FLAT_LEVELS = 6  # within a block; what is drawn is as flat as this after compression, what is filmed mostly is not
FLAT_SHARE = 0.45  # of a slide
STROKE_LEVELS = 40  # between a letter and what it stands on
LETTERS = (5, 64)  # pixels, height of a line of text
LINES_LEAST = 2
OFTEN = 0.08  # of the looks: less often a pixel changes by chance
KNOWN_TO = 8  # pixels, where something moves
PLACE_LEAST = 4  # coarse pixels, each side
BOX_HOLDS = 0.85  # of all movement, or there is no one place where things move
BOX_MOST = 0.6  # of the picture; what is larger is the picture
SCREEN_LEAST, SCREEN_MOST = 0.12, 0.9  # of the picture
SCREEN_SHAPES = (1.1, 2.2)  # width over height
SCREEN_FULL = 0.88  # of its bounding box is covered by a rectangle that stands nearly straight
SCREEN_MORE = 0.03  # of its width and height is added on each side: nothing of it may be missing
BORDER_LEVELS = 12
STRAIGHT_SHARE = 0.7  # of the pixels along an edge differ across it
PLAIN_SHARE = 0.97  # of what is left over beside slides is of one colour


def text_lines(grey: NDArray[np.uint8], without: Rect | None = None) -> int:
    """Return how many pieces of the picture look like a line of letters."""
    strokes = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > STROKE_LEVELS
    if without is not None:
        strokes[_part(without)] = False
    joined = cv2.morphologyEx(strokes.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 11), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(joined)
    return sum(_is_line(box) for box in boxes[1:].tolist())


def _is_line(box: list[int]) -> bool:
    _, _, width, height, area = box
    return LETTERS[0] <= height <= LETTERS[1] and width >= 3 * height and area >= 0.4 * width * height


def is_drawn(grey: NDArray[np.uint8], without: Rect | None = None) -> bool:
    """Whether the picture, but for the part ``without``, is mostly flat colour with some text: slides, a screen."""
    height, width = (side // BLOCK * BLOCK for side in grey.shape)
    blocks = grey[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    flat = (blocks.max(axis=(1, 3)).astype(np.int16) - blocks.min(axis=(1, 3))) <= FLAT_LEVELS
    counted = np.ones_like(flat)
    if without is not None:
        counted[_part(_shrunk(without, BLOCK))] = False
    if not counted.any():
        return False
    return float(flat[counted].mean()) >= FLAT_SHARE and text_lines(grey, without) >= LINES_LEAST


def moving_box(moves: Moves, face: Rect | None = None) -> Rect | None:
    """Return the one part of the picture in which nearly all movement is; around the face where there is one."""
    often = (moves > OFTEN).astype(np.uint8)
    reach = max(grow_of(moves), 3)
    # With a margin of nothing, or what is near the picture's edge would be joined to it.
    joined = cv2.copyMakeBorder(often, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))[reach:-reach, reach:-reach]
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(joined)
    if len(boxes) < 2:
        return None
    sums = np.bincount(labels.ravel(), weights=(moves * often).ravel())
    sums[0] = 0.0
    label = int(sums.argmax())
    if face is not None:
        inner = np.bincount(labels[_part(face)].ravel(), minlength=len(boxes))
        inner[0] = 0
        label = int(inner.argmax()) if inner.any() else label
    elif sums[label] < BOX_HOLDS * sums.sum():
        return None
    x, y, width, height, _ = boxes[label].tolist()
    return Rect(x, y, width, height) if width * height <= BOX_MOST * moves.size else None


def moving_place(moves: Moves) -> Rect | None:
    """Return the box around all that ever moved, and a little more; None where that is next to nothing."""
    rows, columns = np.flatnonzero((moves > 0).any(axis=1)), np.flatnonzero((moves > 0).any(axis=0))
    if len(rows) < PLACE_LEAST or len(columns) < PLACE_LEAST:
        return None
    more = PLACE_LEAST
    x, y = max(int(columns[0]) - more, 0), max(int(rows[0]) - more, 0)
    right, bottom = min(int(columns[-1]) + 1 + more, moves.shape[1]), min(int(rows[-1]) + 1 + more, moves.shape[0])
    return Rect(x, y, right - x, bottom - y)


def grow_of(moves: Moves) -> int:
    """Return how far apart movement may be and still belong together, in pixels."""
    return int(moves.shape[1]) // 24


def snapped(box: Rect, grey: NDArray[np.uint8]) -> Rect:
    """Return the box with each side moved outwards to a straight edge of the picture, where one is near.

    A camera's picture beside slides is larger than the part of it that moves.
    """
    left = _edge(grey, box, axis=1, start=box.x, step=-1)
    right = _edge(grey, box, axis=1, start=box.x + box.width, step=1)
    top = _edge(grey, box, axis=0, start=box.y, step=-1)
    bottom = _edge(grey, box, axis=0, start=box.y + box.height, step=1)
    return Rect(left, top, right - left, bottom - top) if right > left and bottom > top else box


def _edge(grey: NDArray[np.uint8], box: Rect, *, axis: int, start: int, step: int) -> int:
    """Return where along the axis a straight edge runs beside the box; the picture's own edge counts."""
    size = int(grey.shape[axis])
    lane = grey[box.y : box.y + box.height] if axis == 1 else grey[:, box.x : box.x + box.width].T
    jumps = np.abs(np.diff(lane.astype(np.int16), axis=1))
    straight = (jumps > BORDER_LEVELS).mean(axis=0)  # index i: between pixels i and i + 1
    near = range(max(start - KNOWN_TO, 1), min(start + KNOWN_TO, size))
    best: int = max(near, key=lambda place: float(straight[place - 1]), default=start)
    if near and straight[best - 1] > STRAIGHT_SHARE:
        return best
    stop = min(max(start + step * max(box.width if axis == 1 else box.height, size // 8), 0), size)
    outwards = (place for place in range(start, stop, step) if 0 < place < size)
    edge = next((place for place in outwards if straight[place - 1] > STRAIGHT_SHARE), None)
    return edge if edge is not None else stop if stop in (0, size) else start


def screen_box(grey: NDArray[np.uint8], without: Rect | None) -> Rect | None:
    """Return the rectangle, brighter than what is around it, that has text in it; None where there is none."""
    found = (box for level in _levels(grey) for box in _bright_boxes(grey, level))
    fitting = [box for box in found if without is None or not _hides(box, without)]
    readable = [box for box in fitting if text_lines(np.ascontiguousarray(grey[_part(box)])) >= LINES_LEAST]
    best = max(readable, key=lambda box: box.width * box.height, default=None)
    return None if best is None else _kept_in(_grown(best, *_more(best)), grey)


def _more(box: Rect) -> tuple[int, int]:
    return round(box.width * SCREEN_MORE), round(box.height * SCREEN_MORE)


def _kept_in(box: Rect, grey: NDArray[np.uint8]) -> Rect:
    height, width = grey.shape
    return Rect(box.x, box.y, min(box.width, width - box.x), min(box.height, height - box.y))


def _levels(grey: NDArray[np.uint8]) -> list[float]:
    otsu = float(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0])
    return [otsu, (otsu + 255) / 2, otsu / 2]


def _bright_boxes(grey: NDArray[np.uint8], level: float) -> list[Rect]:
    bright = (grey > level).astype(np.uint8)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [Rect(*cv2.boundingRect(outline)) for outline in outlines if _is_screen(outline, grey.size)]


def _is_screen(outline: Any, pixels: int) -> bool:
    _, _, width, height = cv2.boundingRect(outline)
    return (
        SCREEN_LEAST <= width * height / pixels <= SCREEN_MOST
        and SCREEN_SHAPES[0] <= width / height <= SCREEN_SHAPES[1]
        and cv2.contourArea(outline) >= SCREEN_FULL * width * height
    )


def _hides(box: Rect, other: Rect) -> bool:
    """Whether a third of ``other`` is in ``box``: then it lies on it, and the box is no frame of its own."""
    width = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
    height = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
    return min(width, height) > 0 and width * height > other.width * other.height / 3


def beside(camera: Rect, grey: NDArray[np.uint8]) -> Rect | None:
    """Return the part of the picture on one side of the camera that holds all else there is to read.

    Its border of one colour is left out. None where the camera's picture lies on a slide that is all of the picture:
    what is left over beside the slide would be of one colour, another one than the slide's.
    """
    height, width = grey.shape
    sides = [
        Rect(0, 0, camera.x, height),
        Rect(camera.x + camera.width, 0, width - camera.x - camera.width, height),
        Rect(0, 0, width, camera.y),
        Rect(0, camera.y + camera.height, width, height - camera.y - camera.height),
    ]
    best = max(sides, key=lambda side: _strokes_in(side, grey))
    if min(best.width, best.height) < 4 * BLOCK:
        return None
    screen = trimmed(best, grey)
    outside = np.ones_like(grey, bool)
    outside[_part(screen)] = outside[_part(_grown(camera, 2 * PLACE_LEAST))] = False
    rest, ground = grey[outside].astype(np.int16), int(np.bincount(grey[_part(screen)].ravel()).argmax())
    if not rest.size:
        return screen
    colour = int(np.bincount(rest).argmax())
    plain = float((np.abs(rest - colour) <= BORDER_LEVELS).mean()) > PLAIN_SHARE
    return screen if plain and abs(colour - ground) > BORDER_LEVELS else None


def _strokes_in(box: Rect, grey: NDArray[np.uint8]) -> int:
    part = grey[_part(box)]
    if not part.size:
        return 0
    return int((cv2.morphologyEx(part, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > STROKE_LEVELS).sum())


def trimmed(box: Rect, grey: NDArray[np.uint8]) -> Rect:
    """Return the box without its border of one colour."""
    part = grey[_part(box)].astype(np.int16)
    other = np.abs(part - int(part[0, 0])) > BORDER_LEVELS
    rows, columns = np.flatnonzero(other.any(axis=1)), np.flatnonzero(other.any(axis=0))
    if not len(rows):
        return box
    x, y = int(columns[0]), int(rows[0])
    return Rect(box.x + x, box.y + y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)


def _part(box: Rect) -> tuple[slice, slice]:
    return slice(max(box.y, 0), box.y + box.height), slice(max(box.x, 0), box.x + box.width)


def _shrunk(box: Rect, by: int) -> Rect:
    """Return the box in units of ``by`` pixels."""
    x, y = max(box.x // by, 0), max(box.y // by, 0)
    return Rect(x, y, -(-(box.x + box.width) // by) - x, -(-(box.y + box.height) // by) - y)


def _grown(box: Rect, more_x: int, more_y: int | None = None) -> Rect:
    """Return the box with some pixels more on each side, not beyond the upper left corner of the picture."""
    more_y = more_x if more_y is None else more_y
    x, y = max(box.x - more_x, 0), max(box.y - more_y, 0)
    return Rect(x, y, box.x + box.width + more_x - x, box.y + box.height + more_y - y)

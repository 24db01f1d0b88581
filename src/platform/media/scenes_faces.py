"""Find the speaker's face: the one that is seen again and again at nearly the same place, and moves.

Runs in the child of ``scenes`` only. The detectors are the Haar cascades that come with OpenCV (P. Viola, M. Jones:
Rapid object detection using a boosted cascade of simple features, CVPR 2001): quick and free, but they see upright
faces only, from the front or the side, and find some where none are. So one hit counts for nothing.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import cv2.data
import numpy as np
from numpy.typing import NDArray

from ..domain.framing import Rect
from .scenes_frames import Picture

LEAST_FACE = 24  # pixels: the cascades were made for 20
MOST_SHARE = 0.85  # of the searched place
ENLARGED_PIXELS, ENLARGED_MOST = 960 * 540, 2.0  # and times, each side: a face of 16 pixels may be one
STEP = 1.15  # from one size that is tried to the next
NEIGHBOURS = 4  # hits of slightly different sizes that must agree
SEEN_LEAST = 0.25  # of the pictures that were searched
SEEN_TIMES = 2
MOVES = 0.02  # of the face's pixels at least move now and then, or it is a photograph


class Detector:
    """The two cascades; reads its files when it is made, none later."""

    def __init__(self) -> None:
        folder = Path(cv2.data.haarcascades)
        self._front = cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_alt2.xml"))
        self._side = cv2.CascadeClassifier(str(folder / "haarcascade_profileface.xml"))

    def faces(self, picture: Picture, place: Rect) -> tuple[Rect, ...]:
        """Return the faces in a place of the picture: from the front, or where there are none, from either side."""
        part = picture[place.y : place.y + place.height, place.x : place.x + place.width]
        # Not equalised: the cascades even out light by themselves, and find more and sooner without (measured).
        grey = np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), np.uint8)
        times = min((ENLARGED_PIXELS / grey.size) ** 0.5, ENLARGED_MOST)
        enlarged = np.asarray(cv2.resize(grey, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC), np.uint8)
        if front := _search(self._front, enlarged):
            return tuple(_shifted(hit, place, times) for hit in front)
        # Not enlarged: these two are tried where there is no face at all, and would take most of the time.
        side = _search(self._side, grey) or _turned(self._side, grey)
        return tuple(_shifted(hit, place, 1.0) for hit in side)


def _shifted(hit: list[int], place: Rect, times: float) -> Rect:
    x, y, width, height = (round(number / times) for number in hit)
    return Rect(place.x + x, place.y + y, width, height)


def _search(cascade: cv2.CascadeClassifier, grey: NDArray[np.uint8]) -> list[list[int]]:
    """Return x, y, width and height of each hit."""
    most = int(min(grey.shape) * MOST_SHARE)
    if most <= LEAST_FACE:
        return []
    boxes = cascade.detectMultiScale(
        grey, scaleFactor=STEP, minNeighbors=NEIGHBOURS, minSize=(LEAST_FACE, LEAST_FACE), maxSize=(most, most)
    )
    return np.asarray(boxes, int).reshape(-1, 4).tolist()


def _turned(cascade: cv2.CascadeClassifier, grey: NDArray[np.uint8]) -> list[list[int]]:
    """Search from right to left, for faces that look the other way."""
    hits = _search(cascade, np.ascontiguousarray(grey[:, ::-1]))
    return [[grey.shape[1] - x - width, y, width, height] for x, y, width, height in hits]


def usual(found: Sequence[tuple[Rect, ...]], moves: NDArray[np.float32] | None) -> Rect | None:
    """Return the face that matters in the searched pictures of one scene, None where none is sure.

    ``moves``: how often each pixel changed (0 to 1); None where one picture is all there is.
    """
    least = max(SEEN_TIMES, SEEN_LEAST * len(found)) if len(found) > 1 else 1
    sure = [(len(group), _median(group)) for group in _groups(face for faces in found for face in faces)]
    alive = [(hits, face) for hits, face in sure if hits >= least and (moves is None or _lives(face, moves))]
    return max(alive, key=lambda item: item[0] * item[1].height)[1] if alive else None


def stays_apart(before: Rect, found: Sequence[tuple[Rect, ...]], far: float) -> bool:
    """Whether all these pictures have a face at one place, ``far`` pixels from ``before``, and none where that was."""
    if any(not faces or any(_apart(face, before) < far for face in faces) for faces in found):
        return False
    return any(all(any(_same_place(one, face) for face in faces) for faces in found) for one in found[0])


def _apart(one: Rect, other: Rect) -> float:
    """Return how many pixels lie between the middles of two faces, sideways."""
    return abs(one.x + one.width / 2 - other.x - other.width / 2)


def _groups(faces: Iterable[Rect]) -> list[list[Rect]]:
    """Return the faces that are at nearly the same place together."""
    groups: list[list[Rect]] = []
    for face in faces:
        for group in groups:
            if _same_place(face, group[-1]):
                group.append(face)
                break
        else:
            groups.append([face])
    return groups


def _same_place(one: Rect, other: Rect) -> bool:
    apart = abs(one.x + one.width / 2 - other.x - other.width / 2) + abs(
        one.y + one.height / 2 - other.y - other.height / 2
    )
    return apart < 0.8 * max(one.width, other.width) and 0.5 < one.width / other.width < 2.0


def _median(faces: Sequence[Rect]) -> Rect:
    sides = zip(*((face.x, face.y, face.width, face.height) for face in faces), strict=True)
    return Rect(*(round(statistics.median(side)) for side in sides))


def _lives(face: Rect, moves: NDArray[np.float32]) -> bool:
    part = moves[face.y : face.y + face.height, face.x : face.x + face.width]
    return bool(part.size) and float((part > 0).mean()) > MOVES

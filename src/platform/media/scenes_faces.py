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
SMALL_PLACE = 320  # pixels; in such a one, faces are small, too, and it is searched enlarged
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
        times = 2 if max(place.width, place.height) <= SMALL_PLACE else 1
        grey = cv2.equalizeHist(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY))
        grey = cv2.resize(grey, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
        found = _search(self._front, grey) or _search(self._side, grey) or _turned(self._side, grey)
        return tuple(
            Rect(place.x + x // times, place.y + y // times, width // times, height // times)
            for x, y, width, height in found
        )


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

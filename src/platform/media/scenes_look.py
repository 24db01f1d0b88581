"""Gather what is seen from one cut to the next, and say what it is.

Runs in the child of ``scenes`` only; keeps a few small pictures, however long the scene is.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..domain.framing import Rect, Scene, SceneKind
from ..domain.framing_crops import scaled
from .scenes_faces import Detector, stays_apart, usual
from .scenes_frames import Picture
from .scenes_regions import Moves, beside, is_drawn, moving_box, moving_place, screen_box, snapped

MOVE_LEVELS = 10  # of a pixel, a quarter of the picture's size: noise stays below
COARSE = 4  # pixels, each side
STILL = 0.004  # of the picture moves: nothing at all, or compression does
CLOCK = 0.02  # of the picture moves, and no face: a clock, a cursor
SCREEN_MOVES = 0.06  # of the picture moves: more is no slide
SHORT = 1.0  # seconds
FACES_SOON, FACES_EVERY = 5, 3  # looks: each of the first ones is searched, then one a second
STAYS = 3  # searches at another place, three seconds: the speaker has gone there
FAR = 0.12  # of the picture's width
FACES_MOST = 120  # searched pictures of a scene; later ones replace the older ones
SPEAKER_MOST = 0.5  # of the picture is the speaker's, or it is a camera's picture


class Seen:
    """One scene while it lasts; give every look to ``add``, then ask for ``scene``."""

    def __init__(self, start: float, detector: Detector) -> None:
        self.start = start
        self._detector = detector
        self._looks = 0
        self._moves: Moves | None = None
        self._before: Picture | None = None
        self._picture: Picture | None = None
        self._faces: list[tuple[Rect, ...]] = []
        self._searched: list[float] = []

    def add(self, picture: Picture, seconds: float) -> None:
        """Take the next picture, seen at ``seconds``."""
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        height, width = grey.shape
        size = width // COARSE, height // COARSE
        coarse = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        if self._before is not None:
            moved = (cv2.absdiff(coarse, self._before) > MOVE_LEVELS).astype(np.float32)
            self._moves = moved if self._moves is None else self._moves + moved
        self._before = coarse
        # The second picture stands for the scene: the first may be half way in a fade.
        self._picture = picture if self._looks < 2 else self._picture
        if self._moves is not None and (self._looks < FACES_SOON or self._looks % FACES_EVERY == 0):
            self._search(picture, self._moves, seconds)
        self._looks += 1

    def gone_at(self) -> float | None:
        """Return when the speaker has gone to another place to stay; None while they are where they were.

        Each place is a scene of its own, as a clip's picture stands still within a scene.
        """
        if len(self._faces) < 2 * STAYS or self._picture is None:
            return None
        before = usual(self._faces[:-STAYS], None)
        width = self._picture.shape[1]
        if before is None or not stays_apart(before, self._faces[-STAYS:], FAR * width):
            return None
        return self._searched[-STAYS]

    def _search(self, picture: Picture, moves: Moves, seconds: float) -> None:
        """Look for faces where anything has moved: elsewhere they are pictures of faces, or none."""
        place = scaled(moving_place(moves), COARSE, COARSE)
        if place is not None:
            found = self._detector.faces(picture, place)
            self._faces = [*self._faces[-FACES_MOST + 1 :], found]
            self._searched = [*self._searched[-FACES_MOST + 1 :], seconds]

    def scene(self, end: float, size: tuple[int, int]) -> Scene | None:
        """Return the scene, in pixels of a picture of ``size``; None where nothing was seen."""
        if self._picture is None:
            return None
        height, width = self._picture.shape[:2]
        grey = np.asarray(cv2.cvtColor(self._picture, cv2.COLOR_BGR2GRAY), np.uint8)
        kind, face, screen, moving = self._judge(grey, end - self.start)
        by_x, by_y = size[0] / width, size[1] / height
        return Scene(
            start=self.start,
            end=end,
            kind=kind,
            width=size[0],
            height=size[1],
            face=scaled(face, by_x, by_y),
            screen=scaled(screen, by_x, by_y),
            moving=scaled(moving, by_x, by_y),
        )

    def _judge(self, grey: Picture, seconds: float) -> tuple[SceneKind, Rect | None, Rect | None, Rect | None]:
        """Return kind, face, screen and where it moves."""
        moves = self._often(grey)
        if moves is None and seconds < SHORT and not is_drawn(grey):
            return "camera", None, None, None  # too short to tell; a still picture stays for longer
        busy = float((moves > 0).mean()) if moves is not None else 0.0
        if moves is None or busy < STILL:
            return ("slides" if is_drawn(grey) else "still"), None, None, None
        face = usual(self._faces, moves)
        box = moving_box(moves, face)
        if face is not None:
            return self._with_face(grey, face, box)
        if busy < CLOCK:
            return ("slides" if is_drawn(grey) else "still"), None, None, None
        if is_drawn(grey, box):
            return ("slides" if busy < SCREEN_MOVES else "screen"), None, None, None
        return "camera", None, screen_box(grey, box), box

    def _with_face(
        self, grey: Picture, face: Rect, box: Rect | None
    ) -> tuple[SceneKind, Rect | None, Rect | None, Rect | None]:
        """Tell a person beside or on slides from a person alone."""
        place = _joined(_around(face, grey), box)
        camera = snapped(place, grey)
        if camera.width * camera.height <= SPEAKER_MOST * grey.size and is_drawn(grey, camera):
            return "slides_with_speaker", face, beside(camera, grey), camera
        screen = screen_box(grey, face)
        return ("slides_with_speaker" if screen else "camera"), face, screen, None

    def _often(self, grey: Picture) -> Moves | None:
        """Return how often each pixel moved, None where a single picture was seen."""
        if self._moves is None:
            return None
        shares = self._moves / max(self._looks - 1, 1)
        return np.asarray(cv2.resize(shares, grey.shape[::-1], interpolation=cv2.INTER_NEAREST), np.float32)


def _around(face: Rect, grey: Picture) -> Rect:
    """Return the face and a little around it, inside the picture."""
    height, width = grey.shape
    x, y = max(face.x - face.width // 2, 0), max(face.y - face.height // 2, 0)
    right, bottom = min(face.x + face.width * 3 // 2, width), min(face.y + face.height * 2, height)
    return Rect(x, y, right - x, bottom - y)


def _joined(one: Rect, other: Rect | None) -> Rect:
    if other is None:
        return one
    x, y = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    return Rect(x, y, right - x, bottom - y)

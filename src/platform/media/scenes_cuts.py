"""Tell where the picture changes: cuts of a camera, changes of a slide.

Runs in the child of ``scenes`` only. Measured on the lectures of the test media: a new slide with the same template
changes 8 to 45 % of the cells of the picture within a third of a second, a label or a counter on it 2.5 % at most; cuts
of an edited film change the mean brightness of pixels by 28 to 104 levels, movement in it by 20.
"""

from __future__ import annotations

import statistics
from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from .scenes_frames import Picture

WIDTH, HEIGHT = 160, 90  # pixels compared, whatever the picture's shape
CELL = 5  # pixels, each side
PIXEL_CHANGES = 16  # levels; noise and compression stay below
CELL_CHANGES = 0.08  # of its pixels: one stroke of a letter
SLIDE_CHANGES = 0.05  # of all cells, without those that always move
USUAL_TIMES = 3.0  # as much as lately, or it is movement
LATELY = 9  # looks: three seconds
LATELY_LEAST = 3  # looks, before it is known how much is usual
ALWAYS = 0.2  # of the looks: a cell that changes more often shows a camera or a clock
CUT_LEVELS = 20.0
CUT_COLOURS = 0.1  # distance of colours (Bhattacharyya), 0 to 1; movement keeps it below 0.03 mostly


class Changes:
    """Compares each picture with the one before it."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._colours_before: NDArray[np.float64] = np.zeros(0)
        self._often = np.zeros((HEIGHT // CELL, WIDTH // CELL))
        self._lately: deque[float] = deque(maxlen=LATELY)

    def is_cut(self, picture: Picture) -> bool:
        """Whether something else is seen than in the picture before; False for the first."""
        small = np.asarray(cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        colours, before = _colours(small), self._before
        distance = 1.0 - float(np.sqrt(colours * self._colours_before).sum()) if before is not None else 0.0
        self._before, self._colours_before = small, colours
        if before is None:
            return False
        difference = cv2.absdiff(small, before).max(axis=2)
        changed = _cells(difference > PIXEL_CHANGES) > CELL_CHANGES
        share = float((changed & (self._often < ALWAYS)).mean())
        hard = float(difference.mean()) > CUT_LEVELS and distance > CUT_COLOURS
        if hard or (len(self._lately) >= LATELY_LEAST and share > self._unusual):
            self._often[:] = 0
            self._lately.clear()
            return True
        self._often += (changed - self._often) / LATELY
        self._lately.append(share)
        return False

    @property
    def _unusual(self) -> float:
        return max(SLIDE_CHANGES, USUAL_TIMES * statistics.median(self._lately))


def _cells(pixels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the share of True pixels in each cell."""
    shaped = pixels.reshape(HEIGHT // CELL, CELL, WIDTH // CELL, CELL)
    shares: NDArray[np.float64] = shaped.mean(axis=(1, 3))
    return shares


def _colours(small: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how much of the picture has each of 512 colours."""
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    counts = cv2.calcHist([lab], [0, 1, 2], None, [8, 8, 8], [0, 256, 0, 256, 0, 256]).ravel().astype(np.float64)
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares

"""What is believed of what a model says; pure.

A language model writes sentences also where nobody speaks. No list of phrases is kept against that: "Thank you." is
said by people too. What counts is the evidence of the sound, then the model's own doubt.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

# Bounds of Whisper (arxiv.org/abs/2212.04356, section 4.5), on which decoding is tried again.
LEAST_LOG_PROBABILITY = -1.0
MOST_COMPRESSION = 2.4

# Silero's frames that are surely speech. Of 88 recordings with speech all have 0.16 s of them, or 4 s above one half;
# music and laughter without words have none, and at most 0.5 s above one half.
_SURE = 0.9
_LEAST_SURE_SECONDS = 0.1
_LEAST_SECONDS = 1.0

_Window = TypeVar("_Window")
_Heard = TypeVar("_Heard")


def is_speech(probabilities: Sequence[float], *, frame_seconds: float) -> bool:
    """Tell whether a stretch in which the voice detector fired is speech; ``probabilities`` are its frames'.

    >>> is_speech([0.95] * 4, frame_seconds=0.032), is_speech([0.7] * 15, frame_seconds=0.032)
    (True, False)
    """
    sure = sum(each > _SURE for each in probabilities) * frame_seconds
    likely = sum(each > 0.5 for each in probabilities) * frame_seconds
    return sure >= _LEAST_SURE_SECONDS or likely >= _LEAST_SECONDS


def is_doubtful(text: str, *, log_probability: float) -> bool:
    """Tell whether the model should listen again: it is not sure (mean per token), or repeats itself."""
    return log_probability < LEAST_LOG_PROBABILITY or compression(text) > MOST_COMPRESSION


def compression(text: str) -> float:
    """Return how many times smaller zlib makes ``text``, as Whisper measures repetition; 0 for no text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def in_batches(
    windows: Sequence[_Window], size: int, hear: Callable[[Sequence[_Window]], Sequence[_Heard]]
) -> Iterator[tuple[int, Sequence[_Heard]]]:
    """Yield what ``hear`` makes of at most ``size`` windows at a time, and that size: halved for want of memory.

    Raises:
        MemoryError: one window alone does not fit.
    """
    at = 0
    while at < len(windows):
        batch = windows[at : at + size]
        try:
            heard = hear(batch)
        except MemoryError:
            if len(batch) == 1:
                raise
            size = (len(batch) + 1) // 2
            continue
        yield size, heard
        at += len(batch)

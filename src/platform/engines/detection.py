"""Which language a recording is in, from what a model makes of several windows of it; pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

# What Whisper hears at once (arxiv.org/abs/2212.04356, section 2.2).
WINDOW_SECONDS = 30.0
# More windows change the answer rarely and cost a run of the encoder each, seconds with a large model on a CPU.
WINDOWS = 8


@dataclass(frozen=True, kw_only=True)
class Window:
    """What was heard in one place: ``seconds`` of speech, and the probability (0 to 1) of each language."""

    seconds: float
    probabilities: Mapping[str, float]


def starts(duration: float) -> Iterator[float]:
    """Yield where each window of a recording of ``duration`` seconds begins, spread ever more finely over all of it.

    >>> list(starts(240.0))
    [0.0, 120.0, 60.0, 180.0, 30.0, 150.0, 90.0, 210.0]
    """
    count = math.ceil(duration / WINDOW_SECONDS)
    bits = max(count - 1, 0).bit_length()
    for number in range(2**bits):
        mirrored = int(f"{number:0{bits}b}"[::-1], 2) if bits else 0
        if mirrored < count:
            yield mirrored * WINDOW_SECONDS


def averaged(windows: Iterable[Window], *, known: Collection[str]) -> tuple[str | None, float]:
    """Return the language of most of the speech and its probability; None and 0 where nothing was heard.

    Each window counts by its seconds of speech; what is not ``known`` ("nospeech", say) is no language.

    >>> averaged([Window(seconds=30, probabilities={"en": 0.9, "de": 0.1}),
    ...           Window(seconds=10, probabilities={"en": 0.1, "de": 0.9})], known={"de", "en"})
    ('en', 0.7)
    """
    sums: dict[str, float] = {}
    total = 0.0
    for window in windows:
        total += window.seconds
        for language, probability in window.probabilities.items():
            if language in known:
                sums[language] = sums.get(language, 0.0) + window.seconds * probability
    if not sums or not total:
        return None, 0.0
    best = max(sorted(sums), key=lambda language: sums[language])
    return best, round(sums[best] / total, 4)

"""How well a talk can be cut between two sentences.

Lexical cohesion as in Hearst, "TextTiling" (https://aclanthology.org/J97-1003): where the words before differ from
those after, more than around, the subject changes. Pauses, speakers, punctuation and words such as "now" and "but"
move a cut to the sentence where the thought really ends.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from .. import wording
from . import cues, weights
from .text import Text

# Terms on each side that are compared: some 45 s of speech. Hearst took 120 words, half of which are stop words.
_BLOCK_TERMS = 60
_FEWEST, _MOST = 2, 12  # sentences in a block
# What each hint counts, in standard deviations of the depth.
_PAUSE_SECONDS = 1.2  # of silence count one
_LONGEST_PAUSE = 2.5
_SPEAKER = 0.8
_OPENING = 0.7
_LEANING = -1.2
_UNFINISHED = -2.0  # the sentence before goes on
_QUESTION = -1.5  # a question without its answer
_UNMARKED = -1.2  # the same voice goes on after a breath, and no mark says that its sentence was over
_BREATH_SECONDS = 0.9
_AT_ONCE = -1.0  # two speak: no clean cut


def strengths(text: Text) -> list[float]:
    """Return for every place how good a cut before that sentence is, about -4 to 5; the first place counts 0."""
    likenesses = _likenesses(text)
    # Smooth, a valley is where the subject changes; as it is, its lowest place is where exactly.
    wide, exact = _standard(_depths(_smooth(likenesses))), _standard(_depths(likenesses))
    depths = [(one + other) / 2 for one, other in zip(wide, exact, strict=True)]
    return [0.0, *(depths[place - 1] + _hints(text, place) for place in range(1, len(text.sentences)))]


def _hints(text: Text, place: int) -> float:
    before, after = text.sentences[place - 1], text.sentences[place]
    pause = text.pause(place)
    hints = min(max(pause, 0.0) / _PAUSE_SECONDS, _LONGEST_PAUSE)
    hints += _AT_ONCE if pause < 0 else 0.0
    hints += _SPEAKER if before.speaker != after.speaker else 0.0
    hints += _OPENING if cues.has("opening", after.text, text.language) else 0.0
    hints += _LEANING if cues.has("leaning", after.text, text.language) else 0.0
    hints += _QUESTION if is_question(before.text) else 0.0
    hints += _UNMARKED if goes_on(text, place) else 0.0
    hints += _UNFINISHED if text.is_punctuated and is_unfinished(before.text, after.text) else 0.0
    return hints


def goes_on(text: Text, place: int) -> bool:
    """Return whether the sentence ``place`` may be a piece of the one before, cut off by a breath or by its length."""
    before, after = text.sentences[place - 1], text.sentences[place]
    is_near = before.speaker == after.speaker and text.pause(place) < _BREATH_SECONDS
    return is_near and not wording.ends_sentence(before.text)


def is_question(text: str) -> bool:
    """Return whether the sentence asks something, by its mark."""
    return text.rstrip(" \"'”’»)」』").endswith(("?", "？", "؟", "՞"))  # noqa: RUF001 - full-width, Arabic and Armenian ones


def is_unfinished(text: str, following: str) -> bool:
    """Return whether a sentence goes on in the next one: it has no end mark, and that begins with a small letter."""
    return not wording.ends_sentence(text) and following[:1].islower()


def _likenesses(text: Text) -> list[float]:
    """Return how alike the words before and after each place are, from the second sentence on."""
    size = _block(text)
    count = len(text.vectors)
    found = []
    for place in range(1, count):
        before = weights.together(text.vectors[max(place - size, 0) : place])
        after = weights.together(text.vectors[place : place + size])
        found.append(weights.likeness(before, after))
    return found


def _block(text: Text) -> int:
    terms = statistics.median([len(vector) for vector in text.vectors]) or 1
    return min(max(round(_BLOCK_TERMS / terms), _FEWEST), _MOST)


def _smooth(values: Sequence[float]) -> list[float]:
    """Return the means of each value and its neighbours: what one sentence does is no change of subject."""
    return [statistics.fmean(values[max(place - 1, 0) : place + 2]) for place in range(len(values))]


def _depths(likenesses: Sequence[float]) -> list[float]:
    """Return how deep each valley is: how far one climbs from it to both sides."""
    left, right = _climbs(likenesses), _climbs(likenesses[::-1])[::-1]
    return [a + b - 2 * own for a, b, own in zip(left, right, likenesses, strict=True)]


def _climbs(values: Sequence[float]) -> list[float]:
    """Return the height that is reached by going back from each place without going down."""
    peaks: list[float] = []
    for place, value in enumerate(values):
        rises = place > 0 and values[place - 1] >= value
        peaks.append(peaks[-1] if rises else value)
    return peaks


def _standard(values: Sequence[float]) -> list[float]:
    spread = statistics.pstdev(values) if len(values) > 1 else 0.0
    if spread < 1e-9:
        return [0.0] * len(values)
    mean = statistics.fmean(values)
    return [min(max((value - mean) / spread, -1.0), 2.0) for value in values]

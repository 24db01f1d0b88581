"""The model's choice of clips, checked against the sentences that it was given; pure.

Numbers of lines become sentences, and their times are ours. What names a line that was not given, ends before it
begins, has no title, or goes on for many times what was wanted is dropped and counted; of two that share a line the
more important one stays.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

import msgspec

from ...domain.clips import MOST_TITLE, ContentSegment
from ...domain.cohesion import content
from ...domain.sentences import Sentence
from ...domain.transcript import Segment
from . import plain
from .lines import Line
from .shapes import Clip

MOST = 15
_THIRDS = 3
_MOST_TOPICS = 5
_MOST_TOPIC = 80
_MOST_REASON = 500
# So many times the wanted length is no choice any more; selection shortens what is less.
_TOO_LONG = 5
_EVEN = 0.75  # what the place inside of its window counts


def lines(sentences: Sequence[Sentence]) -> tuple[Line, ...]:
    """Return the sentences as lines 1, 2, 3, …"""
    return tuple(
        Line(number, Segment(id=str(number), start=each.start, end=each.end, text=each.text, speaker=each.speaker))
        for number, each in enumerate(sentences, start=1)
    )


def usable(
    clips: Sequence[Clip], part: Sequence[Line], sentences: Sequence[Sentence], *, longest: float
) -> tuple[list[ContentSegment], int]:
    """Return the clips that can be, by time, and how many cannot; ``part``: the lines that were given.

    ``longest``: seconds that were wanted.
    """
    known = [clip for clip in clips if _is_sound(clip, part, sentences, longest)]
    scale = _scale([clip.importance for clip in known])
    found = [_segment(clip, sentences, scale) for clip in known]
    kept: list[ContentSegment] = []
    for each in sorted(found, key=lambda segment: (-segment.importance, segment.first)):
        if all(each.last < other.first or each.first > other.last for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda segment: segment.first), len(clips) - len(kept)


def merged(windows: Sequence[Sequence[ContentSegment]], sentences: Sequence[Sentence]) -> tuple[ContentSegment, ...]:
    """Return 15 at most of all windows, some of every third of the recording that has any.

    A model says what matters inside of what it reads; so the best of one window weighs nearly as much as that of
    another, whatever it said of them.
    """
    highest = max((each.importance for window in windows for each in window), default=0.0)
    every = [_evened(each, window, highest) for window in windows for each in window]
    ordered = sorted(every, key=lambda segment: (-segment.importance, segment.first))
    chosen: list[ContentSegment] = []
    for third in range(_THIRDS):
        chosen += [each for each in ordered if _third(each, sentences) == third][: MOST // (2 * _THIRDS)]
    rest = [each for each in ordered if each not in chosen]
    return content.apart([*chosen, *rest[: MOST - len(chosen)]])


def _is_sound(clip: Clip, part: Sequence[Line], sentences: Sequence[Sentence], longest: float) -> bool:
    if not part[0].number <= clip.first <= clip.last <= part[-1].number:
        return False
    seconds = sentences[clip.last - 1].end - sentences[clip.first - 1].start
    is_choice = clip.first == clip.last or seconds <= _TOO_LONG * longest
    return is_choice and bool(_title(clip))


def _title(clip: Clip) -> str:
    """Return what can be shown of the title: nothing of one that nobody would see."""
    title = plain.line(clip.title, most=MOST_TITLE).strip()
    return title if any(unicodedata.category(sign)[0] in "LNPS" for sign in title) else ""


def _scale(values: Sequence[float]) -> float:
    """Return what importance must be divided by: models like to count to ten or to a hundred."""
    highest = max(values, default=0.0)
    return 1.0 if highest <= 1 else 10.0 if highest <= 10 else max(highest, 100.0)


def _segment(clip: Clip, sentences: Sequence[Sentence], scale: float) -> ContentSegment:
    first, last = clip.first - 1, clip.last - 1
    topics = dict.fromkeys(plain.line(topic, most=_MOST_TOPIC) for topic in clip.topics)
    return content.segment(
        sentences,
        first,
        last,
        title=_title(clip),
        importance=clip.importance / scale,
        topics=[topic for topic in topics if topic][:_MOST_TOPICS],
        reason=plain.line(clip.reason, most=_MOST_REASON),
        quote=_quote(clip, sentences[first : last + 1]),
    )


def _quote(clip: Clip, own: Sequence[Sentence]) -> str:
    """Return the sentence that is quoted, as it was said; where it was not, the one that is most like it."""
    wanted = _words(clip.quote) or _words(clip.title)
    return max(own, key=lambda sentence: (_alike(wanted, _words(sentence.text)), -sentence.number)).text


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """Return twice the words that both have by all words of both: 1.0 for the same ones, 0.0 for none."""
    return 2 * (one & other).total() / max(one.total() + other.total(), 1)


def _words(text: str) -> Counter[str]:
    """Return words; of scripts without spaces, characters."""
    plainly = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in text.casefold())
    return Counter(part for word in plainly.split() for part in ([word] if word.isascii() else [word, *word]))


def _evened(segment: ContentSegment, window: Sequence[ContentSegment], highest: float) -> ContentSegment:
    best = max(each.importance for each in window)
    even = segment.importance / best * highest if best else 0.0
    return msgspec.structs.replace(segment, importance=round(_EVEN * even + (1 - _EVEN) * segment.importance, 3))


def _third(segment: ContentSegment, sentences: Sequence[Sentence]) -> int:
    start, end = sentences[0].start, max(sentence.end for sentence in sentences)
    middle = (segment.start + segment.end) / 2 - start
    return min(int(_THIRDS * middle / max(end - start, 1e-9)), _THIRDS - 1)

"""Subtitles that can be read: short lines, broken where the language breathes, long enough on screen.

The numbers are those of Netflix, "Timed Text Style Guide: General Requirements" and "English (USA)":
at most two lines of 42 characters, 5/6 of a second to 7 seconds on screen, 20 characters a second for
adults. Where to break a line is from the BBC, "Subtitle Guidelines", sections on line breaks: after
punctuation, and never so that a word stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from . import wording
from .subtitle_tokens import Token, tokens, width, written
from .transcript import Segment, Transcript

LINE_WIDTH = 42  # places; see ``subtitle_tokens.width``
SHORTEST_MS = 833  # 5/6 s
LONGEST_MS = 7000
PAUSE_SECONDS = 1.5  # a silence of this length ends a subtitle: the text would run ahead of the voice
CHARACTERS_PER_SECOND = 20
_LONGEST_LABEL = 24  # places, so that a name leaves room for what is said


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """One subtitle of one speaker; milliseconds from the start of the file, one or two lines."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None


class _Draft(msgspec.Struct, frozen=True):
    tokens: Sequence[Token]
    speaker: str | None


def cues(transcript: Transcript, *, labelled: bool = False) -> tuple[Cue, ...]:
    """Return the subtitles of a transcript, sorted, never overlapping, each at least 1 ms long.

    Where two people speak at once, the later one takes over. ``labelled`` writes a speaker's label
    before their first words after another's, as part of the two lines.
    """
    drafts: list[_Draft] = []
    labels = {speaker.id: _label(speaker.label) for speaker in transcript.speakers} if labelled else {}
    before: str | None = None
    for segment in transcript.segments:
        label = labels.get(segment.speaker or "", "") if segment.speaker != before else ""
        before = segment.speaker
        drafts.extend(_Draft(part, segment.speaker) for part in _split(_labelled(segment, label)))
    drafts.sort(key=lambda draft: draft.tokens[0].start)
    times = _times(drafts, limit_ms=round(transcript.duration * 1000))
    return tuple(
        Cue(start_ms=start, end_ms=end, lines=_lines(draft.tokens), speaker=draft.speaker)
        for draft, (start, end) in zip(drafts, times, strict=True)
    )


def _label(label: str) -> str:
    text = wording.clean(label)
    while width(text) > _LONGEST_LABEL:
        text = text[:-1]
    return f"{text.strip()}:" if text.strip() else ""


def _labelled(segment: Segment, label: str) -> list[Token]:
    spoken = tokens(segment, widest=LINE_WIDTH)
    if not spoken or not label:
        return spoken
    at = spoken[0].start
    return [Token(label, at, at, True), *spoken]


def _split(spoken: Sequence[Token]) -> Iterator[Sequence[Token]]:
    rest = spoken
    while rest:
        fitting = _fitting(rest)
        count = fitting if fitting == len(rest) else _best_end(rest, fitting)
        yield rest[:count]
        rest = rest[count:]


def _fitting(rest: Sequence[Token]) -> int:
    """Return how many of the first tokens can be one subtitle; at least one."""
    count = 1
    while count < len(rest):
        if rest[count].start - rest[count - 1].end >= PAUSE_SECONDS:
            break
        if (rest[count].end - rest[0].start) * 1000 > LONGEST_MS or not _fit(rest[: count + 1]):
            break
        count += 1
    return count


def _fit(spoken: Sequence[Token]) -> bool:
    return width(written(spoken[_first_line(spoken) :])) <= LINE_WIDTH


def _first_line(spoken: Sequence[Token]) -> int:
    """Return how many of the first tokens the first line can hold."""
    places = 0
    for count, token in enumerate(spoken):
        places += width(token.text) + (1 if token.spaced and count else 0)
        if places > LINE_WIDTH:
            return count
    return len(spoken)


def _best_end(rest: Sequence[Token], fitting: int) -> int:
    """Return after how many tokens to stop: at the last sentence or clause of the later half, if any."""
    half = range(fitting, fitting // 2, -1)
    for ends in (wording.ends_sentence, wording.ends_clause):
        for count in half:
            if ends(rest[count - 1].text) and not _is_label_only(rest[:count]):
                return count
    return fitting


def _is_label_only(spoken: Sequence[Token]) -> bool:
    return len(spoken) == 1 and spoken[0].text.endswith(":")


def _lines(spoken: Sequence[Token]) -> tuple[str, ...]:
    whole = written(spoken)
    if width(whole) <= LINE_WIDTH:
        return (whole,)
    best = min(_breaks(spoken), key=lambda at: _ugliness(spoken, at))
    return written(spoken[:best]), written(spoken[best:])


def _breaks(spoken: Sequence[Token]) -> Iterator[int]:
    """Yield after how many tokens a line break leaves two lines that fit."""
    for at in range(1, len(spoken)):
        if width(written(spoken[:at])) <= LINE_WIDTH and width(written(spoken[at:])) <= LINE_WIDTH:
            yield at


def _ugliness(spoken: Sequence[Token], at: int) -> int:
    first, second = width(written(spoken[:at])), width(written(spoken[at:]))
    # Even lines read best, the lower one rather longer; a clause's end is worth ten places of that.
    uneven = abs(first - second) + (2 if first > second else 0)
    return uneven - (10 if wording.ends_clause(spoken[at - 1].text) else 0)


def _times(drafts: Sequence[_Draft], *, limit_ms: int) -> list[tuple[int, int]]:
    starts: list[int] = []
    for draft in drafts:
        starts.append(_start(draft, starts[-1] if starts else None))
    nexts: list[int | None] = [*starts[1:], None]
    return [
        (start, _end(draft, start, following, limit_ms))
        for draft, start, following in zip(drafts, starts, nexts, strict=False)
    ]


def _start(draft: _Draft, previous: int | None) -> int:
    start, end = round(draft.tokens[0].start * 1000), round(draft.tokens[-1].end * 1000)
    if previous is None:
        return start
    # The one before is left its shortest time, as far as that costs this one no more than half of its own.
    return max(start, min(previous + SHORTEST_MS, (start + end) // 2), previous + 1)


def _end(draft: _Draft, start: int, following: int | None, limit_ms: int) -> int:
    spoken_until = round(draft.tokens[-1].end * 1000)
    readable = max(SHORTEST_MS, len(written(draft.tokens)) * 1000 // CHARACTERS_PER_SECOND)
    wanted = max(spoken_until, min(start + readable, max(limit_ms, spoken_until)))
    latest = start + LONGEST_MS if following is None else min(start + LONGEST_MS, following)
    return max(min(wanted, latest), start + 1)

"""Subtitles that can be read: short lines, broken where the language breathes, long enough on screen.

The numbers are those of Netflix, "Timed Text Style Guide: General Requirements", "Timing Guidelines" and the guides
of the languages ("English (USA)", "Chinese (Simplified)"): at most two lines of 42 characters, of 16 where they are
full-width; 5/6 of a second to 7 seconds on screen; 17 characters a second for most people, at most 20 for adults; two
frames between subtitles, or none. Where to break is from the BBC, "Subtitle Guidelines", sections on line breaks and
timing: after punctuation, before conjunctions and prepositions, never so that a word stands alone; subtitles in step
with the voice; a new subtitle for a new speaker.

Speech of a speed that people can follow, in turns of more than a second, keeps all of it. Where more is said than
anyone can read, all words are still shown, in time: the speed of reading gives way first, then the shortest time (a
word between two others' words), never the two lines, the longest time, the order, or the speaker.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import msgspec

from . import languages, wording
from .subtitle_breaks import Grammar
from .subtitle_split import Limits, split
from .subtitle_times import (
    CHARACTERS_PER_SECOND,
    GAP_MS,
    LATEST_MS,
    LONGEST_MS,
    MOST_CHARACTERS_PER_SECOND,
    SHORTEST_MS,
    Wanted,
    times,
)
from .subtitle_tokens import Token, tokens, width, written
from .transcript import Segment, Transcript

__all__ = [
    "CHARACTERS_PER_SECOND",
    "GAP_MS",
    "LATEST_MS",
    "LINE_WIDTH",
    "LONGEST_MS",
    "MOST_CHARACTERS_PER_SECOND",
    "SHORTEST_MS",
    "Cue",
    "cues",
]

LINE_WIDTH = 42  # places; see ``subtitle_tokens.width``
FULL_WIDTH_SHARE = 32 / 42  # of a line for text in full-width signs: 16 of them, two places each
PAUSE_SECONDS = 1.5  # a silence of this length ends a subtitle: the text would run ahead of the voice
_LONGEST_LABEL = 24  # places, so that a name leaves room for what is said


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """One subtitle of one speaker; milliseconds from the start of the file, one or two lines.

    ``words``: the same lines in their smallest parts, each with its own time in seconds.
    """

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None
    words: tuple[tuple[Token, ...], ...] = ()


class _Draft(msgspec.Struct, frozen=True):
    tokens: Sequence[Token]
    speaker: str | None
    line_width: int


def cues(
    transcript: Transcript, *, labelled: bool = False, line_width: int = LINE_WIDTH, cuts: Sequence[float] = ()
) -> tuple[Cue, ...]:
    """Return the subtitles of a transcript, sorted, never overlapping, each at least 1 ms long.

    Where two people speak at once, the later one takes over. ``labelled`` writes a speaker's label before their first
    words after another's, as part of the two lines, but where there is no time to read it. ``line_width``: places of a
    line, fewer for a narrow picture, 12 at least. ``cuts``: seconds, in order, where something else begins, as in a
    reel of clips; no subtitle goes on over them.
    """
    grammar = Grammar(transcript.language)
    drafts = list(_drafts(transcript, grammar, cuts, labelled=labelled, line_width=line_width))
    drafts.sort(key=lambda draft: draft.tokens[0].start)
    shown = times([_wanted(draft.tokens) for draft in drafts], limit_ms=round(transcript.duration * 1000))
    return tuple(_cue(draft, start, end, grammar) for draft, (start, end) in zip(drafts, shown, strict=True))


def _drafts(
    transcript: Transcript, grammar: Grammar, cuts: Sequence[float], *, labelled: bool, line_width: int
) -> Iterator[_Draft]:
    turns = list(_turns(transcript, cuts, labelled=labelled, line_width=line_width))
    untils = [turn.tokens[0].start for turn in turns[1:]] + [transcript.duration]
    for turn, until in zip(turns, untils, strict=False):
        limits = Limits(
            line_width=turn.line_width,
            shortest=SHORTEST_MS / 1000,
            longest=LONGEST_MS / 1000,
            aim=CHARACTERS_PER_SECOND,
            most=MOST_CHARACTERS_PER_SECOND,
        )
        for part in split(turn.tokens, until=until, limits=limits, grammar=grammar):
            yield _Draft(part, turn.speaker, turn.line_width)


def _turns(transcript: Transcript, cuts: Sequence[float], *, labelled: bool, line_width: int) -> Iterator[_Draft]:
    """Yield what each speaker says without a long pause or a cut."""
    widest = _widest(transcript, line_width)
    labels = {one.id: _label(one.label, widest) for one in transcript.speakers} if labelled else {}
    is_spaced = not languages.is_unspaced(transcript.language)
    turn: list[Token] = []
    before: str | None = None
    for segment in transcript.segments:
        label = labels.get(segment.speaker or "", "") if segment.speaker != before else ""
        if segment.speaker != before:
            yield from _parted(turn, before, widest, cuts)
            turn = []
        before = segment.speaker
        turn += _spoken(segment, label, widest=widest, is_spaced=is_spaced or not turn)
    yield from _parted(turn, before, widest, cuts)


def _parted(turn: Sequence[Token], speaker: str | None, line_width: int, cuts: Sequence[float]) -> Iterator[_Draft]:
    begin = 0
    for at in range(1, len(turn)):
        if _are_apart(turn[at - 1], turn[at], cuts):
            yield _Draft(turn[begin:at], speaker, line_width)
            begin = at
    if turn:
        yield _Draft(turn[begin:], speaker, line_width)


def _are_apart(left: Token, right: Token, cuts: Sequence[float]) -> bool:
    is_cut = bisect_right(cuts, _middle(left)) < bisect_right(cuts, _middle(right))
    return not left.bound and (is_cut or right.start - left.end >= PAUSE_SECONDS)


def _middle(token: Token) -> float:
    return (token.start + token.end) / 2


def _widest(transcript: Transcript, line_width: int) -> int:
    text = "".join(segment.text for segment in transcript.segments)
    is_full_width = width(text) - len(text) > len("".join(text.split())) / 2
    return round(line_width * FULL_WIDTH_SHARE) if is_full_width else line_width


def _spoken(segment: Segment, label: str, *, widest: int, is_spaced: bool) -> list[Token]:
    spoken = tokens(segment, widest=widest)
    if not spoken:
        return []
    first = spoken[0]
    if label:
        return [Token(label, first.start, first.start, True, bound=True), *spoken]
    return [msgspec.structs.replace(first, spaced=is_spaced), *spoken[1:]]


def _label(label: str, line_width: int) -> str:
    text = wording.clean(label)
    while width(text) > min(_LONGEST_LABEL, line_width - 1):
        text = text[:-1]
    return f"{text.strip()}:" if text.strip() else ""


def _wanted(spoken: Sequence[Token]) -> Wanted:
    return Wanted(round(spoken[0].start * 1000), round(spoken[-1].end * 1000), width(written(spoken)))


def _cue(draft: _Draft, start: int, end: int, grammar: Grammar) -> Cue:
    words = _lines(_readable(draft, end - start), grammar)
    return Cue(start_ms=start, end_ms=end, lines=tuple(map(written, words)), speaker=draft.speaker, words=words)


def _readable(draft: _Draft, shown_ms: int) -> _Draft:
    """Return the draft, without its label where that would be too much to read."""
    places = width(written(draft.tokens))
    if not draft.tokens[0].bound or len(draft.tokens) == 1 or places * 1000 <= MOST_CHARACTERS_PER_SECOND * shown_ms:
        return draft
    return msgspec.structs.replace(draft, tokens=draft.tokens[1:])


def _lines(draft: _Draft, grammar: Grammar) -> tuple[tuple[Token, ...], ...]:
    spoken = tuple(draft.tokens)
    if width(written(spoken)) <= draft.line_width:
        return (spoken,)
    best = min(_breaks(spoken, draft.line_width), key=lambda at: _ugliness(spoken, at, grammar))
    return spoken[:best], spoken[best:]


def _breaks(spoken: Sequence[Token], line_width: int) -> Iterator[int]:
    """Yield after how many tokens a line break leaves two lines that fit."""
    for at in range(1, len(spoken)):
        if width(written(spoken[:at])) <= line_width and width(written(spoken[at:])) <= line_width:
            yield at


def _ugliness(spoken: Sequence[Token], at: int, grammar: Grammar) -> float:
    first, second = width(written(spoken[:at])), width(written(spoken[at:]))
    # Even lines read best, the lower one rather longer; but a clause's end is worth more than that.
    uneven = abs(first - second) + (2 if first > second else 0)
    return uneven / 4 + grammar.cost(spoken[at - 1], spoken[at])

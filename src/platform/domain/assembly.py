"""From what the engines found to a transcript that keeps its promises."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec
from msgspec import UNSET

from . import attribution, references, wording
from .attribution import Voices
from .insights import Insights
from .timeline import Span
from .transcript import EngineName, Segment, Speaker, Transcript, Turn, Word

_NONE = Insights()


def assemble(
    *,
    segments: Sequence[Segment],
    turns: Sequence[Turn],
    language: str | None,
    duration: float,
    engine: EngineName,
    version: int,
    insights: Insights = _NONE,
) -> Transcript:
    """Return the transcript of ``segments``, spoken by whom ``turns`` say; all times in seconds.

    1. Text is cleaned, times are rounded to milliseconds and brought into [0, duration]; what has no
       text goes, every word with text stays.
    2. Each word gets the speaker who is heard most while it lasts, or nearest to it.
    3. Segments are cut where the speaker changes.
    4. Overlaps within one speaker are removed: the earlier segment or word ends where the later starts.
    5. Speakers become S1, S2, … in order of first speech, segments s1, s2, … in order of start; the turns are kept
       under the speakers' new names.
    6. What ``insights`` say of segments and speakers follows them to their new names.

    Without turns the speakers that the engine gave are kept, if any; without those nobody is named.
    Times that are not numbers count as 0.
    """
    limit = _moment(duration, math.inf)
    voices = Voices(turns)
    cleaned = sorted((_cleaned(segment, limit, language) for segment in segments), key=_order)
    pieces = [piece for segment in cleaned if segment.text for piece in _cut(segment, voices, language)]
    untangled = sorted(_untangled(pieces), key=lambda piece: piece.start)
    speakers = _speakers(untangled)
    final = tuple(_named(piece, number, speakers) for number, piece in enumerate(untangled, start=1))
    return Transcript(
        version=version,
        language=language,
        duration=limit,
        engine=engine,
        speakers=tuple(speakers.values()),
        segments=final,
        text=wording.join([segment.text for segment in final], language=language),
        insights=_following(insights, untangled, speakers) or UNSET,
        turns=_heard(turns, speakers, limit) or UNSET,
    )


def labelled(segments: Sequence[Segment], turns: Sequence[Turn]) -> tuple[Segment, ...]:
    """Return the segments, uncut, each with the one speaker who has most of it."""
    voices = Voices(turns)
    return tuple(
        msgspec.structs.replace(segment, speaker=_most(segment, _voices_of(segment, voices), voices))
        for segment in segments
    )


def _following(insights: Insights, pieces: Sequence[Segment], speakers: dict[str, Speaker]) -> Insights | None:
    first: dict[str, str] = {}
    for number, piece in enumerate(pieces, start=1):
        first.setdefault(piece.id, f"s{number}")
    known = {name: speaker.id for name, speaker in speakers.items()}
    followed = references.renamed(insights, segments=first, speakers=known)
    return None if followed == _NONE else followed


def _order(segment: Segment) -> tuple[float, float]:
    return segment.start, segment.end


def _moment(seconds: float, limit: float) -> float:
    # Adding 0.0 makes a plain zero of -0.0, which exports would show.
    return min(max(round(seconds, 3), 0.0), limit) + 0.0 if math.isfinite(seconds) else 0.0


def _cleaned(segment: Segment, limit: float, language: str | None) -> Segment:
    words = sorted((_cleaned_word(word, limit) for word in segment.words), key=lambda word: word.start)
    spoken = tuple(word for word in words if word.text)
    start, end = _moment(segment.start, limit), _moment(segment.end, limit)
    if spoken:
        start, end = min(word.start for word in spoken), max(word.end for word in spoken)
    return msgspec.structs.replace(
        segment,
        start=start,
        end=max(start, end),
        text=wording.clean(segment.text) or wording.join([word.text for word in spoken], language=language),
        words=spoken,
    )


def _cleaned_word(word: Word, limit: float) -> Word:
    start = _moment(word.start, limit)
    end = max(start, _moment(word.end, limit))
    return msgspec.structs.replace(word, start=start, end=end, text=wording.clean(word.text))


def _cut(segment: Segment, voices: Voices, language: str | None) -> Iterator[Segment]:
    """Yield the segment in pieces of one speaker each."""
    texts = wording.slices(segment.text, [word.text for word in segment.words])
    found = _voices_of(segment, voices)
    if texts is None or len(set(found)) == 1:
        yield _spoken_by(segment, _most(segment, found, voices))
        return
    parts = zip(found, segment.words, texts, strict=True)
    for who, group in groupby(parts, key=lambda part: part[0]):
        _, words, cut = zip(*group, strict=True)
        text = wording.clean("".join(cut)) or wording.join([word.text for word in words], language=language)
        end = max(word.end for word in words)
        piece = msgspec.structs.replace(segment, start=words[0].start, end=end, text=text, words=tuple(words))
        yield _spoken_by(piece, who)


def _voices_of(segment: Segment, voices: Voices) -> list[str | None]:
    found = attribution.speakers(segment.words, voices)
    return [who or word.speaker or segment.speaker for who, word in zip(found, segment.words, strict=True)]


def _most(segment: Segment, found: Sequence[str | None], voices: Voices) -> str | None:
    """Return the one speaker of a segment that cannot be cut: who has most of its words, or of its time."""
    if found:
        return max(dict.fromkeys(found), key=found.count)
    return voices.speaker(Span(segment.start, segment.end)) or segment.speaker


def _spoken_by(segment: Segment, speaker: str | None) -> Segment:
    words = tuple(msgspec.structs.replace(word, speaker=speaker) for word in segment.words)
    return msgspec.structs.replace(segment, speaker=speaker, words=words)


def _untangled(pieces: Sequence[Segment]) -> list[Segment]:
    """Return the pieces without overlaps within a speaker; pieces and words keep their order."""
    done: list[Segment] = []
    last: dict[str | None, int] = {}
    for piece in sorted(pieces, key=_order):
        after = _without_overlaps(piece)
        if piece.speaker in last:
            at = last[piece.speaker]
            done[at], after = _parted(done[at], after)
        last[piece.speaker] = len(done)
        done.append(after)
    return done


def _parted(first: Segment, second: Segment) -> tuple[Segment, Segment]:
    start = max(second.start, first.start)
    if start >= first.end:
        return first, _clipped(second, start, max(start, second.end))
    # The start of speech is heard more exactly than its end; with two equal starts both get half.
    middle = round((start + max(start, min(first.end, second.end))) / 2, 3)
    border = start if start > first.start else middle
    return _clipped(first, first.start, border), _clipped(second, border, max(border, second.end))


def _clipped(segment: Segment, start: float, end: float) -> Segment:
    words = tuple(
        msgspec.structs.replace(word, start=min(max(word.start, start), end), end=min(max(word.end, start), end))
        for word in segment.words
    )
    return msgspec.structs.replace(
        segment, start=min(max(segment.start, start), end), end=min(max(segment.end, start), end), words=words
    )


def _without_overlaps(segment: Segment) -> Segment:
    nexts = [word.start for word in segment.words[1:]]
    words = [
        msgspec.structs.replace(word, end=min(word.end, following))
        for word, following in zip(segment.words, [*nexts, math.inf], strict=False)
    ]
    return msgspec.structs.replace(segment, words=tuple(words))


def _speakers(pieces: Sequence[Segment]) -> dict[str, Speaker]:
    names = dict.fromkeys(piece.speaker for piece in pieces if piece.speaker)
    return {name: Speaker(id=f"S{nr}", label=f"Speaker {nr}") for nr, name in enumerate(names, start=1)}


def _heard(turns: Sequence[Turn], speakers: dict[str, Speaker], limit: float) -> tuple[Turn, ...]:
    names = {name: speaker.id for name, speaker in speakers.items()}
    moved = (
        Turn(
            start=_moment(turn.start, limit),
            end=_moment(turn.end, limit),
            speaker=names.setdefault(turn.speaker, f"S{len(names) + 1}"),
        )
        for turn in turns
        if _moment(turn.start, limit) < _moment(turn.end, limit)
    )
    return tuple(sorted(moved, key=lambda turn: (turn.start, turn.end)))


def _named(piece: Segment, number: int, speakers: dict[str, Speaker]) -> Segment:
    speaker = speakers[piece.speaker].id if piece.speaker else None
    return msgspec.structs.replace(_spoken_by(piece, speaker), id=f"s{number}")

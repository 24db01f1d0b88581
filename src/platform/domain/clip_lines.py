"""What is said in a clip as lines of about one subtitle each, which a person can correct; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import msgspec

from ..errors import BadInput
from . import clip_text, clip_text_words, languages, rewording, timeline, word_pieces, wording
from .clips import ClipWord
from .rewording import Reworded
from .subtitle_breaks import Grammar
from .subtitle_split import Limits, split
from .subtitle_times import CHARACTERS_PER_SECOND, LONGEST_MS, MOST_CHARACTERS_PER_SECOND, SHORTEST_MS
from .subtitle_tokens import Token, width
from .subtitles import LINE_WIDTH, PAUSE_SECONDS
from .timeline import Span
from .transcript import Transcript

_LIMITS = Limits(
    line_width=LINE_WIDTH,
    shortest=SHORTEST_MS / 1000,
    longest=LONGEST_MS / 1000,
    aim=CHARACTERS_PER_SECOND,
    most=MOST_CHARACTERS_PER_SECOND,
)
_MOST_SILENCE = 1.0  # seconds before and after a line that words added there may take


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of one speaker; ``words`` by the recording's time, ``places`` when they are heard in the clip.

    ``room``: the line with the silence around it that is nearer to it than to its neighbours, in the clip.
    """

    text: str
    speaker: str | None
    words: tuple[ClipWord, ...]
    places: tuple[Span, ...]
    room: Span

    @property
    def start(self) -> float:
        """Seconds of the clip."""
        return self.places[0].start


class _Spoken(msgspec.Struct, frozen=True):
    part: int
    word: ClipWord
    place: Span


def of(transcript: Transcript, spans: Sequence[Span], words: Sequence[ClipWord] | None = None) -> tuple[Line, ...]:
    """Return the lines of a clip in the order of play, a word that is played twice where it is first.

    ``words``: what a person wrote, else the transcript's own are meant. Lines end as subtitles do: at the end of
    sentences and clauses, at long pauses, where somebody else speaks, and after two lines on the screen at the latest.
    """
    return _lines(_own(transcript, spans, words), spans, transcript.language)


def corrected(
    transcript: Transcript, spans: Sequence[Span], words: Sequence[ClipWord] | None, typed: Sequence[str]
) -> tuple[ClipWord, ...] | None:
    """Return all words with the lines of the clip as they were typed, one text for each of ``of``; None if all stay.

    Words that were not touched, in this clip or outside of it, stay what they are.

    Raises:
        BadInput: there are more or fewer texts than lines.
    """
    own = _own(transcript, spans, words)
    lines = _lines(own, spans, transcript.language)
    if len(typed) != len(lines):
        raise BadInput("These are not as many lines as the clip has", hint="Open its words again.", field="line")
    changed = [(line, text) for line, text in zip(lines, typed, strict=True) if _is_changed(line, text)]
    if not changed:
        return None
    gone = {id(word) for line, _ in changed for word in line.words}  # not one that looks alike in another line
    kept = [word for word in (own if words is None else words) if id(word) not in gone]
    new = [word for line, text in changed for word in _new(line, text, spans, transcript.language)]
    return tuple(sorted([*kept, *new], key=lambda word: (word.start, word.end)))


def _is_changed(line: Line, typed: str) -> bool:
    return wording.clean(typed) != line.text


def _own(transcript: Transcript, spans: Sequence[Span], words: Sequence[ClipWord] | None) -> list[ClipWord]:
    """Return the words as a person would write them: theirs, else what the clip has of the transcript's."""
    if words is not None:
        return clip_text_words.ordered(transcript, words)
    said = clip_text_words.of(_near(transcript, spans))
    once = {id(word): word for _, word, _ in clip_text.heard(said, spans)}  # a reel may play it twice
    return [word for each in once.values() for word in clip_text_words.as_clip_words(each, transcript.language)]


def _near(transcript: Transcript, spans: Sequence[Span]) -> Transcript:
    """Return what is said around the spans: a clip is short, a talk may last for half a day."""
    played = timeline.merge(spans, gap=2 * _MOST_SILENCE)
    starts = [span.start - _MOST_SILENCE for span in played]
    near = [
        segment
        for segment in transcript.segments
        if (at := bisect_right(starts, segment.end)) and played[at - 1].end + _MOST_SILENCE >= segment.start
    ]
    return msgspec.structs.replace(transcript, segments=tuple(near))


def _lines(words: Sequence[ClipWord], spans: Sequence[Span], language: str | None) -> tuple[Line, ...]:
    pieces = list(_pieces(_spoken(words, spans), language))
    rooms = _rooms(pieces, sum(span.length for span in spans))
    return tuple(_line(piece, room, language) for piece, room in zip(pieces, rooms, strict=True))


def _spoken(words: Sequence[ClipWord], spans: Sequence[Span]) -> list[_Spoken]:
    parts = list(accumulate((_is_another(left, right) for left, right in pairwise(spans)), initial=0))
    found: dict[int, _Spoken] = {}
    for number, word, moved in clip_text.heard(words, spans):
        found.setdefault(id(word), _Spoken(parts[number], word, Span(moved.start, moved.end)))
    return list(found.values())


def _is_another(left: Span, right: Span) -> bool:
    return not 0 <= right.start - left.end <= clip_text.LONGEST_HOLE


def _pieces(spoken: Sequence[_Spoken], language: str | None) -> Iterator[Sequence[_Spoken]]:
    """Yield the words of each line."""
    grammar, is_spaced = Grammar(language), not languages.is_unspaced(language)
    for turn in _turns(spoken):
        tokens = [_token(each, is_spaced=is_spaced) for each in turn]
        at = 0
        for piece in split(tokens, until=tokens[-1].end, limits=_LIMITS, grammar=grammar):
            yield turn[at : at + len(piece)]
            at += len(piece)


def _token(each: _Spoken, *, is_spaced: bool) -> Token:
    text = wording.clean(each.word.text)
    if width(text) > LINE_WIDTH:  # several words as one, which is never torn apart: how it ends says where to cut
        text = text[-LINE_WIDTH // 2 :]
    return Token(text, each.place.start, each.place.end, is_spaced)


def _turns(spoken: Sequence[_Spoken]) -> Iterator[Sequence[_Spoken]]:
    begin = 0
    for at, (left, right) in enumerate(pairwise(spoken), start=1):
        is_another = (left.part, left.word.speaker) != (right.part, right.word.speaker)
        if is_another or not 0 <= right.place.start - left.place.start < PAUSE_SECONDS + left.place.length:
            yield spoken[begin:at]
            begin = at
    if spoken:
        yield spoken[begin:]


def _rooms(pieces: Sequence[Sequence[_Spoken]], duration: float) -> list[Span]:
    """Return for each line its time and half of the silence before and after it, if there is any."""
    lasting = [Span(piece[0].place.start, max(each.place.end for each in piece)) for piece in pieces]
    starts, ends = sorted(each.start for each in lasting), sorted(each.end for each in lasting)
    rooms = []
    for own in lasting:
        before, after = bisect_left(ends, own.end), bisect_right(starts, own.start)
        left = (own.start - ends[before - 1]) / 2 if before else own.start
        right = (starts[after] - own.end) / 2 if after < len(starts) else duration - own.end
        left, right = (min(max(silence, 0.0), _MOST_SILENCE) for silence in (left, right))
        rooms.append(Span(own.start - left, own.end + right))
    return rooms


def _line(piece: Sequence[_Spoken], room: Span, language: str | None) -> Line:
    return Line(
        text=rewording.line([word_pieces.spelled(each.word.text, language) for each in piece], language),
        speaker=piece[0].word.speaker,
        words=tuple(each.word for each in piece),
        places=tuple(each.place for each in piece),
        room=room,
    )


def _new(line: Line, typed: str, spans: Sequence[Span], language: str | None) -> list[ClipWord]:
    made = rewording.reworded([word.text for word in line.words], line.places, typed, room=line.room, language=language)
    words = [_word(each, line, spans) for each in made]
    is_parted = words and words[-1].text == words[-1].text.rstrip() and line.words[-1].text[-1:].isspace()
    if is_parted:
        words[-1] = msgspec.structs.replace(words[-1], text=f"{words[-1].text[: word_pieces.MOST_SIGNS - 1]} ")
    return words


def _word(made: Reworded, line: Line, spans: Sequence[Span]) -> ClipWord:
    if made.kept is not None:
        return msgspec.structs.replace(line.words[made.kept], text=made.text)
    there = _there(made.place, spans)
    return ClipWord(start=there.start, end=there.end, text=made.text, speaker=line.speaker)


def _there(place: Span, spans: Sequence[Span]) -> Span:
    """Return what of the recording is played then, of the span that plays its middle: a word is heard whole."""
    offsets = list(accumulate((span.length for span in spans), initial=0.0))[:-1]
    number = max(bisect_right(offsets, (place.start + place.end) / 2) - 1, 0)
    begin, span = offsets[number], spans[number]
    start, end = (span.start + min(max(at - begin, 0.0), span.length) for at in (place.start, place.end))
    return Span(round(start, 3), max(round(start, 3), round(end, 3)))

"""What was found out about a text, as the page shows it: summary, outline, key phrases, names, mood, languages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from ...platform.domain.insights import Chapter, Entity, Feeling, Highlight, Sentiment
from ...platform.domain.transcript import Transcript
from . import reading
from .places import Place, Places

# So many moments of one name or phrase are shown, and so many names or phrases before the rest is folded.
_MOMENTS, _FIRST = 5, 12
# What is usual comes in the middle of the bar.
_FEELINGS: tuple[Feeling, ...] = ("positive", "neutral", "negative")
_RARE = 2


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter of the outline."""

    place: Place
    title: str
    line: str
    summary: str


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A name or phrase; ``count`` how often it is said, ``places`` some of the moments, the first ones."""

    text: str
    count: int
    places: tuple[Place, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Names of a kind, the most frequent first; ``rest`` is folded away."""

    kind: str
    first: tuple[Named, ...]
    rest: tuple[Named, ...]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How many sentences sound so, and where they begin in a bar of 100."""

    feeling: Feeling
    count: int
    begin: float
    percent: float


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who speaks: for how many seconds, and which part of all speech that is."""

    label: str
    colour: int
    seconds: float
    percent: int


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; what there is not is empty. ``languages`` are those of the translations."""

    summary: tuple[str, ...]
    chapters: tuple[Entry, ...]
    phrases: Group
    names: tuple[Group, ...]
    mood: tuple[Share, ...]
    languages: tuple[str, ...]
    voices: tuple[Voice, ...]
    unsure: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands above the text."""
        return not (self.summary or self.chapters or self.phrases.first or self.names or self.mood)


def of(transcript: Transcript, part: reading.Part) -> Findings:
    """Return what the page of a job shows beside the lines of ``part``."""
    told = reading.insights(transcript)
    places = Places(transcript.segments, shown=part.begin, translation=part.translation)
    return Findings(
        summary=tuple(line for line in told.summary.splitlines() if line.strip()),
        chapters=tuple(_entry(one, places) for one in sorted(told.chapters, key=lambda each: each.start)),
        phrases=_phrases(told.highlights, places),
        names=_names(told.entities, places),
        mood=_mood(told.sentiments),
        languages=tuple(dict.fromkeys(each.language for each in told.translations)),
        voices=_voices(transcript),
        unsure=reading.count_unsure(transcript),
    )


def _entry(chapter: Chapter, places: Places) -> Entry:
    title = chapter.gist or chapter.headline
    line = chapter.headline if chapter.headline != title else ""
    summary = chapter.summary if chapter.summary not in (title, line) else ""
    return Entry(place=places.at(chapter.start), title=title or "Untitled", line=line, summary=summary)


def _phrases(highlights: Sequence[Highlight], places: Places) -> Group:
    ranked = sorted(highlights, key=lambda each: -each.rank)
    return _group(
        "", [_named(each.text, [span.start for span in each.spans], places, count=each.count) for each in ranked]
    )


def _names(entities: Iterable[Entity], places: Places) -> tuple[Group, ...]:
    kinds: defaultdict[str, defaultdict[str, list[Entity]]] = defaultdict(lambda: defaultdict(list))
    for entity in entities:
        kinds[entity.kind][entity.text.casefold()].append(entity)
    return tuple(
        _group(
            kind,
            sorted(
                (_named(same[0].text, [each.start for each in same], places) for same in texts.values()),
                key=lambda named: (-named.count, named.text.casefold()),
            ),
        )
        for kind, texts in sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0]))
    )


def _named(text: str, starts: Sequence[float], places: Places, *, count: int = 0) -> Named:
    first = sorted(starts)[:_MOMENTS]
    return Named(text=text, count=max(count, len(starts)), places=tuple(map(places.at, first)))


def _group(kind: str, named: Sequence[Named]) -> Group:
    # Two that are folded away take as much room as the line that unfolds them.
    first = len(named) if len(named) <= _FIRST + _RARE else _FIRST
    return Group(kind=kind, first=tuple(named[:first]), rest=tuple(named[first:]))


def _mood(sentiments: Sequence[Sentiment]) -> tuple[Share, ...]:
    counted, before, shares = Counter(each.sentiment for each in sentiments), 0, []
    for feeling in _FEELINGS if counted else ():
        count = counted[feeling]
        begin, percent = (100 * each / counted.total() for each in (before, count))
        shares.append(Share(feeling=feeling, count=count, begin=begin, percent=percent))
        before += count
    return tuple(shares)


def _voices(transcript: Transcript) -> tuple[Voice, ...]:
    spoken: defaultdict[str | None, float] = defaultdict(float)
    for segment in transcript.segments:
        spoken[segment.speaker] += max(segment.end - segment.start, 0.0)
    whole = sum(spoken.values()) or 1.0
    return tuple(
        Voice(label=label, colour=colour, seconds=spoken[one], percent=round(100 * spoken[one] / whole))
        for one, (label, colour) in reading.people(transcript).items()
    )

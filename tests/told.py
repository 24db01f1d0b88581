"""A talk in German and English ears: a finished transcript with everything that can be found out about one."""

from __future__ import annotations

from reelscribe.platform.domain.insights import (
    Chapter,
    Entity,
    Highlight,
    Insights,
    Sentiment,
    TranslatedSegment,
    Translation,
)
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import EngineName, Segment, Speaker, Transcript, Word

_LINES = (
    ("S1", "Welcome to the history of computing."),
    ("S1", "Ada Lovelace wrote the first programme in eighteen forty three."),
    ("S1", "Sadly, the engine was never built."),
    ("S2", "Why did nobody pay for it?"),
    ("S1", "Parliament in London had lost its patience with Charles Babbage."),
    ("S2", "That is a wonderful story."),
    ("S1", "A hundred years later the analytical engine came to life in Manchester."),
    ("S1", "Thank you for listening."),
)
_GERMAN = (
    "Willkommen zur Geschichte des Rechnens.",
    "Ada Lovelace schrieb achtzehnhundertdreiundvierzig das erste Programm.",
    "Leider wurde die Maschine nie gebaut.",
    "Warum hat niemand dafür bezahlt?",
    "Das Parlament in London hatte die Geduld mit Charles Babbage verloren.",
    "Das ist eine wunderbare Geschichte.",
    "Hundert Jahre später erwachte die analytische Maschine in Manchester zum Leben.",
)
# Each line takes four seconds, each word a third of one.
EACH = 4.0


def _segment(number: int, speaker: str, text: str) -> Segment:
    begin = number * EACH
    words = tuple(
        Word(start=begin + nr / 3, end=begin + (nr + 1) / 3, text=word, confidence=0.2 if word == "Babbage." else 0.9)
        for nr, word in enumerate(text.split())
    )
    return Segment(id=f"s{number + 1}", start=begin, end=begin + EACH, speaker=speaker, text=text, words=words)


SEGMENTS = tuple(_segment(number, *line) for number, line in enumerate(_LINES))

INSIGHTS = Insights(
    summary="Ada Lovelace wrote the first programme.\nThe machine for it came a century later.",
    chapters=(
        Chapter(start=0, end=12, gist="The first programme", headline="Ada Lovelace wrote it.", summary="In 1843."),
        Chapter(start=12, end=24, headline="Nobody paid for the machine"),
        Chapter(start=24, end=32, gist="A late start", headline="Manchester, a century later."),
    ),
    sentiments=(
        Sentiment(start=0, end=4, text="Welcome", sentiment="neutral"),
        Sentiment(start=8, end=12, text="Sadly", sentiment="negative", confidence=0.9),
        Sentiment(start=20, end=24, text="wonderful", sentiment="positive", confidence=0.9),
        Sentiment(start=28, end=32, text="Thank you", sentiment="positive"),
    ),
    entities=(
        Entity(start=4, end=5, kind="person_name", text="Ada Lovelace"),
        Entity(start=18, end=20, kind="person_name", text="Charles Babbage"),
        Entity(start=16.5, end=17, kind="location", text="London"),
        Entity(start=27, end=28, kind="location", text="Manchester"),
        Entity(start=6, end=8, kind="historical_year", text="1843"),
    ),
    highlights=(
        Highlight(text="the engine", count=2, rank=0.4, spans=(Span(8.3, 9), Span(25, 26))),
        Highlight(text="first programme", count=1, rank=0.9, spans=(Span(5.6, 6),)),
    ),
    paragraphs=("s1", "s3", "s4", "s5", "s6", "s7"),
    translations=(
        Translation(
            language="de",
            segments=tuple(TranslatedSegment(id=f"s{nr}", text=text) for nr, text in enumerate(_GERMAN, start=1)),
        ),
        Translation(language="ar", segments=(TranslatedSegment(id="s1", text="مرحبا بكم في تاريخ الحوسبة."),)),
    ),
)


def transcript(insights: Insights = INSIGHTS, segments: tuple[Segment, ...] = SEGMENTS) -> Transcript:
    """Return the talk of 32 seconds."""
    return Transcript(
        version=1,
        language="en",
        duration=32.0,
        engine=EngineName(name="assemblyai", model="universal"),
        speakers=(Speaker(id="S1", label="Speaker 1"), Speaker(id="S2", label="Speaker 2")),
        segments=segments,
        text=" ".join(segment.text for segment in segments),
        insights=insights,
    )

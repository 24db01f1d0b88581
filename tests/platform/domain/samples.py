"""Transcripts for the tests of the domain: hand-made ones and strategies for wild ones."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st
from reelscribe.platform.domain import assembly
from reelscribe.platform.domain.insights import Chapter, Insights
from reelscribe.platform.domain.transcript import EngineName, Segment, Transcript, Turn, Word

ENGINE = EngineName(name="stub", model="none")

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["-->", "a --> b", "00:00:01,000 --> 00:00:02,000", "<b>&amp;", "1\n2\n\n3", "=1+1", 'say "hi", ok', "\x00\x08",
     "WEBVTT", "a\tb", "well.", "今天很好" * 9, "x" * 100, "\ufffe\u2028", "# 1. _a_ [b](c)", "👩‍👩‍👧‍👦"]
)  # fmt: skip
SECONDS = st.floats(-5, 70) | st.sampled_from([0.0, 1.0, 1.0, 2.0, 60.0, float("nan"), float("inf")])
NAMES = st.sampled_from(["SPEAKER_00", "SPEAKER_01", "SPEAKER_02"])
WORDS = st.lists(st.builds(Word, start=SECONDS, end=SECONDS, text=TEXTS), max_size=6).map(tuple)
TURNS = st.lists(st.builds(Turn, start=st.floats(0, 60), end=st.floats(0, 60), speaker=NAMES), max_size=6)


def _spelled(segment: Segment) -> Segment:
    return Segment(
        id=segment.id,
        start=segment.start,
        end=segment.end,
        text=" ".join(word.text for word in segment.words),
        words=segment.words,
    )


_SEGMENT = st.builds(Segment, id=st.just("?"), start=SECONDS, end=SECONDS, text=TEXTS, words=WORDS, speaker=st.none())
SEGMENTS = st.lists(_SEGMENT | _SEGMENT.map(_spelled), max_size=6)
LANGUAGES = st.sampled_from([None, "en", "zh"])


def assembled(
    segments: list[Segment], turns: list[Turn] | tuple[()] = (), *, language: str | None = "en", duration: float = 60.0
) -> Transcript:
    """Return a transcript of sixty seconds."""
    return assembly.assemble(
        segments=segments, turns=turns, language=language, duration=duration, engine=ENGINE, version=1
    )


_CHAPTERS = st.builds(Chapter, start=st.floats(0, 60), end=st.just(60.0), headline=TEXTS, gist=TEXTS, summary=TEXTS)
INSIGHTS = st.builds(
    Insights,
    summary=TEXTS,
    chapters=st.lists(_CHAPTERS, max_size=3).map(tuple),
    paragraphs=st.sets(st.sampled_from(["s1", "s2", "s3"])).map(tuple),
)


def _told(made: Transcript, insights: Insights | None) -> Transcript:
    return made if insights is None else msgspec.structs.replace(made, insights=insights)


_PLAIN = st.builds(assembled, SEGMENTS, TURNS, language=LANGUAGES)
TRANSCRIPTS = st.builds(_told, _PLAIN, st.none() | INSIGHTS)


def words(text: str, *, start: float = 0.0, each: float = 0.5) -> tuple[Word, ...]:
    """Return the words of a text, one after the other, ``each`` seconds long."""
    return tuple(
        Word(start=start + nr * each, end=start + (nr + 1) * each, text=word) for nr, word in enumerate(text.split())
    )


def segment(text: str, *, start: float = 0.0, each: float = 0.5) -> Segment:
    """Return a segment whose words follow each other without a pause."""
    spoken = words(text, start=start, each=each)
    return Segment(id="?", start=spoken[0].start, end=spoken[-1].end, text=text, words=spoken)

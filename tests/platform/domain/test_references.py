"""What is known about a text follows its segments and speakers to their final names."""

from __future__ import annotations

import pytest
from msgspec import UNSET
from reelscribe.platform.domain import assembly
from reelscribe.platform.domain.insights import Insights, Sentiment, TranslatedSegment, Translation
from reelscribe.platform.domain.transcript import EngineName, Segment, Transcript, Turn, Word

# "a" is said by two people, so it becomes s1 and s2; "b" becomes s3.
TURNS = (Turn(start=0, end=2, speaker="X"), Turn(start=2, end=4, speaker="Y"), Turn(start=4, end=6, speaker="X"))


def words(first: float, *texts: str) -> tuple[Word, ...]:
    return tuple(Word(start=first + at, end=first + at + 1, text=text) for at, text in enumerate(texts))


SEGMENTS = (
    Segment(id="a", start=0, end=4, text="One two. Three four.", words=words(0, "One", "two.", "Three", "four.")),
    Segment(id="b", start=4, end=6, text="Five six.", words=words(4, "Five", "six.")),
)


def made(insights: Insights, *, turns: tuple[Turn, ...] = TURNS) -> Transcript:
    return assembly.assemble(
        segments=SEGMENTS,
        turns=turns,
        language="en",
        duration=6.0,
        engine=EngineName(name="stub", model="m"),
        version=1,
        insights=insights,
    )


def kept(transcript: Transcript) -> Insights:
    assert transcript.insights is not UNSET
    return transcript.insights


def test_transcript_has_no_insights_when_nothing_is_known() -> None:
    assert made(Insights()).insights is UNSET


def test_paragraphs_begin_with_the_first_part_of_a_segment_that_was_cut() -> None:
    transcript = made(Insights(paragraphs=("a", "b")))

    assert [segment.text for segment in transcript.segments] == ["One two.", "Three four.", "Five six."]
    assert kept(transcript).paragraphs == ("s1", "s3")


def test_translation_stands_at_the_first_part_and_keeps_the_order() -> None:
    told = (TranslatedSegment(id="b", text="fünf"), TranslatedSegment(id="a", text="eins"))

    found = kept(made(Insights(translations=(Translation(language="de", segments=told),))))

    assert [(each.id, each.text) for each in found.translations[0].segments] == [("s1", "eins"), ("s3", "fünf")]


@pytest.mark.parametrize(("speaker", "renamed"), [("X", "S1"), ("Y", "S2"), ("Z", None), (None, None)])
def test_speaker_of_a_feeling_is_renamed_with_the_speakers(speaker: str | None, renamed: str | None) -> None:
    feeling = Sentiment(start=0, end=1, text="One", sentiment="neutral", speaker=speaker)

    found = kept(made(Insights(sentiments=(feeling,))))

    assert found.sentiments[0].speaker == renamed


def test_what_belongs_to_no_segment_goes() -> None:
    insights = Insights(summary="Numbers.", paragraphs=("gone",))

    assert kept(made(insights)) == Insights(summary="Numbers.")


def test_insights_are_left_out_when_all_of_them_go() -> None:
    assert made(Insights(paragraphs=("gone",))).insights is UNSET


def test_speakers_of_the_engine_stay_when_nobody_else_told_them_apart() -> None:
    labelled = assembly.labelled(SEGMENTS, TURNS)

    assert [segment.speaker for segment in labelled] == ["X", "X"]
    assert [segment.id for segment in labelled] == ["a", "b"]

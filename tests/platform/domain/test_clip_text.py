"""The text of a clip is what is said inside its spans, by the clip's own clock."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from reelscribe.platform.domain import clip_text, subtitles, timeline
from reelscribe.platform.domain.clips import ClipWord
from reelscribe.platform.domain.insights import Insights
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment, Speaker, Transcript, Turn, Word

from .samples import ENGINE, SEGMENTS, TRANSCRIPTS, TURNS, assembled

FEW = settings(max_examples=40)  # transcripts take long to draw
# Apart and in the order of the recording, as choosing makes them.
SPANS = st.lists(st.builds(Span, st.floats(0, 60), st.floats(0, 60)), max_size=5).map(timeline.merge)
# Their texts are those of their words, as engines give them.
SPELLED = st.lists(
    st.builds(
        lambda start, parts: (start, parts),
        st.integers(0, 40),
        st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["well,", "a", "yes.", "2014"])), min_size=1, max_size=6),
    ),
    max_size=5,
).map(lambda drawn: assembled([spelled(start, parts) for start, parts in drawn]))
REEL = st.lists(st.builds(lambda start, length: Span(start, start + length), st.floats(0, 50), st.floats(0.1, 9)))


def spelled(start: float, parts: list[tuple[int, str]]) -> Segment:
    found: list[Word] = []
    at = start
    for tenths, text in parts:
        found.append(Word(start=round(at, 3), end=round(at + tenths / 10, 3), text=text))
        at = found[-1].end
    text = " ".join(word.text for word in found)
    return Segment(id="?", start=start, end=at, text=text, words=tuple(found))


TALK = Transcript(
    version=3,
    language="en",
    duration=20.0,
    engine=ENGINE,
    speakers=(Speaker(id="S1", label="Ann"), Speaker(id="S2", label="Ben")),
    segments=(
        Segment(
            id="s1",
            start=1.0,
            end=6.0,
            speaker="S1",
            text="Well, in 2014 it was um new.",
            words=tuple(
                Word(start=start, end=start + 0.5, text=text, confidence=0.9, speaker="S1")
                for start, text in ((1.0, "Well"), (2.0, "in"), (3.5, "it"), (4.0, "was"), (4.8, "um"), (5.5, "new"))
            ),
        ),
        Segment(id="s2", start=7.0, end=17.0, speaker="S2", text="five words without a clock", words=()),
    ),
    text="",
    insights=Insights(summary="All of it."),
    turns=(Turn(start=1.0, end=6.0, speaker="S1"),),
)


def words(made: Transcript) -> list[Word]:
    return [word for segment in made.segments for word in segment.words]


@FEW
@given(TRANSCRIPTS, SPANS)
def test_times_are_those_of_the_clip(made: Transcript, spans: tuple[Span, ...]) -> None:
    found = clip_text.cut(made, spans)

    assert found.duration == pytest.approx(sum(span.length for span in spans), abs=0.001)
    for each in (*found.segments, *words(found)):
        assert 0 <= each.start <= each.end <= found.duration + 0.001
    assert [segment.id for segment in found.segments] == [f"s{at}" for at in range(1, len(found.segments) + 1)]
    assert (found.speakers, found.language, found.engine) == (made.speakers, made.language, made.engine)


@FEW
@given(SEGMENTS, TURNS, SPANS)
def test_nobody_overlaps_themselves(segments: list[Segment], turns: list[Turn], spans: tuple[Span, ...]) -> None:
    found = clip_text.cut(assembled(segments, turns), spans)

    for speaker in {segment.speaker for segment in found.segments}:
        own = [segment for segment in found.segments if segment.speaker == speaker]
        assert all(one.end <= other.start + 0.001 for one, other in pairwise(own))
        for segment in own:
            assert all(one.end <= other.start + 0.001 for one, other in pairwise(segment.words))
            assert {word.speaker for word in segment.words} <= {speaker}


@given(SPELLED, SPANS)
def test_words_are_those_whose_middle_is_played(made: Transcript, spans: tuple[Span, ...]) -> None:
    found = words(clip_text.cut(made, spans))

    expected = [word for span in spans for word in words(made) if span.start <= (word.start + word.end) / 2 < span.end]
    extra = list(found)
    for word in expected:
        extra.remove(next(each for each in extra if each.text == word.text))
    # Those beside a hole may reach into what is played.
    assert not extra or len(spans) > 1


@given(SPELLED)
def test_whole_recording_says_the_same(made: Transcript) -> None:
    found = clip_text.cut(made, [Span(0.0, made.duration + 1.0)])

    assert found.text == made.text
    assert found.segments == made.segments


@FEW
@given(TRANSCRIPTS)
def test_text_that_a_person_wrote_is_kept(made: Transcript) -> None:
    found = clip_text.cut(made, [Span(0.0, made.duration + 1.0)])

    assert "".join(found.text.split()) == "".join(made.text.split())


@FEW
@given(TRANSCRIPTS, REEL)
def test_reel_in_any_order_has_subtitles(made: Transcript, spans: list[Span]) -> None:
    found = clip_text.cut(made, spans)

    assert all(one.start <= other.start for one, other in pairwise(found.segments))
    assert all(cue.lines for cue in subtitles.cues(found))


def test_segment_keeps_its_marks_without_what_is_not_played() -> None:
    found = clip_text.cut(TALK, [Span(1.8, 4.6), Span(5.4, 6.4)])

    (segment,) = found.segments
    assert segment.text == found.text == "in 2014 it was new."
    assert [(word.start, word.end) for word in segment.words] == [(0.2, 0.7), (1.7, 2.2), (2.2, 2.7), (2.9, 3.4)]
    assert {(word.confidence, word.speaker) for word in segment.words} == {(0.9, "S1")}
    assert (found.version, found.insights, found.turns) == (3, UNSET, UNSET)


def test_word_that_reaches_into_a_removed_pause_stays() -> None:
    late = msgspec.structs.replace(TALK.segments[0].words[3], start=4.4, end=5.3)  # its middle is in the hole
    talk = msgspec.structs.replace(TALK, segments=(Segment(id="s1", start=4.4, end=5.3, text="was", words=(late,)),))

    found = clip_text.cut(talk, [Span(1.0, 4.75), Span(5.5, 8.0)])

    assert [(word.start, word.end) for word in words(found)] == [(3.4, 3.75)]


def test_text_without_word_times_is_shared_by_its_length() -> None:
    found = clip_text.cut(TALK, [Span(6.5, 11.0)])

    (segment,) = found.segments
    assert segment.text == "five words"  # of 26 signs in ten seconds, eleven are said by 11.0
    assert (segment.words, segment.speaker) == ((), "S2")
    assert pytest.approx(segment.start) == 0.5
    assert segment.end <= 4.5


def test_words_of_a_person_replace_those_of_the_transcript() -> None:
    given = [
        ClipWord(start=2.0, end=2.5, text="In"),
        ClipWord(start=3.5, end=4.4, text="fact,"),
        ClipWord(start=8.0, end=9.0, text="yes!", speaker="S1"),
        ClipWord(start=15.0, end=16.0, text="not here"),
    ]

    found = clip_text.cut(TALK, [Span(1.5, 10.0)], given)

    assert [(segment.speaker, segment.text) for segment in found.segments] == [("S1", "In fact,"), ("S1", "yes!")]
    assert [(word.start, word.text) for word in words(found)] == [(0.5, "In"), (2.0, "fact,"), (6.5, "yes!")]


def test_words_of_a_person_are_joined_as_the_language_writes_them() -> None:
    talk = msgspec.structs.replace(TALK, language="zh")

    found = clip_text.cut(
        talk, [Span(0.0, 6.0)], [ClipWord(start=1, end=2, text="今天"), ClipWord(start=2, end=3, text="很好")]
    )

    assert found.text == "今天很好"


@given(REEL.filter(bool), st.floats(0, 60))
def test_moments_of_a_clip_come_back_to_the_recording(spans: list[Span], seconds: float) -> None:
    at = clip_text.to_clip(spans, seconds)

    if at is None:
        assert not any(span.start <= seconds <= span.end for span in spans)
    else:
        there = clip_text.to_recording(spans, at)
        # At a join two moments of the recording are one of the clip.
        joins = [edge for span in spans for edge in (span.start, span.end)]
        assert there == pytest.approx(seconds) or any(seconds == pytest.approx(join) for join in joins)


@pytest.mark.parametrize(("seconds", "there"), [(-1.0, 10.0), (0.0, 10.0), (2.0, 15.0), (9.0, 16.0)])
def test_moments_outside_a_clip_are_its_ends(seconds: float, there: float) -> None:
    assert clip_text.to_recording([Span(10.0, 12.0), Span(15.0, 16.0)], seconds) == there

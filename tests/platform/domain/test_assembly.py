from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from reelscribe.platform.domain import wording
from reelscribe.platform.domain.transcript import Segment, Speaker, Turn, Word

from .samples import LANGUAGES, SEGMENTS, TURNS, assembled, segment


@given(SEGMENTS, TURNS, LANGUAGES)
def test_every_word_stays(segments: list[Segment], turns: list[Turn], language: str | None) -> None:
    made = assembled(segments, turns, language=language)

    given_words = Counter(wording.clean(word.text) for one in segments for word in one.words)
    del given_words[""]
    assert Counter(word.text for one in made.segments for word in one.words) == given_words


@given(SEGMENTS, TURNS)
def test_all_text_stays(segments: list[Segment], turns: list[Turn]) -> None:
    made = assembled(segments, turns)

    given_text = "".join(wording.clean(one.text) or "".join(word.text for word in one.words) for one in segments)
    signs = Counter(sign for sign in wording.clean(given_text) if not sign.isspace())
    assert Counter(sign for sign in made.text if not sign.isspace()) == signs


@given(SEGMENTS, TURNS)
def test_times_are_in_order_and_inside_the_recording(segments: list[Segment], turns: list[Turn]) -> None:
    made = assembled(segments, turns)

    starts = [one.start for one in made.segments]
    assert starts == sorted(starts)
    for one in made.segments:
        assert 0 <= one.start <= one.end <= made.duration
        times = [time for word in one.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert all(one.start <= time <= one.end for time in times)


@given(SEGMENTS, TURNS)
def test_nothing_overlaps_within_a_speaker(segments: list[Segment], turns: list[Turn]) -> None:
    made = assembled(segments, turns)

    by_speaker = defaultdict(list)
    for one in made.segments:
        by_speaker[one.speaker].append(one)
    for own in by_speaker.values():
        assert all(left.end <= right.start for left, right in pairwise(own))


@given(SEGMENTS, TURNS)
def test_names_are_those_of_first_speech(segments: list[Segment], turns: list[Turn]) -> None:
    made = assembled(segments, turns)

    assert [one.id for one in made.segments] == [f"s{nr + 1}" for nr in range(len(made.segments))]
    heard = dict.fromkeys(one.speaker for one in made.segments if one.speaker)
    assert [speaker.id for speaker in made.speakers] == list(heard) == [f"S{nr + 1}" for nr in range(len(heard))]
    assert all(word.speaker == one.speaker for one in made.segments for word in one.words)


@given(SEGMENTS)
def test_nobody_is_named_without_turns(segments: list[Segment]) -> None:
    made = assembled(segments)

    assert made.speakers == ()
    assert {one.speaker for one in made.segments} <= {None}


@given(SEGMENTS, TURNS)
def test_text_is_never_empty(segments: list[Segment], turns: list[Turn]) -> None:
    assert all(one.text == wording.clean(one.text) != "" for one in assembled(segments, turns).segments)


def test_segment_is_cut_where_the_speaker_changes() -> None:
    spoken = segment("Shall we go? Yes, let us go.", each=1.0)  # 0 to 7 s
    turns = [Turn(start=0, end=3, speaker="SPEAKER_07"), Turn(start=3, end=7, speaker="SPEAKER_02")]

    made = assembled([spoken], turns)

    assert [(one.speaker, one.start, one.end, one.text) for one in made.segments] == [
        ("S1", 0, 3, "Shall we go?"),
        ("S2", 3, 7, "Yes, let us go."),
    ]
    assert made.speakers == (Speaker(id="S1", label="Speaker 1"), Speaker(id="S2", label="Speaker 2"))
    assert made.text == "Shall we go? Yes, let us go."


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("so we went there and then home", ["so we went there and then home"]),
        ("So we went. Right. And then home", ["So we went.", "Right.", "And then home"]),
    ],
)
def test_lone_word_of_another_stays_only_as_a_sentence(text: str, pieces: list[str]) -> None:
    turns = [
        Turn(start=0, end=3, speaker="A"),
        Turn(start=3, end=4, speaker="B"),
        Turn(start=4, end=9, speaker="A"),
    ]

    assert [one.text for one in assembled([segment(text, each=1.0)], turns).segments] == pieces


def test_word_between_turns_goes_to_the_nearest() -> None:
    turns = [Turn(start=0, end=1, speaker="A"), Turn(start=5, end=9, speaker="B")]
    spoken = [segment("near one", start=1.5, each=0.2), segment("near two", start=4, each=0.2)]

    assert [one.speaker for one in assembled(spoken, turns).segments] == ["S1", "S2"]


def test_word_goes_to_who_is_heard_most() -> None:
    turns = [
        Turn(start=0, end=10, speaker="A"),
        Turn(start=2.2, end=2.4, speaker="B"),
        Turn(start=10, end=20, speaker="B"),
    ]
    spoken = [segment("one two three", start=1, each=1.0), segment("four five", start=9.9, each=1.0)]

    assert [one.speaker for one in assembled(spoken, turns).segments] == ["S1", "S2"]


def test_text_that_words_leave_out_is_kept_when_a_segment_is_cut() -> None:
    spoken = Segment(
        id="?",
        start=0,
        end=4,
        text="It was 2014, then? No, no.",
        words=tuple(Word(start=nr, end=nr + 1, text=text) for nr, text in enumerate(["It", "was", "No,", "no."])),
    )
    turns = [Turn(start=0, end=2, speaker="A"), Turn(start=2, end=4, speaker="B")]

    assert [one.text for one in assembled([spoken], turns).segments] == ["It was 2014, then?", "No, no."]


def test_speakers_of_the_engine_are_kept_without_turns() -> None:
    spoken = [Segment(id="?", start=nr, end=nr + 1, text="hm", speaker=who) for nr, who in enumerate(["B", "A", "B"])]

    assert [one.speaker for one in assembled(spoken).segments] == ["S1", "S2", "S1"]


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "今天很好"), ("ja", "今天很好"), ("ko", "今天 很好"), (None, "今天 很好")]
)
def test_words_are_joined_as_the_language_does(language: str | None, text: str) -> None:
    spoken = Segment(
        id="?", start=0, end=2, text="", words=(Word(start=0, end=1, text="今天"), Word(start=1, end=2, text="很好"))
    )

    assert assembled([spoken], language=language).text == text


def test_two_segments_of_one_voice_are_parted_at_the_later_start() -> None:
    made = assembled([segment("one two three", each=1.0), segment("four five", start=2.5, each=1.0)])

    assert [(one.start, one.end) for one in made.segments] == [(0, 2.5), (2.5, 4.5)]


def test_two_voices_may_overlap() -> None:
    turns = [Turn(start=0, end=3, speaker="A"), Turn(start=2.5, end=5, speaker="B")]

    made = assembled([segment("one two three", each=1.0), segment("four five", start=2.8, each=1.0)], turns)

    assert [(one.speaker, one.start, one.end) for one in made.segments] == [("S1", 0, 3), ("S2", 2.8, 4.8)]


def test_turns_are_kept_under_the_new_names_also_of_who_says_no_word() -> None:
    turns = [
        Turn(start=2.0, end=4.0, speaker="SPEAKER_00"),
        Turn(start=0.0, end=2.5, speaker="SPEAKER_07"),
        Turn(start=1.0, end=1.0, speaker="SPEAKER_08"),
        Turn(start=3.5, end=99.0, speaker="SPEAKER_09"),
    ]

    made = assembled([segment("Yes.", start=0.5), segment("No.", start=2.8)], turns)

    # Only two of them say a word; the third is heard until the recording ends.
    assert [one.id for one in made.speakers] == ["S1", "S2"]
    assert made.turns == (
        Turn(start=0.0, end=2.5, speaker="S1"),
        Turn(start=2.0, end=4.0, speaker="S2"),
        Turn(start=3.5, end=made.duration, speaker="S3"),
    )


@given(SEGMENTS)
def test_there_are_no_turns_where_nobody_told_voices_apart(segments: list[Segment]) -> None:
    assert not assembled(segments, []).turns

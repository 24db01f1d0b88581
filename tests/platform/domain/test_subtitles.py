from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import subtitles, wording
from reelscribe.platform.domain.subtitle_tokens import tokens, width, written
from reelscribe.platform.domain.transcript import Segment, Speaker, Transcript, Turn, Word

from .samples import ENGINE, SEGMENTS, TRANSCRIPTS, assembled, segment


def signs(text: str) -> str:
    return "".join(text.split())


@given(TRANSCRIPTS)
def test_cues_fit_the_screen(made: Transcript) -> None:
    for cue in subtitles.cues(made):
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < len(line) <= width(line) <= subtitles.LINE_WIDTH for line in cue.lines)


@given(TRANSCRIPTS)
def test_cues_follow_each_other_without_overlap(made: Transcript) -> None:
    found = subtitles.cues(made)

    assert all(left.start_ms < left.end_ms <= right.start_ms for left, right in pairwise(found))
    assert all(0 < cue.end_ms - cue.start_ms <= subtitles.LONGEST_MS for cue in found)


@given(TRANSCRIPTS)
def test_cues_hold_all_that_each_speaker_says(made: Transcript) -> None:
    found = subtitles.cues(made)

    for speaker in {one.speaker for one in made.segments}:
        shown = sorted(sign for cue in found if cue.speaker == speaker for line in cue.lines for sign in signs(line))
        said = sorted(sign for one in made.segments if one.speaker == speaker for sign in signs(one.text))
        assert shown == said


@given(SEGMENTS)
def test_tokens_write_the_text_again(segments: list[Segment]) -> None:
    for one in assembled(segments).segments:
        assert written(tokens(one, widest=subtitles.LINE_WIDTH)) == one.text


def test_cue_ends_with_a_sentence_rather_than_when_it_is_full() -> None:
    spoken = segment(
        "This is the first sentence and it has a certain length. The second one goes on for longer than fits.", each=0.3
    )

    first, second = subtitles.cues(assembled([spoken]))

    assert " ".join(first.lines) == "This is the first sentence and it has a certain length."
    assert (first.start_ms, first.end_ms) == (0, 3300)  # 11 words of 0.3 s
    assert second.start_ms == 3300


def test_line_is_broken_after_a_clause() -> None:
    (cue,) = subtitles.cues(assembled([segment("When the lecture was over, everybody went home again.", each=0.3)]))

    assert cue.lines == ("When the lecture was over,", "everybody went home again.")


def test_short_cue_stays_for_its_shortest_time() -> None:
    first, second = subtitles.cues(assembled([segment("Yes.", each=0.1), segment("No.", start=20, each=0.1)]))

    assert (first.start_ms, first.end_ms) == (0, 833)
    assert (second.start_ms, second.end_ms) == (20_000, 20_833)


def test_short_cue_gives_way_to_the_next() -> None:
    turns = [Turn(start=0, end=0.5, speaker="A"), Turn(start=0.6, end=5, speaker="B")]

    first, second = subtitles.cues(
        assembled([segment("Yes.", each=0.5), segment("Well then.", start=0.6, each=2.0)], turns)
    )

    # 833 ms for the first: that costs the second 233 of its 4000 ms.
    assert (first.end_ms, second.start_ms) == (833, 833)


def test_cue_ends_at_a_pause() -> None:
    spoken = [*segment("Let me think").words, *segment("about it", start=5).words]
    one = Segment(id="?", start=0, end=6, text="Let me think about it", words=tuple(spoken))

    assert [cue.lines for cue in subtitles.cues(assembled([one]))] == [("Let me think",), ("about it",)]


def test_long_cue_leaves_after_seven_seconds() -> None:
    (cue,) = subtitles.cues(assembled([Segment(id="?", start=0, end=50, text="Hmmm")]))

    assert cue.end_ms == 7000


def test_cue_never_crosses_speakers() -> None:
    turns = [Turn(start=0, end=1, speaker="A"), Turn(start=1, end=2, speaker="B")]

    found = subtitles.cues(assembled([segment("Is it? It is.")], turns), labelled=True)

    assert [(cue.speaker, cue.lines) for cue in found] == [
        ("S1", ("Speaker 1: Is it?",)),
        ("S2", ("Speaker 2: It is.",)),
    ]


def test_chinese_lines_count_double() -> None:
    text = "今天我们来讨论机器学习的基本概念。以及它在现实生活中的各种应用和未来的发展方向"

    found = subtitles.cues(assembled([Segment(id="?", start=0, end=12, text=text)], language="zh"))

    assert "".join(line for cue in found for line in cue.lines) == text
    assert max(len(line) for cue in found for line in cue.lines) <= 21
    assert found[0].lines[-1].endswith("。")


@pytest.mark.parametrize(("text", "places"), [("abc", 3), ("日本", 4), ("é", 1), ("", 0)])
def test_width(text: str, places: int) -> None:
    assert width(text) == places


@pytest.mark.parametrize(
    ("text", "is_sentence", "is_clause"),
    [("Yes.", True, True), ('"Yes!"', True, True), ("好。", True, True), ("well,", False, True), ("a", False, False)],
)
def test_ends_are_recognised(text: str, is_sentence: bool, is_clause: bool) -> None:
    assert (wording.ends_sentence(text), wording.ends_clause(text)) == (is_sentence, is_clause)


# Speech of human speed: at most fifteen places a second (180 English words a minute), turns of at least a second,
# pauses of any length, and room to breathe before somebody else speaks.
LETTERS = st.text("abcdefgh,.?", min_size=1, max_size=9).map(lambda text: text if text[0].isalpha() else f"a{text}")
HAN = st.text("今天我们来讨论机器学习的基本概念、。", min_size=1, max_size=4)
SPEED = st.floats(4, 15)
PAUSES = st.sampled_from([0.0, 0.0, 0.0, 0.0, 0.1, 0.25, 0.5, 1.0, 1.6, 4.0])


@st.composite
def human_speech(draw: st.DrawFn, spellings: st.SearchStrategy[str] = LETTERS, language: str = "en") -> Transcript:
    at, segments = draw(st.floats(0, 2)), []
    for nr in range(draw(st.integers(1, 4))):
        spoken: list[Word] = []
        begin = at
        while at - begin < 1.0 or draw(st.integers(0, 12)):
            text = draw(spellings)
            if spoken:
                at += draw(PAUSES)
            length = (width(text) + 1) / draw(SPEED)
            spoken.append(Word(start=at, end=at + length, text=text))
            at += length
        join = "" if language == "zh" else " "
        text = join.join(word.text for word in spoken)
        speaker = draw(st.sampled_from(["S1", "S2"]))
        segments.append(Segment(id=f"s{nr}", start=begin, end=at, speaker=speaker, text=text, words=tuple(spoken)))
        at += draw(PAUSES)
    speakers = (Speaker(id="S1", label="Ann"), Speaker(id="S2", label="Bob"))
    return Transcript(
        version=1, language=language, duration=at + 1, engine=ENGINE, speakers=speakers, segments=tuple(segments)
    )


def assert_readable(found: tuple[subtitles.Cue, ...], line_width: int) -> None:
    for cue in found:
        shown_ms = cue.end_ms - cue.start_ms
        assert 1 <= len(cue.lines) <= 2
        assert all(width(line) <= line_width for line in cue.lines)
        assert subtitles.SHORTEST_MS <= shown_ms <= subtitles.LONGEST_MS
        assert width(" ".join(cue.lines)) * 1000 <= subtitles.MOST_CHARACTERS_PER_SECOND * shown_ms
    for left, right in pairwise(found):
        assert right.start_ms - left.end_ms == 0 or right.start_ms - left.end_ms >= subtitles.GAP_MS


@given(human_speech(), st.sampled_from([42, 32, 24]), st.booleans())
def test_speech_of_human_speed_keeps_every_limit(made: Transcript, line_width: int, labelled: bool) -> None:
    assert_readable(subtitles.cues(made, line_width=line_width, labelled=labelled), line_width)


@given(human_speech(HAN, "zh"), st.sampled_from([(42, 32), (24, 18)]))
def test_chinese_of_human_speed_keeps_every_limit(made: Transcript, widths: tuple[int, int]) -> None:
    given_width, full_width = widths  # 32 places are 16 signs

    assert_readable(subtitles.cues(made, line_width=given_width), full_width)


@given(human_speech())
def test_words_stay_in_step_with_the_voice(made: Transcript) -> None:
    for cue in subtitles.cues(made):
        late_ms = cue.start_ms - round(cue.words[0][0].start * 1000)

        assert 0 <= late_ms <= subtitles.LATEST_MS


def test_short_cue_is_merged_with_its_speakers_next() -> None:
    (cue,) = subtitles.cues(assembled([segment("Yes.", each=0.4), segment("I think so.", start=0.5)]))

    assert cue.lines == ("Yes. I think so.",)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        # before a conjunction, though after "and" the lines would be more even
        (
            "The committee met in the old town hall and everybody spoke.",
            ("The committee met in the old town hall", "and everybody spoke."),
        ),
        # never between an article and its noun
        (
            "She explained how carefully they measured the temperature.",
            ("She explained how carefully", "they measured the temperature."),
        ),
        # a title's dot ends no sentence
        (
            "Yesterday we saw how happily Mr. Smith accepted gifts.",
            ("Yesterday we saw how happily", "Mr. Smith accepted gifts."),
        ),
    ],
)
def test_lines_break_where_a_phrase_ends(text: str, lines: tuple[str, ...]) -> None:
    (cue,) = subtitles.cues(assembled([segment(text, each=0.4)]))

    assert cue.lines == lines


def test_no_chinese_line_begins_with_punctuation() -> None:
    text = "我们今天来讨论机器学习的基本概念和方法，以及它在现实生活中的各种各样的应用。"  # noqa: RUF001 - Chinese

    found = subtitles.cues(assembled([Segment(id="?", start=0, end=12, text=text)], language="zh"))

    assert [line for cue in found for line in cue.lines if line[0] in "、，。"] == []  # noqa: RUF001 - Chinese


def test_last_words_wait_for_the_reader_where_the_recording_goes_on() -> None:
    (cue,) = subtitles.cues(assembled([segment("An extraordinarily complicated sentence.", each=0.25)], duration=60))

    # 40 places at 17 a second, though it was said in one second
    assert (cue.start_ms, cue.end_ms) == (0, 2353)


def test_all_words_are_shown_in_time_where_nobody_can_read_as_fast() -> None:
    made = assembled([segment(" ".join(["extraordinary"] * 40), each=0.3)], duration=12)  # 47 places a second

    found = subtitles.cues(made)

    assert sum(len(line.split()) for cue in found for line in cue.lines) == 40
    assert len(found) < 12  # long subtitles rather than words that flash by
    assert all(cue.start_ms - cue.words[0][0].start * 1000 <= subtitles.LATEST_MS for cue in found)


def test_narrow_lines_hold_a_long_label() -> None:
    turns = [Turn(start=0, end=9, speaker="A")]
    made = assembled([segment("Incomprehensibilities are many.")], turns)
    named = msgspec.structs.replace(made, speakers=(Speaker(id="S1", label="The Right Honourable Member"),))

    assert all(width(line) <= 24 for cue in subtitles.cues(named, labelled=True, line_width=24) for line in cue.lines)


def test_no_cue_goes_on_over_a_cut() -> None:
    made = assembled([segment("We all agree. Now for something else.", each=0.4)])

    assert len(subtitles.cues(made)) == 1
    assert [cue.lines for cue in subtitles.cues(made, cuts=[0.0, 1.25])] == [
        ("We all agree.",),
        ("Now for something else.",),
    ]


def test_label_that_nobody_could_read_is_left_out() -> None:
    turns = [Turn(start=0, end=0.9, speaker="A"), Turn(start=0.9, end=9, speaker="B")]
    spoken = [segment("Absolutely not.", each=0.45), segment("You said so in this very room.", start=0.9, each=0.2)]

    first, second = subtitles.cues(assembled(spoken, turns, duration=2.3), labelled=True)

    assert first.lines == ("Absolutely not.",)  # 15 places in 0.9 s are 17 a second, with the label 29
    assert second.lines == ("You said so in this very room.",)

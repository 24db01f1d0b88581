from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from reelscribe.platform.domain import subtitles, wording
from reelscribe.platform.domain.subtitle_tokens import tokens, width, written
from reelscribe.platform.domain.transcript import Segment, Transcript, Turn

from .samples import SEGMENTS, TRANSCRIPTS, assembled, segment


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
    first, second = subtitles.cues(assembled([segment("Yes.", each=0.5), segment("Well then.", start=0.6, each=2.0)]))

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

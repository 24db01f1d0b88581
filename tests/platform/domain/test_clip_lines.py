"""The lines of a clip, and what becomes of its words when some of them are corrected."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reelscribe.platform.domain import clip_lines, clip_text, timeline
from reelscribe.platform.domain.clips import ClipWord
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment, Transcript, Turn, Word
from reelscribe.platform.errors import BadInput

from .samples import TRANSCRIPTS, assembled, words

FEW = settings(max_examples=40)  # transcripts take long to draw
SPANS = st.lists(st.builds(Span, st.floats(0, 60), st.floats(0, 60)), max_size=5).map(timeline.merge)
REEL = st.lists(st.builds(lambda start, length: Span(start, start + length), st.floats(0, 50), st.floats(0.1, 9)))


def talk(*sentences: str, speakers: str = "A") -> Transcript:
    """Each sentence from a full ten seconds on, a word in half a second without silence."""
    return assembled(
        [
            Segment(
                id="?",
                start=number * 10.0,
                end=number * 10.0 + len(sentence.split()) / 2,
                text=sentence,
                words=tuple(
                    Word(start=number * 10 + at / 2, end=number * 10 + at / 2 + 0.5, text=word)
                    for at, word in enumerate(sentence.split())
                ),
            )
            for number, sentence in enumerate(sentences)
        ],
        [
            Turn(start=number * 10.0, end=number * 10.0 + 9, speaker=speakers[number % len(speakers)])
            for number in range(len(sentences))
        ],
    )


TALK = talk("The boat is on the river.", "It goes up, not down.", speakers="AB")
ALL = (Span(0.0, 60.0),)


@FEW
@given(TRANSCRIPTS, SPANS | REEL)
def test_lines_hold_every_word_of_the_clip(made: Transcript, spans: list[Span]) -> None:
    lines = clip_lines.of(made, spans)

    heard = {id(word) for line in lines for word in line.words}
    assert sum(len(line.words) for line in lines) == len(heard)
    assert all(line.text and line.words for line in lines)
    signs = "".join("".join(line.text.split()) for line in lines)
    if len(spans) == 1:  # otherwise what is played twice is shown once
        assert sorted(signs) == sorted("".join(clip_text.cut(made, spans).text.split()))


@FEW
@given(TRANSCRIPTS, SPANS)
def test_clip_says_the_same_with_its_words_written_down(made: Transcript, spans: list[Span]) -> None:
    lines = clip_lines.of(made, spans)
    written = [word for line in lines for word in line.words]

    again = clip_text.cut(made, spans, written)

    assert sorted("".join(again.text.split())) == sorted("".join(clip_text.cut(made, spans).text.split()))
    if _is_in_turn(made):  # where people speak at once, a line may end elsewhere
        assert [line.text for line in clip_lines.of(made, spans, written)] == [line.text for line in lines]


def _is_in_turn(made: Transcript) -> bool:
    """Whether every word ends before the next one begins, and every segment before the next one."""
    said = [word for segment in made.segments for word in segment.words]
    in_turn = all(left.end <= right.start and left.start < right.start for left, right in pairwise(said))
    return in_turn and all(left.end <= right.start for left, right in pairwise(made.segments))


@FEW
@given(TRANSCRIPTS, SPANS | REEL, st.data())
def test_untouched_lines_keep_every_word(made: Transcript, spans: list[Span], data: st.DataObject) -> None:
    lines = clip_lines.of(made, spans)
    typed = [data.draw(st.sampled_from([line.text, line.text, "", "Quite another line, 今天."])) for line in lines]

    after = clip_lines.corrected(made, spans, None, typed)

    if after is None:
        assert typed == [line.text for line in lines]
        return
    untouched = [word for line, text in zip(lines, typed, strict=True) for word in line.words if text == line.text]
    assert set(untouched) <= set(after)
    assert msgspec.json.decode(msgspec.json.encode(after), type=tuple[ClipWord, ...]) == after
    assert len(clip_text.heard(after, spans)) >= len(after)  # what was typed is in the clip


def test_lines_end_with_sentences_and_speakers() -> None:
    made = talk("Yes. The boat that we saw is on the river.", "No!", speakers="AB")

    lines = clip_lines.of(made, ALL)

    assert [(line.text, line.speaker, line.start) for line in lines] == [
        ("Yes. The boat that we saw is on the river.", "S1", 0.0),
        ("No!", "S2", 10.0),
    ]


def test_no_line_goes_from_one_clip_of_a_reel_into_the_next() -> None:
    made = talk("One two three four.", "Five six seven eight.")

    lines = clip_lines.of(made, (Span(11.0, 12.0), Span(0.0, 1.0)))

    assert [(line.text, line.start) for line in lines] == [("seven eight.", 0.0), ("One two", 1.0)]


def test_corrected_line_leaves_the_others_and_what_is_outside() -> None:
    outside = ClipWord(start=50.0, end=51.0, text="later")
    spans = (Span(0.0, 20.0),)
    first = clip_lines.corrected(TALK, spans, None, ["The goat is on the river.", "It goes up, not down."])
    assert first is not None

    after = clip_lines.corrected(TALK, spans, (*first, outside), ["The goat is on the river.", ""])

    assert after is not None
    assert " ".join(word.text for word in after) == "The goat is on the river. later"
    assert after[1] == ClipWord(start=0.5, end=1.0, text="goat", speaker="S1")


def test_words_added_to_a_line_stay_before_the_one_that_follows_at_once() -> None:
    said = (
        ClipWord(start=at, end=at + 0.3, text=text, speaker=text) for at, text in ((0.0, "A"), (0.3, "B"), (5, "C"))
    )

    after = clip_lines.corrected(TALK, (Span(0.0, 9.0),), tuple(said), ["A and quite a few more", "B", "C"])

    assert after is not None
    assert " ".join(word.text for word in after) == "A and quite a few more B C"


def test_words_around_a_cut_are_heard() -> None:
    spans = (Span(0.0, 1.2), Span(1.7, 3.0))  # most of "is" and the begin of "on" are cut out

    after = clip_lines.corrected(TALK, spans, None, ["The raft of logs was river."])

    assert after is not None
    assert clip_text.cut(TALK, spans, after).text == "The raft of logs was river."


@pytest.mark.parametrize("typed", ["القارب في النهر.", "הסירה בנהר"])
def test_writing_from_right_to_left_is_kept(typed: str) -> None:
    after = clip_lines.corrected(TALK, (Span(0.0, 9.0),), None, [typed])

    assert after is not None
    assert clip_text.cut(TALK, (Span(0.0, 9.0),), after).text == typed


def test_nothing_changes_when_only_spaces_do() -> None:
    assert clip_lines.corrected(TALK, (Span(0.0, 9.0),), None, ["The  boat is on\nthe river. "]) is None


def test_people_who_speak_at_once_are_told_apart() -> None:
    at_once = [
        Segment(
            id=speaker,
            start=words[0].start,
            end=words[-1].end,
            text=" ".join(word.text for word in words),
            speaker=speaker,
            words=words,
        )
        for speaker, words in (("S1", words("one two three four")), ("S2", words("yes it is so", start=0.2)))
    ]
    made = msgspec.structs.replace(TALK, segments=tuple(at_once))

    corrected = clip_lines.corrected(made, ALL, None, ["one too three four", "yes it is so"])

    assert corrected is not None
    assert [segment.text for segment in clip_text.cut(made, ALL, corrected).segments] == [
        "one too three four",
        "yes it is so",
    ]


def test_corrected_takes_as_many_texts_as_there_are_lines() -> None:
    with pytest.raises(BadInput, match="as many lines"):
        clip_lines.corrected(TALK, ALL, None, ["The boat is on the river."])

"""A better text keeps the times."""

from __future__ import annotations

import pytest
from reelscribe.platform.domain import improvement
from reelscribe.platform.domain.transcript import Segment, Word

WORDS = (Word(start=0.0, end=0.5, text="hello"), Word(start=0.5, end=1.0, text="world"))
PLAIN = Segment(id="s1", start=0.0, end=1.0, speaker="A", text="hello world", words=WORDS)


def better(text: str, *words: Word, name: str = "s1") -> Segment:
    return Segment(id=name, start=7.0, end=9.0, speaker="B", text=text, words=words)


def test_words_are_written_as_in_the_better_text() -> None:
    (found,) = improvement.applied([PLAIN], [better("Hello, world.")])

    assert found.text == "Hello, world."
    assert [(word.text, word.start) for word in found.words] == [("Hello,", 0.0), ("world.", 0.5)]
    assert (found.start, found.end, found.speaker) == (0.0, 1.0, "A")


def test_words_of_the_better_segment_are_taken_when_its_text_has_them() -> None:
    whole = Word(start=0.0, end=1.0, text="Helloworld.")

    (found,) = improvement.applied([PLAIN], [better("Helloworld.", whole)])

    assert found.words == (whole,)


@pytest.mark.parametrize("other", [better(""), better("Hello.", name="s9")], ids=["an empty text", "another segment"])
def test_segment_stays_when_nothing_better_is_known(other: Segment) -> None:
    assert improvement.applied([PLAIN], [other]) == (PLAIN,)


def test_words_stay_when_the_better_text_has_another_number_of_them() -> None:
    (found,) = improvement.applied([PLAIN], [better("Hello to the world.")])

    assert (found.text, found.words) == ("Hello to the world.", WORDS)

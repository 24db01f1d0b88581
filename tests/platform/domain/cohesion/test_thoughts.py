"""Where a talk is cut: at its subjects, its pauses, its questions."""

from __future__ import annotations

import msgspec
import pytest
from reelscribe.platform.domain.cohesion import edges, text, thoughts
from reelscribe.platform.domain.cohesion.thoughts import Thought
from reelscribe.platform.domain.sentences import Sentence
from reelscribe.platform.engines.finder import lexicons

from tests.platform.domain.cohesion import lessons


def cut(talk: tuple[Sentence, ...], *, shortest: float = 15, longest: float = 90) -> list[Thought]:
    """Cut a talk in English."""
    read = text.read(talk, "en", lexicons.lexicon("en"))
    return thoughts.cut(read, edges.strengths(read), shortest=shortest, longest=longest)


@pytest.mark.parametrize(
    "written", [lessons.said(*lessons.LESSON), lessons.without_marks(lessons.said(*lessons.LESSON))]
)
def test_subjects_are_found_with_and_without_marks(written: tuple[Sentence, ...]) -> None:
    assert cut(written) == [Thought(0, 5), Thought(6, 11), Thought(12, 17), Thought(18, 23)]


def test_thoughts_are_of_the_wanted_length_as_far_as_sentences_allow() -> None:
    found = cut(lessons.said(*lessons.LESSON), shortest=20, longest=40)

    assert all(20 <= (each.last - each.first + 1) * 10.5 - 0.5 <= 40 for each in found)


def test_long_silence_parts_what_belongs_together() -> None:
    early, late = lessons.said(*lessons.BREAD), lessons.said(*lessons.BREAD)
    moved = [
        msgspec.structs.replace(each, number=each.number + 6, start=each.start + 100, end=each.end + 100)
        for each in late
    ]

    assert Thought(0, 5) in cut((*early, *moved), longest=600)


def test_question_stays_with_its_answer() -> None:
    asked = lessons.said("What makes the bread rise in the oven?", speaker="A")
    answer = lessons.said(*lessons.BREAD, speaker="B")
    moved = [
        msgspec.structs.replace(each, number=each.number + 1, start=each.start + 10.5, end=each.end + 10.5)
        for each in answer
    ]

    assert cut((*asked, *moved))[0].last > 0


def test_short_recording_is_one_thought() -> None:
    assert cut(lessons.said(*lessons.LESSON[:3], seconds=3)) == [Thought(0, 2)]


def test_sentence_longer_than_wanted_stands_alone() -> None:
    found = cut(lessons.said(*lessons.LESSON[:4], seconds=200.0))

    assert found == [Thought(place, place) for place in range(4)]

from __future__ import annotations

import pytest
from reelscribe.platform.domain.cohesion import cues, titles
from reelscribe.platform.domain.sentences import Sentence

from tests.platform.domain.cohesion import lessons
from tests.platform.domain.cohesion.test_analysis import find


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("the invention of printing, ", "The invention of printing"),
        ("“Why do whales sing?”", "Why do whales sing"),
        ("ßtraße", "ßtraße"),  # its capital would be two letters
        ("一个重要分支。", "一个重要分支"),
        ("?!", "?!"),
        ("x" * 300, "X" + "x" * 199),
    ],
)
def test_title_is_shown_with_a_capital_and_without_marks_around(said: str, title: str) -> None:
    assert titles.shown(said) == title


def test_lead_in_is_left_out() -> None:
    assert cues.without_filling("Okay, so, um, now the answer is four.", "en") == "the answer is four."
    assert cues.without_filling("Okay.", "en") == "Okay."


@pytest.mark.parametrize(
    ("talk", "title"),
    [
        # a whole clause
        (lessons.said("So, you know, the yeast eats the sugar, and then it makes gas."), "The yeast eats the sugar"),
        # a question that is answered
        (lessons.said("Why do whales sing at night?", "Nobody knows it yet."), "Why do whales sing at night?"),
        # the beginning of a long statement, up to the end of a phrase
        (
            lessons.said("the invention of movable metal letters in the middle of the fifteenth century changed a lot"),
            "The invention of movable metal letters",
        ),
        # nothing but stop words: how it begins
        (
            lessons.said("And so it is, as it was and ever will be for us all here."),
            "And so it is, as it was and ever will…",
        ),
    ],
)
def test_title_reads_like_one(talk: tuple[Sentence, ...], title: str) -> None:
    assert find(talk)[0].title == title


def test_coarse_word_is_no_title_where_there_is_another() -> None:
    talk = lessons.said("to lose interest for you to shit surely this time is now")

    assert find(talk)[0].title == "To lose interest"  # else "To lose interest for you to …"

from __future__ import annotations

import pytest
from reelscribe.platform.domain.cohesion import tokens
from reelscribe.platform.domain.cohesion.tokens import Lexicon

LEXICON = Lexicon(frozenset({"the", "of", "的"}), lambda word: word.removesuffix("s"))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The wheels of the BUSES", ["wheel", "buse"]),
        ("the world's wheel", ["world", "wheel"]),
        ("state-of-the-art wheels, 1995", ["state-of-the-art", "wheel", "1995"]),
        ("a b c", []),  # single letters
        ("机器学习的课", ["机器", "器学", "学习"]),  # pairs, none with a stop word in it
        ("machine learning 课程", ["machine", "learning", "课程"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),  # vowel signs stay in their word
        ("... — !", []),
    ],
)
def test_words_become_comparable(text: str, terms: list[str]) -> None:
    found = tokens.read(text, LEXICON)

    assert [term for token in found for term in token.terms] == terms


def test_words_know_what_parts_them() -> None:
    found = tokens.read("Bread, salt and water", LEXICON)

    assert [token.follows for token in found] == [False, False, True, True]

"""Word errors against cases that can be counted by hand, and what is taken for the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.word_errors import WordErrors, compare, normalised, together


def errors(words: int, wrong: int, missing: int, extra: int) -> WordErrors:
    return WordErrors(words=words, wrong=wrong, missing=missing, extra=extra)


@pytest.mark.parametrize(
    ("reference", "found", "counted", "rate"),
    [
        ("the cat sat on the mat", "the cat sat on the mat", errors(6, 0, 0, 0), 0.0),
        ("the cat sat on the mat", "the hat sat on mat", errors(6, 1, 1, 0), 2 / 6),  # cat is hat, one "the" is gone
        ("the cat sat", "so the cat sat down", errors(3, 0, 0, 2), 2 / 3),
        ("the cat sat", "", errors(3, 0, 3, 0), 1.0),
        ("yes", "no never again", errors(1, 1, 0, 2), 3.0),
        ("", "thank you for watching", errors(0, 0, 0, 4), 1.0),
        ("", "", errors(0, 0, 0, 0), 0.0),
        ("[music]", "", errors(0, 0, 0, 0), 0.0),  # what stands in brackets is not said
    ],
)
def test_compare_counts_as_by_hand(reference: str, found: str, counted: WordErrors, rate: float) -> None:
    result = compare(reference, found, language="en")

    assert result == counted
    assert result.rate == pytest.approx(rate)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Mr. Park's colour, it's twenty-one!", "mister park's color it is 21"),
        ("en", "Uh, we, um, can't", "we can not"),
        ("en", "$20 million", "twenty million dollars"),
        ("de", "Grüße, aus KÖLN!", "grüße aus köln"),
        ("fr", "L'été — déjà ?", "l été déjà"),
        ("zh", "你好。世界", "你好世界"),
        (None, "Hello, (laughs) WORLD", "hello world"),
    ],
)
def test_normalised_takes_them_for_the_same(language: str | None, one: str, other: str) -> None:
    assert normalised(one, language) == normalised(other, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "schon", "schön"),
        ("en", "colour", "collar"),
        ("de", "einundzwanzig", "21"),  # only English knows its numbers
    ],
)
def test_normalised_keeps_them_apart(language: str, one: str, other: str) -> None:
    assert normalised(one, language) != normalised(other, language)


def test_compare_counts_characters_when_the_language_has_no_spaces() -> None:
    assert compare("广州市房地产", "广州房地铲", language="zh") == errors(6, 1, 1, 0)


def test_together_weighs_each_word_alike() -> None:
    short, long = errors(2, 2, 0, 0), errors(98, 0, 0, 0)

    assert together([short, long]).rate == pytest.approx(0.02)  # the mean of the two rates would be 0.5


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_errors_are_never_more_than_the_longer_text(true: list[str], found: list[str]) -> None:
    result = compare(" ".join(true), " ".join(found), language="fr")

    assert result.words + result.extra - result.missing == len(found)
    assert result.wrong + result.missing + result.extra <= max(len(true), len(found))

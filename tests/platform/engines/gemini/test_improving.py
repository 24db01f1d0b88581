from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.transcript import Segment, Word
from reelscribe.platform.engines.gemini import improving


def segment(*words: str, joint: str = " ") -> Segment:
    timed = tuple(Word(start=float(at), end=at + 0.5, text=word) for at, word in enumerate(words))
    return Segment(id="s1", start=0.0, end=float(len(words)), text=joint.join(words), words=timed)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["i", "see"], "I see.", ["I", "see."]),
        (["well", "i", "do"], "Well - I do!", ["Well -", "I", "do!"]),
        (["dont", "go"], "“Don't go”", ["“Don't", "go”"]),
        (["straße"], "STRASSE!", ["STRASSE!"]),
        (["20", "%"], "20 %.", ["20", "%."]),
    ],
)
def test_spelling_is_laid_on_the_words(words: list[str], text: str, expected: list[str]) -> None:
    better = improving.improved(segment(*words), text, unspaced=False)

    assert better is not None
    assert [word.text for word in better.words] == expected
    assert better.text == " ".join(expected)
    assert [word.start for word in better.words] == [float(at) for at in range(len(words))]


@pytest.mark.parametrize(
    "text",
    ["I saw.", "I see it.", "See I.", "Isee.", "I", "", "...", "I see 5.", "I s ee", "I see <b>"],
)
def test_other_words_are_refused(text: str) -> None:
    assert improving.improved(segment("i", "see"), text, unspaced=False) is None


def test_vowel_signs_are_no_punctuation() -> None:
    assert improving.improved(segment("हिन्दी"), "हन्द", unspaced=False) is None
    assert improving.improved(segment("हिन्दी"), "हिन्दी।", unspaced=False) is not None


def test_text_without_words_gets_the_new_text() -> None:
    bare = Segment(id="s1", start=0, end=1, text="i see")

    better = improving.improved(bare, "I see.", unspaced=False)

    assert better == Segment(id="s1", start=0, end=1, text="I see.")


def test_unspaced_language_is_compared_by_characters() -> None:
    better = improving.improved(segment("你", "好", "世", "界", joint=""), "你好，世界。", unspaced=True)  # noqa: RUF001 Chinese

    assert better is not None
    assert [word.text for word in better.words] == ["你", "好，", "世", "界。"]  # noqa: RUF001 Chinese
    assert improving.improved(segment("你", "好", joint=""), "你们好", unspaced=True) is None


words = st.lists(
    st.text("abcäß1'é-", min_size=1, max_size=6).filter(lambda word: any(map(str.isalnum, word))), min_size=1
)


@given(words, st.lists(st.sampled_from([",", ".", "!", "", "…"]), min_size=1))
def test_any_punctuation_and_case_is_taken_and_words_stay(spoken: list[str], marks: list[str]) -> None:
    written = " ".join(word.upper() + marks[at % len(marks)] for at, word in enumerate(spoken))

    better = improving.improved(segment(*spoken), written, unspaced=False)

    assert better is not None
    assert better.text == written == " ".join(word.text for word in better.words)


@given(words, st.text(max_size=30))
def test_whatever_comes_the_words_stay(spoken: list[str], text: str) -> None:
    better = improving.improved(segment(*spoken), text, unspaced=False)

    if better is not None:
        assert len(better.words) == len(spoken)
        assert [letters(word.text) for word in better.words] == [letters(word) for word in spoken]


def letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())

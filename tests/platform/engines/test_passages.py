from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.engines.passages import Passages
from reelscribe.platform.engines.phrases import text_without_loops


def test_windows_become_numbered_segments_without_words() -> None:
    passages = Passages(duration=60.0, language="en")

    segments = passages.write(" One. ", start=1.2345, end=9.0) + passages.write(" Two. ", start=8.9, end=61.0)

    assert [(each.id, each.start, each.end, each.text, each.words) for each in segments] == [
        ("s1", 1.234, 9.0, "One.", ()),
        ("s2", 9.0, 60.0, "Two.", ()),
    ]


@pytest.mark.parametrize("text", ["", "  ", "...", " ♪ "])
def test_window_without_a_word_is_left_out(text: str) -> None:
    assert Passages(duration=60.0, language="en").write(text, start=0.0, end=9.0) == ()


def test_first_loop_is_remembered() -> None:
    passages = Passages(duration=90.0, language="en")
    passages.write("Well.", start=0.0, end=9.0)

    (segment,) = passages.write("So " + "thank you " * 60, start=30.0, end=60.0)

    assert (segment.text, passages.first_loop) == ("So thank you", 30.0)


@pytest.mark.parametrize(
    ("text", "spaced", "kept"),
    [
        ("No, no, no, no.", True, "No, no, no, no."),  # four words are speech
        ("Thank you. " * 11, True, ("Thank you. " * 11).strip()),  # 22 words are not yet 24
        ("Thank you. " * 12 + "Bye.", True, "Thank you. Bye."),
        ("谢谢观看。" * 8 + "再见", False, "谢谢观看。再见"),
        ("谢谢观看。" * 4, False, "谢谢观看。" * 4),
        ("今天天气很好，我们去公园。", False, "今天天气很好，我们去公园。"),  # noqa: RUF001 Chinese marks
    ],
)
def test_text_loses_loops_only(text: str, spaced: bool, kept: str) -> None:
    assert text_without_loops(text.strip(), spaced=spaced) == kept


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=80))
def test_text_without_loops_keeps_first_and_order(words: list[str]) -> None:
    kept = text_without_loops(" ".join(words), spaced=True).split()

    rest = iter(words)
    assert all(word in rest for word in kept)
    assert kept[:1] == words[:1]

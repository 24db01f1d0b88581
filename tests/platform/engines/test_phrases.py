from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.engines.phrases import Scribe, Sound, phrases, whole_words, without_loops


def sounds(text: str, *, start: float = 0.0, each: float = 0.5) -> list[Sound]:
    return [
        Sound(start=start + at * each, end=start + (at + 1) * each, text=" " + word)
        for at, word in enumerate(text.split())
    ]


def test_phrases_part_at_pause() -> None:
    heard = [*sounds("one two"), *sounds("three", start=1.8)]  # 0.8 s of silence

    assert [len(phrase) for phrase in phrases(heard)] == [2, 1]


def test_phrases_part_at_sentence_end_only_when_long_enough() -> None:
    short = sounds("Yes. It is so.")  # 2 s
    long = sounds("This is a sentence of eight words, mostly. And another.")  # the first ends at 4 s

    assert len(list(phrases(short))) == 1
    assert [len(phrase) for phrase in phrases(long)] == [8, 2]


def test_phrases_part_before_they_grow_too_long() -> None:
    heard = sounds("word " * 100)  # 50 s without a stop: 20 + 20 + 10

    assert [len(phrase) for phrase in phrases(heard)] == [40, 40, 20]


def test_text_keeps_spaces_of_the_language() -> None:
    heard = [Sound(start=0, end=1, text="你"), Sound(start=1, end=2, text="好")]

    (segment,) = Scribe(duration=2).write(heard)

    assert segment.text == "你好"


def test_parts_of_one_word_are_joined() -> None:
    heard = [
        Sound(start=0, end=1, text=" cold", confidence=0.9),
        Sound(start=1, end=2, text="-hearted", confidence=0.5),
        Sound(start=2, end=3, text=" man"),
    ]

    assert whole_words(heard) == [Sound(start=0, end=2, text=" cold-hearted", confidence=0.5), heard[2]]


def test_loop_is_cut_to_one_round() -> None:
    heard = sounds("we begin " + "thank you for watching " * 10 + "the end")

    assert "".join(sound.text for sound in without_loops(heard)) == " we begin thank you for watching the end"


def test_repetition_of_people_is_kept() -> None:
    heard = sounds("no no no no no no let it be let it be let it be let it be")

    assert without_loops(heard) == heard


sound = st.builds(
    Sound,
    start=st.floats(-10, 100, allow_nan=False),
    end=st.floats(-10, 100, allow_nan=False),
    text=st.sampled_from([" a", " b.", "", "  ", " c"]),
    confidence=st.none() | st.floats(-1, 2, allow_nan=False),
)


@given(st.lists(st.lists(sound, max_size=8), max_size=6))
def test_segments_are_in_order_whatever_the_engine_says(pieces: list[list[Sound]]) -> None:
    scribe = Scribe(duration=50)

    segments = [segment for piece in pieces for segment in scribe.write(piece)]

    times = [time for segment in segments for word in segment.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(0 <= time <= 50 for time in times)
    assert all(before.end <= after.start for before, after in pairwise(segments))
    assert all(segment.text and segment.words for segment in segments)

"""A reel keeps what a person wrote in its clips."""

from __future__ import annotations

import msgspec
import pytest
from reelscribe.platform.domain import reel_words
from reelscribe.platform.domain.clips import ClipWord
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import EngineName, Segment, Transcript, Word

_WORDS = tuple(Word(start=at + 0.1, end=at + 0.9, text=f"w{at}") for at in range(30))
_TEXT = Transcript(
    version=1,
    language="en",
    duration=30.0,
    engine=EngineName(name="stub", model="stub"),
    segments=(Segment(id="s1", start=0.1, end=29.9, text=" ".join(word.text for word in _WORDS) + ".", words=_WORDS),),
    text="",
)
_MINE = (ClipWord(start=2.1, end=2.9, text="Mine"), ClipWord(start=25.0, end=26.0, text="elsewhere"))


def test_words_can_be_read_back_whatever_the_transcript_holds():
    odd = Word(start=1.0, end=2.0, text="x" * 300 + "\x07\n", speaker="s\x00" * 200)
    text = msgspec.structs.replace(_TEXT, segments=(Segment(id="s1", start=1.0, end=2.0, text=odd.text, words=(odd,)),))

    words = reel_words.of(text, [((Span(0, 3),), None)])

    assert msgspec.json.decode(msgspec.json.encode(words), type=tuple[ClipWord, ...]) == words


@pytest.mark.parametrize(
    ("parts", "texts"),
    [
        ([((Span(2, 4),), _MINE), ((Span(10, 12),), None)], ["Mine", "w10", "w11"]),
        ([((Span(28, 30),), None), ((Span(2, 4),), _MINE)], ["Mine", "w28", "w29."]),
        ([((Span(2, 4),), _MINE), ((Span(1, 5),), None)], ["w1", "Mine", "w4"]),  # w2 and w3 were rewritten
        ([((Span(2, 4),), _MINE), ((Span(2, 4),), _MINE)], ["Mine"]),
        ([((Span(2, 4),), ()), ((Span(10, 11),), None)], ["w10"]),
    ],
)
def test_words_of_a_person_win_where_their_clip_plays(parts, texts):
    assert [word.text for word in reel_words.of(_TEXT, parts)] == texts

"""How a transcript is cut for the page."""

from __future__ import annotations

from reelscribe.platform.domain.transcript import EngineName, Segment, Speaker, Transcript, Word
from reelscribe.web.pages import reading


def _transcript(*segments: Segment) -> Transcript:
    people = (Speaker(id="S1", label="Anna"), Speaker(id="S2", label="Ben"))
    engine = EngineName(name="e", model="m")
    return Transcript(version=1, language="en", duration=9, engine=engine, speakers=people, segments=segments)


def test_nothing_of_the_text_is_lost_when_words_have_no_punctuation() -> None:
    words = (Word(start=0, end=1, text="Well"), Word(start=1, end=2, text="it"), Word(start=2, end=3, text="was"))
    said = Segment(id="s1", start=0, end=3, speaker="S1", text="Well, in 2014 it was …", words=words)

    (line,) = reading.part(_transcript(said), 0).lines

    assert "".join(piece.text + piece.after for piece in line.pieces) == said.text
    assert [piece.start for piece in line.pieces] == [0, 1, 2]


def test_name_is_shown_only_when_the_speaker_changes() -> None:
    turns = [
        Segment(id=f"s{n}", start=n, end=n + 1, speaker=who, text="x") for n, who in enumerate(["S1", "S1", "S2", "S1"])
    ]

    lines = reading.part(_transcript(*turns), 0).lines

    assert [line.label for line in lines] == ["Anna", "", "Ben", "Anna"]


def test_text_stays_whole_when_words_do_not_fit() -> None:
    said = Segment(id="s1", start=0, end=3, text="all of it", words=(Word(start=0, end=1, text="none"),))

    (line,) = reading.part(_transcript(said), 0).lines

    assert [(piece.text, piece.start) for piece in line.pieces] == [("all of it", None)]


def test_word_is_marked_when_the_engine_was_unsure() -> None:
    words = tuple(Word(start=n, end=n + 1, text="w", confidence=sure) for n, sure in enumerate([0.1, 0.9, None]))
    said = Segment(id="s1", start=0, end=3, text="w w w", words=words)

    (line,) = reading.part(_transcript(said), 0).lines

    assert [piece.unsure for piece in line.pieces] == [True, False, False]


def test_part_is_empty_when_it_begins_beyond_the_end() -> None:
    part = reading.part(_transcript(Segment(id="s1", start=0, end=3, text="x")), 10)

    assert (part.lines, part.next) == ((), None)

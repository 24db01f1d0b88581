"""Clips of whole sentences begin and end in pauses: the words say in which."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import cuts_edges, sentences
from reelscribe.platform.domain.cuts_edges import Edge
from reelscribe.platform.domain.sentences import Sentence
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment, Word

from .talks import Talk, cut_words, talks, told


def late(talk: Talk, by: float) -> list[Sentence]:
    """Return the sentences as an engine hears them whose clock is wrong."""
    moved: list[Sentence] = []
    for sentence in talk.sentences:
        words = tuple(
            msgspec.structs.replace(word, start=max(word.start + by, 0.0), end=max(word.end + by, 0.01))
            for word in sentence.words
        )
        moved.append(msgspec.structs.replace(sentence, start=words[0].start, end=words[-1].end, words=words))
    return moved


@given(talks())
def test_edges_are_in_pauses_or_between_words(talk: Talk) -> None:
    found = cuts_edges.edges(talk.sentences, talk.pauses, duration=talk.duration)

    for edge in (*found.opens, *found.closes):
        assert not cut_words(talk.words, edge.at)
        assert edge.room.start <= edge.at <= edge.room.end
        if edge.kind == "pause":
            assert any(pause.start <= edge.at <= pause.end for pause in talk.pauses)


@given(talks())
def test_pause_between_sentences_is_where_they_are_parted(talk: Talk) -> None:
    found = cuts_edges.edges(talk.sentences, talk.pauses, duration=talk.duration)

    gaps = [Span(one.end, other.start) for one, other in pairwise(talk.sentences)]
    for gap, close, opening in zip(gaps, found.closes[:-1], found.opens[1:], strict=True):
        if any(pause.start == gap.start and pause.end == gap.end and pause.length >= 0.6 for pause in talk.pauses):
            assert gap.start < close.at <= opening.at < gap.end


@given(talks())
def test_sentence_is_longer_than_nothing(talk: Talk) -> None:
    found = cuts_edges.edges(talk.sentences, talk.pauses, duration=talk.duration)

    assert all(opening.at < close.at for opening, close in zip(found.opens, found.closes, strict=True))


def test_long_pause_gives_a_lead_in_and_a_tail_short_one_its_middle() -> None:
    talk = told((3.0, "one two three"), (0.2, "four five"))  # from 3.0 to 4.4, from 4.6 to 5.5

    found = cuts_edges.edges(talk.sentences, talk.pauses, duration=talk.duration)

    assert [edge.at for edge in found.opens] == pytest.approx([2.75, 4.5])
    assert [edge.at for edge in found.closes] == pytest.approx([4.5, 5.9])


@pytest.mark.parametrize("by", [-0.3, -0.15, 0.15, 0.3])
def test_pause_is_found_where_the_words_are_wrong(by: float) -> None:
    talk = told(*((1.0, "first second third fourth fifth sixth") for _ in range(6)))
    right = cuts_edges.edges(talk.sentences, talk.pauses, duration=talk.duration)

    found = cuts_edges.edges(late(talk, by), talk.pauses, duration=talk.duration)

    assert [edge.at for edge in found.opens] == pytest.approx([edge.at for edge in right.opens])
    assert [edge.at for edge in found.closes] == pytest.approx([edge.at for edge in right.closes])


@given(st.floats(-0.3, 0.3))
def test_edges_of_wrong_words_are_in_pauses(by: float) -> None:
    talk = told(*((0.5, "first second third fourth") for _ in range(6)))

    found = cuts_edges.edges(late(talk, by), talk.pauses, duration=talk.duration)

    assert {edge.kind for edge in (*found.opens, *found.closes)} == {"pause"}


def test_nothing_is_lost_for_a_pause_inside_where_words_are_clearly_apart() -> None:
    words = (Word(start=0.0, end=1.0, text="Well"), Word(start=1.3, end=2.0, text="yes."))
    heard = Sentence(number=0, start=0.0, end=2.0, text="Well yes.", words=words)
    loud = Sentence(number=1, start=2.6, end=3.6, text="No.", words=(Word(start=2.6, end=3.6, text="No."),))

    # What is between the sentences is drowned in noise.
    found = cuts_edges.edges([heard, loud], [Span(1.0, 1.3)], duration=3.6)

    assert found.closes[0] == Edge(at=2.3, room=Span(2.0, 2.6), kind="gap")


def test_where_another_speaks_on_the_edge_is_that_of_the_word() -> None:
    segments = [
        Segment(id="a", start=0.0, end=10.0, speaker="A", text="on and on", words=()),
        Segment(id="b", start=4.0, end=6.0, speaker="B", text="Hm.", words=()),
    ]

    found = cuts_edges.edges(sentences.of(segments), [], duration=10.0)

    assert found.opens[1] == Edge(at=4.0, room=Span(4.0, 4.0), kind="speech")


@pytest.mark.parametrize(
    ("first", "second", "parted"),
    [
        (Edge(1.0, Span(0.8, 1.2), "pause"), Edge(1.1, Span(0.8, 1.2), "pause"), (1.0, 1.1)),
        (Edge(1.0, Span(0.9, 1.1), "pause"), Edge(1.0, Span(0.9, 1.1), "pause"), (0.975, 1.025)),
        (Edge(1.0, Span(1.0, 1.0), "gap"), Edge(1.0, Span(1.0, 1.0), "gap"), None),
    ],
)
def test_clips_are_parted_by_a_frame(first: Edge, second: Edge, parted: tuple[float, float] | None) -> None:
    found = cuts_edges.parted(first, second)

    assert found == (None if parted is None else pytest.approx(parted))

"""What is said in a clip stays with its sound when spans move onto the grid of frames."""

from __future__ import annotations

import pytest
from reelscribe.platform.domain import frames
from reelscribe.platform.domain.clips import Chapter
from reelscribe.platform.domain.rendering import RenderOrder
from reelscribe.platform.domain.retiming import retimed
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import EngineName, Segment, Transcript, Word


def order(spans: list[Span], *, word: float, chapter: float = 0.0) -> RenderOrder:
    spoken = Word(start=word, end=word + 0.2, text="word")
    segment = Segment(id="s1", start=spoken.start, end=spoken.end, text="word", words=(spoken,))
    engine = EngineName(name="none", model="")
    said = Transcript(version=1, language="en", duration=0, engine=engine, segments=(segment,))
    return RenderOrder(
        title="A clip", spans=tuple(spans), transcript=said, chapters=(Chapter(start=chapter, title="Part"),)
    )


def test_a_word_after_many_cuts_moves_with_its_sound() -> None:
    # Each span of 0.99 s becomes 25 frames of 40 ms: after 100 of them the clip is a second behind.
    spans = [Span(2.0 * n, 2.0 * n + 0.99) for n in range(101)]
    grid = frames.grid(spans, 25.0)

    moved = retimed(order(spans, word=99.0 + 0.5, chapter=99.0), grid)

    assert moved.transcript.segments[0].words[0].start == pytest.approx(100.5)
    assert moved.chapters[0].start == pytest.approx(100.0)
    assert moved.transcript.duration == grid.duration
    assert moved.spans == grid.spans


def test_nothing_moves_on_the_grid() -> None:
    grid = frames.grid([Span(1.013, 2.24), Span(7.3, 9.9)], 29.97)
    wanted = order(list(grid.spans), word=2.5, chapter=1.0)

    moved = retimed(wanted, frames.grid(grid.spans, 29.97))

    assert moved.spans == wanted.spans
    assert moved.transcript.segments[0].words[0].start == pytest.approx(2.5)
    assert moved.chapters[0].start == pytest.approx(1.0)

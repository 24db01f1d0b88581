from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import chunks
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment, Word

RATE = 16_000

SILENCES = st.lists(
    st.builds(lambda start, length: Span(start, start + length), st.floats(0, 5000), st.floats(0.5, 60))
)


@pytest.mark.parametrize(
    ("duration", "pieces"),
    [
        (450.0, 1),  # 1.5 pieces: not worth it
        (450.1, 3),  # a minute and 2 of 195 s
        (959.0, 3),  # a minute and 899 s, 1.498 pairs of pieces: 2 of 449.5 s
        (961.0, 5),  # a minute and 901 s, 1.502 pairs: 4 of 225.3 s
        (36_000.0, 121),  # ten hours
    ],
)
def test_number_of_pieces(duration, pieces):
    assert len(chunks.plan(duration, [], target=300, search=30)) == pieces


@given(st.floats(0.001, 5000), SILENCES, st.floats(10, 400), st.floats(0.5, 60))
def test_pieces_cover_the_file_without_gaps_or_overlap(duration, silences, target, search):
    pieces = chunks.plan(duration, silences, target=target, search=search)

    assert (pieces[0].start, pieces[-1].end) == (0.0, duration)
    assert all(one.end == other.start for one, other in pairwise(pieces))
    assert all(piece.length > 0 for piece in pieces)
    assert len(pieces) == 1 or all(0.37 * target <= piece.length <= 1.9 * target for piece in pieces[1:])
    assert len(pieces) == 1 or 0.37 * min(target, 60) <= pieces[0].length <= 1.9 * target


def test_two_workers_end_a_long_recording_together():
    first, *others = chunks.plan(600.0, [], target=300, search=30)

    # 60 s alone, then 270 s beside 270 s: 330 s of the 600.
    assert (first.length, [piece.length for piece in others]) == (60.0, [270.0, 270.0])


def test_cut_is_in_the_longest_silence_nearby():
    silences = [Span(45.0, 45.6), Span(51.0, 53.0), Span(56.0, 56.5), Span(95.0, 105.0)]

    (cut,) = chunks.cuts(110.0, silences, target=55, search=12)

    assert cut == chunks.Cut(52.0, in_silence=True, reach=12)


def test_silence_that_is_too_far_away_or_only_touches_is_not_used():
    silences = [Span(35.0, 43.1), Span(67.5, 75.0)]

    (cut,) = chunks.cuts(110.0, silences, target=55, search=12)

    assert cut == chunks.Cut(55.0, in_silence=False, reach=12)


def test_long_silence_is_cut_inside_the_search():
    (cut,) = chunks.cuts(110.0, [Span(55.0, 105.0)], target=55, search=10)

    assert cut.at == 60.0


def noise(seconds: float, *, quiet_at: float | None = None) -> list[int]:
    """Noise of two seconds' worth of amplitudes; 0.3 s of it around ``quiet_at`` much softer."""
    chance = random.Random(1)
    made = [chance.randint(-9000, 9000) for _ in range(int(seconds * RATE))]
    if quiet_at is not None:
        for at in range(int((quiet_at - 0.15) * RATE), int((quiet_at + 0.15) * RATE)):
            made[at] //= 100
    return made


def test_quietest_moment_is_found():
    assert chunks.quietest(noise(4.0, quiet_at=1.3), rate=RATE) == pytest.approx(1.3, abs=0.06)


def test_among_equally_quiet_moments_the_middle_is_taken():
    assert chunks.quietest([0] * 4 * RATE, rate=RATE) == pytest.approx(2.0, abs=0.02)


def test_too_little_sound_has_its_middle():
    assert chunks.quietest([5] * 1600, rate=RATE) == 0.05


def test_segments_are_shifted_with_their_words():
    heard = Segment(id="s1", start=0.5, end=1.25, text="Hi", words=(Word(start=0.5, end=1.25, text="Hi"),))

    (moved,) = chunks.shifted([heard], by=300.1, prefix="c2")

    assert (moved.id, moved.start, moved.end) == ("c2s1", 300.6, 301.35)
    assert (moved.words[0].start, moved.words[0].end) == (300.6, 301.35)


def test_ids_are_numbered_in_order():
    made = [Segment(id="c1s1", start=0, end=1, text="a"), Segment(id="c2s1", start=1, end=2, text="b")]

    assert [each.id for each in chunks.numbered(made)] == ["s1", "s2"]


@given(st.floats(0, 40_000), st.lists(st.floats(0, 700), min_size=2, max_size=6))
def test_times_of_a_piece_are_exact_to_ten_milliseconds_in_the_file(by: float, inside: list[float]) -> None:
    at = round(by, 3)  # a plan cuts at whole milliseconds
    times = sorted(inside)
    words = tuple(Word(start=start, end=end, text="w") for start, end in pairwise(times))
    segment = Segment(id="s1", start=times[0], end=times[-1], text="w", words=words)

    (moved,) = chunks.shifted([segment], by=at)

    told = [moved.start, moved.end, *(edge for word in moved.words for edge in (word.start, word.end))]
    heard = [times[0], times[-1], *(edge for word in words for edge in (word.start, word.end))]
    assert all(abs(now - (at + before)) < 0.01 for now, before in zip(told, heard, strict=True))


@given(
    st.floats(1, 50_000),
    st.lists(st.tuples(st.floats(0, 50_000), st.floats(0, 900)), max_size=20),
)
def test_windows_lie_in_the_file_and_apart(duration: float, quiet: list[tuple[float, float]]) -> None:
    silences = [Span(start, start + length) for start, length in quiet]

    found = chunks.windows(duration, silences, count=8, length=15.0)

    assert all(0 <= span.start < span.end <= round(duration, 3) + 0.001 for span in found)
    assert all(left.end < right.start for left, right in pairwise(found))
    assert sum(span.length for span in found) <= max(8 * 15.0, 0) + 0.01


def test_windows_are_spread_over_the_speech_not_over_the_silence() -> None:
    # An hour of music before a talk of 400 s: each eighth of the talk gives 15 s.
    found = chunks.windows(4000.0, [Span(0.0, 3600.0)], count=8, length=15.0)

    assert len(found) == 8
    assert found[0].start > 3600.0
    assert found[-1].end > 3950.0

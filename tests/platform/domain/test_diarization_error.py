"""The error rate against cases that can be reckoned by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.diarization_error import compare, together
from reelscribe.platform.domain.transcript import Turn


def turns(*rows: tuple[float, float, str]) -> list[Turn]:
    return [Turn(start=start, end=end, speaker=speaker) for start, end, speaker in rows]


REFERENCE = turns((0, 10, "anna"), (12, 20, "ben"))


@pytest.mark.parametrize(
    ("found", "collar", "rate"),
    [
        (turns((0, 10, "x"), (12, 20, "y")), 0.0, 0.0),
        ([], 0.0, 1.0),
        (turns((0, 20, "x")), 0.0, 10 / 18),  # 8 s given to x, who is anna, and 2 s invented, of 18
        (turns((0, 10, "x")), 0.0, 8 / 18),
        (turns((0, 5, "x"), (5, 10, "y"), (12, 20, "z")), 0.0, 5 / 18),  # y has nobody left to be
        (turns((0.2, 10.2, "x"), (12.2, 19.8, "y")), 0.25, 0.0),  # all within the collar
        (turns((0.5, 10, "x"), (12, 20, "y")), 0.25, 0.25 / 17),  # 18 s less four half collars
    ],
)
def test_compare_gives_the_rate_reckoned_by_hand(found: list[Turn], collar: float, rate: float) -> None:
    assert compare(REFERENCE, found, collar=collar).rate == pytest.approx(rate)


def test_compare_counts_both_when_two_speak_at_once() -> None:
    error = compare(turns((0, 10, "anna"), (5, 10, "ben")), turns((0, 10, "x")))

    assert (error.speech, error.missed, error.confusion) == pytest.approx((15, 5, 0))


@pytest.mark.parametrize(
    ("collar", "speech", "wrong"),
    [
        (0.0, 18, 1.0),  # half a second too early and half a second too late
        (0.25, 17, 0.5),  # 0.25 s on each side of four boundaries: 2 s, 1 s of which is speech
        (0.5, 16, 0.0),
    ],
)
def test_compare_leaves_the_collar_out_on_both_sides_of_each_boundary(
    collar: float, speech: float, wrong: float
) -> None:
    error = compare(REFERENCE, turns((0, 10.5, "x"), (11.5, 20, "y")), collar=collar)

    assert (error.speech, error.false_alarm) == pytest.approx((speech, wrong))
    assert (error.missed, error.confusion) == (0, 0)


def test_compare_sees_no_boundary_between_turns_of_one_speaker_that_touch() -> None:
    in_one, in_two = turns((0, 10, "anna")), turns((0, 4, "anna"), (3, 10, "anna"))

    assert compare(in_two, [], collar=0.25) == compare(in_one, [], collar=0.25)
    assert compare(in_two, in_two).speech == pytest.approx(10)


def test_together_weighs_each_second_alike() -> None:
    lost, right = compare(turns((0, 1, "anna")), []), compare(turns((0, 9, "ben")), turns((0, 9, "x")))

    assert together([lost, right]).rate == pytest.approx(0.1)


def test_compare_maps_by_the_best_whole_not_by_the_first_best() -> None:
    reference = turns((0, 10, "anna"), (10, 19, "ben"))
    found = turns((0, 6, "x"), (6, 10, "y"), (10, 19, "x"))  # x is ben: 9 + 4 s right, x is anna: only 6

    assert compare(reference, found).confusion == pytest.approx(6)


def test_compare_of_silence_is_zero_unless_something_was_heard() -> None:
    assert compare([], []).rate == 0
    assert compare([], turns((0, 1, "x"))).rate == 1


SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20), st.sampled_from("abc")), min_size=1, max_size=8)


@given(SPANS, st.permutations("xyz"))
def test_compare_does_not_mind_what_speakers_are_called(spans: list[tuple[int, int, str]], names: list[str]) -> None:
    reference = turns(*((at, at + long, who) for at, long, who in spans))
    renamed = turns(*((at, at + long, names["abc".index(who)]) for at, long, who in spans))

    assert compare(reference, renamed).rate == pytest.approx(0)

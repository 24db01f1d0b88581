"""From what was heard to scores, pools and differences."""

import pytest
from reelscribe.platform.domain import evaluation
from reelscribe.platform.domain.diarization_error import DiarizationError
from reelscribe.platform.domain.evaluation import Heard, Reference, Score, Way
from reelscribe.platform.domain.transcript import Segment, Turn
from reelscribe.platform.domain.word_errors import WordErrors


def turn(start: float, end: float, speaker: str) -> Turn:
    return Turn(start=start, end=end, speaker=speaker)


def words(count: int, wrong: int) -> WordErrors:
    return WordErrors(words=count, wrong=wrong, missing=0, extra=0)


def speech(seconds: float, missed: float) -> DiarizationError:
    return DiarizationError(speech=seconds, missed=missed, false_alarm=0, confusion=0)


def scored(reference: Reference, heard: Heard, *, collar: float = 0.0) -> Score:
    return evaluation.score(reference, heard, engine="e", way="engine", recording="a.wav", language="en", collar=collar)


def made(name: str, way: Way, **facts: object) -> Score:
    return Score(engine="e", way=way, recording=name, seconds=10.0, took=2.0, model="m", **facts)  # type: ignore[arg-type]


def test_score_compares_the_words_and_both_kinds_of_turns() -> None:
    reference = Reference(text="good morning", turns=(turn(0, 6, "anna"), turn(6, 10, "ben")))
    heard = Heard(
        model="m",
        seconds=10.0,
        took=5.0,
        text="Good evening.",
        turns=(turn(0, 10, "x"),),  # ben's 4 of 10 s are x's, who is anna
        said=(turn(0, 5, "S1"), turn(6, 10, "S2")),  # 1 of 10 s is missed
    )

    score = scored(reference, heard)

    assert (score.words, score.speakers, score.speakers_true) == (words(2, 1), 1, 2)
    assert score.turns is not None
    assert (score.turns.confusion, score.turns.rate) == pytest.approx((4.0, 0.4))
    assert score.transcript is not None
    assert (score.transcript.missed, score.transcript.rate) == pytest.approx((1.0, 0.1))


def test_score_leaves_open_what_nobody_asked_for_or_nobody_knows() -> None:
    heard = Heard(model="m", seconds=1.0, took=1.0, text="hello")

    assert scored(Reference(turns=(turn(0, 1, "a"),)), heard).words is None
    assert scored(Reference(turns=(turn(0, 1, "a"),)), heard).turns is None
    assert scored(Reference(text="hello"), heard).speakers_true is None


def test_score_takes_the_language_that_the_engine_heard_when_it_is_not_known() -> None:
    heard = Heard(model="m", seconds=1.0, took=1.0, text="twenty-one", language="en")

    score = evaluation.score(
        Reference(text="21"), heard, engine="e", way="engine", recording="a", language=None, collar=0
    )

    assert (score.language, score.words) == ("en", words(1, 0))


def test_pool_weighs_words_and_seconds_and_keeps_invented_words_apart() -> None:
    silence = WordErrors(words=0, wrong=0, missing=0, extra=3)

    (pool,) = evaluation.pools(
        [
            made("short", "engine", words=words(10, 5), turns=speech(10, 5)),
            made("long", "engine", words=words(90, 0), turns=speech(90, 0)),
            made("rain", "engine", words=silence),
            Score(engine="e", way="engine", recording="broken", failure="no sound"),
        ]
    )

    assert pool.words is not None
    assert pool.turns is not None
    assert (pool.words.rate, pool.turns.rate, pool.invented) == pytest.approx((0.05, 0.05, 3))
    assert (pool.recordings, pool.failed, pool.pace) == (4, 1, pytest.approx(0.2))


@pytest.mark.parametrize(
    ("wrong", "missed", "points", "is_small"),
    [
        (10, 10.0, (0.0, 0.0), True),
        (15, 20.0, (0.5, 1.0), True),  # 15 of 1000 words are 0.5 points more than 10
        (16, 10.0, (0.6, 0.0), False),
        (10, 21.0, (0.0, 1.1), False),
        (4, 10.0, (-0.6, 0.0), False),  # better is no proof that it is the same either
    ],
)
def test_difference_is_in_points_of_what_both_could_do(
    wrong: int, missed: float, points: tuple[float, float], is_small: bool
) -> None:
    bare = [made("a", "engine", words=words(1000, 10), transcript=speech(1000, 10)), made("b", "engine")]
    whole = [made("a", "platform", words=words(1000, wrong), transcript=speech(1000, missed))]
    lost = [Score(engine="e", way="platform", recording="b", failure="gone")]

    (difference,) = evaluation.differences([*bare, *whole, *lost])

    assert (difference.wer_points, difference.der_points) == pytest.approx(points)
    assert (difference.recordings, difference.is_small) == (1, is_small)


def test_differences_are_none_when_there_is_one_way_only() -> None:
    assert evaluation.differences([made("a", "engine")]) == ()


def test_transcript_turns_are_those_of_segments_with_a_speaker() -> None:
    segments = [
        Segment(id="s1", start=0.0, end=1.5, speaker="S1", text="Hello."),
        Segment(id="s2", start=2.0, end=3.0, text="Who?"),
    ]

    assert evaluation.transcript_turns(segments) == (turn(0.0, 1.5, "S1"),)

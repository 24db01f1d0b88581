"""Clips are whole thoughts of the length that is wanted, spread over the talk, cut where nobody speaks."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import selection, timeline
from reelscribe.platform.domain.clips import ClipPlan, ClipsWanted, ContentSegment
from reelscribe.platform.domain.timeline import Span

from .talks import Talk, cut_words, talks, told

TEN = "one two three four five six seven eight nine ten"  # 4.9 s
FOUND = st.lists(
    st.tuples(
        st.integers(0, 24), st.integers(0, 8), st.floats(0, 1), st.sampled_from(["a", "b b", "b c"]), st.integers(0, 8)
    ),
    min_size=1,
    max_size=12,
)
WISHES = st.builds(
    ClipsWanted,
    count=st.integers(1, 6),
    min_seconds=st.sampled_from([1.0, 5.0, 15.0]),
    max_seconds=st.sampled_from([5.0, 10.0, 40.0]),
    total_seconds=st.sampled_from([None, 5.0, 30.0, 60.0]),
    remove_pauses=st.booleans(),
    pause_seconds=st.sampled_from([0.3, 0.8]),
    remove_fillers=st.booleans(),
)


def thought(talk: Talk, first: int, last: int, importance: float = 0.5, **more: object) -> ContentSegment:
    values = {
        "title": f"From {first} to {last}",
        "start": talk.sentences[first].start,
        "end": talk.sentences[last].end,
        **more,
    }
    return ContentSegment(first=first, last=last, importance=importance, **values)


def thoughts(talk: Talk, drawn: list[tuple[int, int, float, str, int]]) -> list[ContentSegment]:
    found: list[ContentSegment] = []
    for start, more, importance, topic, quoted in drawn:
        first = start % len(talk.sentences)
        last = min(first + more, len(talk.sentences) - 1)
        quote = talk.sentences[min(first + quoted, last)].text
        found.append(thought(talk, first, last, importance, topics=(topic,), quote=quote))
    return found


def choose(talk: Talk, found: list[ContentSegment], **wanted: object) -> tuple[ClipPlan, ...]:
    return selection.choose(
        found, talk.sentences, talk.pauses, duration=talk.duration, wanted=ClipsWanted(**wanted), language="en"
    )


def whole(plan: ClipPlan) -> Span:
    return Span(plan.spans[0].start, plan.spans[-1].end)


@given(talks(), FOUND, WISHES)
def test_limits_are_kept(talk: Talk, drawn: list[tuple[int, int, float, str, int]], wanted: ClipsWanted) -> None:
    found = thoughts(talk, drawn)

    plans = selection.choose(found, talk.sentences, talk.pauses, duration=talk.duration, wanted=wanted, language="en")

    assert 1 <= len(plans) <= wanted.count
    lengths = [timeline.total(plan.spans) for plan in plans]
    assert max(lengths) <= wanted.max_seconds + 1e-6
    assert wanted.total_seconds is None or sum(lengths) <= wanted.total_seconds + 1e-6
    assert all(plan.spans[0].start >= 0 and plan.spans[-1].end <= talk.duration for plan in plans)


@given(talks(), FOUND, WISHES)
def test_clips_are_in_order_and_a_frame_apart(
    talk: Talk, drawn: list[tuple[int, int, float, str, int]], wanted: ClipsWanted
) -> None:
    plans = selection.choose(
        thoughts(talk, drawn), talk.sentences, talk.pauses, duration=talk.duration, wanted=wanted, language="en"
    )

    assert all(other.start - one.end >= 0.05 - 1e-6 for one, other in pairwise(whole(plan) for plan in plans))
    for plan in plans:
        assert all(one.end < other.start for one, other in pairwise(plan.spans))
        left = timeline.total(plan.spans) + sum(hole.end - hole.start for hole in plan.removed)
        # A filler may be cut off at either end.
        edges = [edge for hole in plan.removed for edge in (hole.start, hole.end)]
        uncut = Span(min([plan.spans[0].start, *edges]), max([plan.spans[-1].end, *edges]))
        assert left == pytest.approx(uncut.length, abs=0.001)


@given(talks(), FOUND, WISHES)
def test_no_word_is_cut(talk: Talk, drawn: list[tuple[int, int, float, str, int]], wanted: ClipsWanted) -> None:
    plans = selection.choose(
        thoughts(talk, drawn), talk.sentences, talk.pauses, duration=talk.duration, wanted=wanted, language="en"
    )

    for span in (span for plan in plans for span in plan.spans):
        assert not cut_words(talk.words, span.start)
        assert not cut_words(talk.words, span.end)


def test_most_important_are_chosen_in_the_order_of_the_talk() -> None:
    talk = told(*((1.0, TEN) for _ in range(12)))
    found = [thought(talk, at * 3, at * 3 + 2, importance) for at, importance in enumerate((0.2, 0.9, 0.4, 0.8))]

    plans = choose(talk, found, count=2, min_seconds=15, max_seconds=30)

    assert [(plan.title, plan.score) for plan in plans] == [("From 3 to 5", 0.9), ("From 9 to 11", 0.8)]


def test_same_topic_twice_is_worth_less_than_another() -> None:
    talk = told(*((1.0, TEN) for _ in range(9)))
    topics = (("type design",), ("type design",), ("paper",))
    found = [
        thought(talk, at * 3, at * 3 + 2, importance, topics=topic)
        for at, (topic, importance) in enumerate(zip(topics, (0.9, 0.8, 0.6), strict=True))
    ]

    plans = choose(talk, found, count=2)

    assert [plan.topics for plan in plans] == [("type design",), ("paper",)]


def test_total_is_spent_on_what_is_worth_most() -> None:
    talk = told(*((1.0, TEN) for _ in range(20)))
    found = [thought(talk, 0, 9, 0.9), *(thought(talk, at, at + 2, 0.2) for at in (10, 13, 16))]

    plans = choose(talk, found, count=4, total_seconds=60)

    assert [plan.score for plan in plans] == [0.9]


def test_long_thought_is_trimmed_to_whole_sentences_with_the_quote() -> None:
    parts = [(1.0, TEN)] * 20
    parts[12] = (1.0, "this is what everybody will quote one day for sure")
    talk = told(*parts)

    (plan,) = choose(talk, [thought(talk, 0, 19, quote="This is what everybody will quote")], count=1, max_seconds=30)

    span = whole(plan)
    assert 24 < span.length <= 30  # five sentences of 4.9 s and a second between them, 28.5 s and the ends
    assert span.start < talk.sentences[12].start < talk.sentences[12].end < span.end
    assert span.start == pytest.approx(max(s.start for s in talk.sentences if s.start < span.start + 1) - 0.25)


def test_short_thought_gets_its_neighbours_but_not_those_of_another_clip() -> None:
    talk = told(*((1.0, TEN) for _ in range(12)))
    found = [thought(talk, 3, 3, 0.9), thought(talk, 4, 6, 0.8)]

    first, second = choose(talk, found, count=2, min_seconds=15, max_seconds=30)

    assert whole(first) == Span(
        pytest.approx(talk.sentences[1].start - 0.25), pytest.approx(talk.sentences[3].end + 0.4)
    )
    assert whole(second).start == pytest.approx(talk.sentences[4].start - 0.25)


def test_clip_without_room_gives_way_to_one_with_room() -> None:
    talk = told(*((1.0, TEN) for _ in range(14)))
    # Between the first and the third nothing is left to make the second longer.
    found = [thought(talk, 0, 4, 0.9), thought(talk, 5, 5, 0.8), thought(talk, 6, 9, 0.7), thought(talk, 11, 13, 0.1)]

    plans = choose(talk, found, count=3, min_seconds=15, max_seconds=40)

    assert [plan.title for plan in plans] == ["From 0 to 4", "From 6 to 9", "From 11 to 13"]


def test_nobody_sits_through_a_long_silence() -> None:
    talk = told((1.0, TEN), (1.0, TEN), (20.0, TEN), (1.0, TEN), (1.0, TEN))

    (plan,) = choose(talk, [thought(talk, 1, 1)], count=1, min_seconds=15, max_seconds=60)

    assert whole(plan) == Span(pytest.approx(0.75), pytest.approx(talk.sentences[1].end + 0.4))


def test_recording_shorter_than_a_clip_is_one_clip() -> None:
    talk = told((1.0, "one two three"), (1.0, "four five"))

    (plan,) = choose(talk, [thought(talk, 1, 1, 0.3), thought(talk, 0, 0, 0.7)], min_seconds=15)

    assert plan.title == "From 0 to 0"
    assert whole(plan) == Span(pytest.approx(0.75), pytest.approx(talk.sentences[1].end + 0.4))


def test_pauses_and_fillers_are_removed_and_the_clip_is_long_enough_without_them() -> None:
    talk = told((1.0, "one two three four um five six"), *((3.0, TEN) for _ in range(9)))

    (plan,) = choose(talk, [thought(talk, 0, 1)], count=1, min_seconds=15, remove_pauses=True, remove_fillers=True)

    assert [hole.kind for hole in plan.removed] == ["filler", "pause", "pause", "pause"]
    assert [hole.text for hole in plan.removed][:1] == ["um"]
    assert timeline.total(plan.spans) >= 15


def test_sentence_longer_than_a_clip_ends_in_a_pause() -> None:
    talk = told((1.0, " ".join([TEN] * 4)))  # 19.9 s
    heard = Talk(talk.sentences, (*talk.pauses[:1], Span(8.9, 9.0), *talk.pauses[1:]), talk.duration)

    (plan,) = choose(heard, [thought(talk, 0, 0)], count=1, min_seconds=5, max_seconds=10)

    assert 9 < whole(plan).length <= 10
    assert not cut_words(talk.words, whole(plan).end)


def test_found_segments_of_another_text_are_passed_over() -> None:
    talk = told((1.0, TEN))
    wrong = ContentSegment(first=3, last=9, start=0, end=1, title="No", importance=1.0)

    assert choose(talk, [wrong]) == ()
    assert selection.choose([wrong], [], [], duration=0.0, wanted=ClipsWanted()) == ()


def test_many_found_segments_are_chosen_from() -> None:
    talk = told(*((1.0, TEN) for _ in range(120)))
    found = [thought(talk, at * 3, at * 3 + 2, at / 40) for at in range(40)]

    plans = choose(talk, found, count=15, min_seconds=15, max_seconds=20)

    assert len(plans) == 15
    assert min(plan.score for plan in plans) >= 0.4  # the better half, though not only the last minutes

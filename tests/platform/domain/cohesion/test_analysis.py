"""Whole talks: whatever is said, what comes out can be cut."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reelscribe.platform.domain import wording
from reelscribe.platform.domain.clips import ClipsWanted, ContentSegment, Title
from reelscribe.platform.domain.cohesion import analysis
from reelscribe.platform.domain.sentences import Sentence
from reelscribe.platform.engines.finder import lexicons

from tests.platform.domain.cohesion import lessons

CHINESE = (
    *("今天我们来讲机器学习的基本概念", "机器学习是人工智能的一个重要分支", "它让计算机从数据中学习规律"),
    *("给计算机看很多照片它就能自己学会", "接下来我们看监督学习", "监督学习需要有标签的数据"),
    *("最常见的监督学习任务是分类和回归", "分类是预测类别", "回归是预测数值", "现在我们来谈谈过拟合"),
    *("过拟合是指模型记住了训练数据", "但是在新的数据上表现很差", "因为模型太复杂而训练数据太少"),
    *("解决过拟合的方法有很多", "最后我们来讲神经网络", "神经网络是由很多神经元组成的"),
    *("训练神经网络用的是反向传播算法", "深度学习就是使用很多层的神经网络"),
)
ANY = ClipsWanted()


def find(
    talk: tuple[Sentence, ...], language: str | None = "en", wanted: ClipsWanted = ANY
) -> tuple[ContentSegment, ...]:
    """Find segments with what is known of the language."""
    return analysis.find(talk, language, wanted, lexicons.lexicon(language))


def is_valid(found: tuple[ContentSegment, ...], talk: tuple[Sentence, ...]) -> bool:
    """Return whether clips can be cut from ``found``; asserts say what is wrong."""
    by_number = {sentence.number: sentence for sentence in talk}
    assert 1 <= len(found) <= 15
    for each in found:
        own = [by_number[number] for number in range(each.first, each.last + 1)]
        assert each.start == own[0].start
        assert each.start <= each.end <= max(sentence.end for sentence in own)
        assert each.quote in {sentence.text for sentence in own}
        assert 0 <= each.importance <= 1
        assert each.reason
        msgspec.convert(each.title, Title)
    return all(one.last < other.first and one.end <= other.start for one, other in pairwise(found))


@st.composite
def spoken(draw: st.DrawFn) -> tuple[Sentence, ...]:
    """Sentences by time, by several speakers who may talk at once, of any signs."""
    count = draw(st.integers(1, 40))
    said = st.one_of(st.sampled_from(lessons.LESSON), st.text(min_size=1, max_size=60)).map(wording.clean).filter(bool)
    found, at = [], 0.0
    for number in range(count):
        seconds = draw(st.floats(0, 40))
        text, speaker = draw(said), draw(st.sampled_from([None, "A", "B"]))
        found.append(Sentence(number=number, start=at, end=at + seconds, text=text, speaker=speaker))
        at += seconds + draw(st.floats(-min(seconds, 5), 30))
    return tuple(found)


@settings(max_examples=60, deadline=None)
@given(
    spoken(), st.sampled_from(["en", "zh", "xx", None]), st.sampled_from([15.0, 60.0]), st.sampled_from([20.0, 300.0])
)
def test_anything_said_gives_segments_that_can_be_cut(
    talk: tuple[Sentence, ...], language: str | None, shortest: float, longest: float
) -> None:
    found = find(talk, language, ClipsWanted(min_seconds=shortest, max_seconds=longest, about="bread and songs"))

    assert is_valid(found, talk)


def test_subjects_become_segments_with_their_names() -> None:
    found = find(lessons.said(*lessons.LESSON))

    assert [(each.first, each.last) for each in found] == [(0, 5), (6, 11), (12, 17), (18, 23)]
    assert [each.topics[0] for each in found] == ["bread", "bridge", "whales", "star"]


def test_what_the_customer_asks_for_comes_first() -> None:
    found = find(lessons.said(*lessons.LESSON), wanted=ClipsWanted(about="How is bread made? Something about yeast!"))

    best = max(found, key=lambda each: each.importance)
    assert best.topics[0] == "bread"
    assert best.reason.startswith("It is about what you asked for: “bread” and “yeast”.")


def test_question_and_its_answer_are_told_as_the_reason() -> None:
    found = find(lessons.said(*lessons.LESSON))

    assert found[2].reason.startswith("It answers a question: “Why do whales sing at night in the deep ocean?”")


def test_ten_seconds_are_one_segment_with_everything() -> None:
    talk = lessons.said("Hello.", "This is a test.", "Goodbye.", seconds=3)

    (found,) = find(talk)

    assert (found.first, found.last, found.start, found.end) == (0, 2, 0.0, talk[-1].end)


def test_same_talk_gives_same_segments() -> None:
    talk = lessons.said(*lessons.LESSON)

    assert find(talk) == find(talk)


def test_chinese_is_read_by_pairs_of_characters() -> None:
    found = find(lessons.said(*(f"{each}。" for each in CHINESE), seconds=4), "zh")

    assert len(found) >= 3
    assert {"机器学习", "监督学习"} & {topic for each in found for topic in each.topics}
    assert all(3 <= len(each.title) <= 20 and any(each.title in said for said in CHINESE) for each in found)


@pytest.mark.parametrize("name", ["lecture_2spk_12min.mp4", "essay_lecture_5min.mp4", "panel_5spk_8min_overlap.m4a"])
def test_lectures_give_whole_thoughts_of_different_subjects(shared: Path, name: str) -> None:
    talk = lessons.truth(shared, name)

    found = find(talk)

    assert is_valid(found, talk)
    assert 5 <= len(found) <= 15
    assert {each.start for each in found} <= {sentence.start for sentence in talk}
    assert len({each.topics for each in found}) == len(found)
    assert len({each.title for each in found}) == len(found)
    assert all(10 <= each.end - each.start <= 100 for each in found)


@pytest.mark.parametrize("has_marks", [True, False])
def test_every_third_of_three_hours_can_win(shared: Path, has_marks: bool) -> None:
    talk = lessons.long_talk(shared, hours=3)
    talk = talk if has_marks else lessons.without_marks(talk)

    found = find(talk)

    assert is_valid(found, talk)
    assert len(found) == 15
    best = sorted(found, key=lambda each: -each.importance)[:8]
    thirds = {int(3 * each.start / talk[-1].end) for each in best}
    assert thirds == {0, 1, 2}

"""Every part that the analyst offers, through the real SDK."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest
from reelscribe.platform.domain.features import Features
from reelscribe.platform.domain.insights import TranslatedSegment
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.engines.gemini.analyst import FEATURES, GeminiAnalyst
from reelscribe.platform.errors import EngineCredentials, EngineFailed, EngineQuota
from reelscribe.platform.settings import Settings

from tests.platform.engines.conftest import Notes
from tests.platform.engines.gemini.conftest import spoken, wanted
from tests.stand_ins import gemini
from tests.stand_ins.gemini import PER_DAY, Fault, Received, Reply, exhausted
from tests.stand_ins.gemini_model import answer, listed

TALK = spoken("we met anna in paris", "it was cold in Paris", "and then we went home")
ALL = ("summary", "improve_text", "auto_chapters", "auto_highlights", "entity_detection", "sentiment_analysis")


async def test_every_offered_part_is_delivered(analyst: GeminiAnalyst, notes: Notes) -> None:
    found = await analyst.analyse(TALK, "en", wanted(*ALL, translate_to=("de",)), notes)

    insights = found.insights
    assert set(found.features_done) == FEATURES == analyst.features()
    assert insights.summary
    assert insights.chapters
    assert insights.highlights
    assert insights.entities
    assert [mood.sentiment for mood in insights.sentiments] == ["positive", "negative", "neutral"]
    assert insights.translations[0].segments[2] == TranslatedSegment(id="seg-2", text="«And then we went home.»")
    assert found.segments is not None
    assert found.warnings == ()


async def test_other_parts_quote_the_improved_text(analyst: GeminiAnalyst, notes: Notes) -> None:
    found = await analyst.analyse(TALK, "en", wanted("improve_text", "sentiment_analysis"), notes)

    assert [mood.text for mood in found.insights.sentiments] == [segment.text for segment in found.segments or ()]
    assert found.insights.sentiments[0].text == "We met anna in paris."


async def test_translation_into_the_same_language_alone_is_not_done(analyst: GeminiAnalyst, notes: Notes) -> None:
    with pytest.raises(EngineFailed, match="in English already"):
        await analyst.analyse(TALK, "en-US", wanted(translate_to=("en",)), notes)


async def test_only_wanted_parts_are_asked_for(analyst: GeminiAnalyst, server: gemini.Server, notes: Notes) -> None:
    found = await analyst.analyse(TALK, "en", wanted("auto_chapters"), notes)

    assert found.features_done == ("auto_chapters",)
    assert len(server.of("generate")) == 1
    assert found.segments is None
    assert found.usage.requests == 1
    assert found.usage.input_tokens > 0


async def test_progress_never_falls_and_ends_at_one(analyst: GeminiAnalyst, notes: Notes) -> None:
    await analyst.analyse(TALK, "en", wanted(*ALL), notes)

    assert notes.fractions == sorted(notes.fractions)
    assert notes.fractions[-1] == 1.0


async def test_without_a_key_nothing_is_offered(server: gemini.Server, notes: Notes) -> None:
    analyst = GeminiAnalyst(Settings(gemini_base_url=server.url))

    with pytest.raises(EngineCredentials):
        await analyst.analyse(TALK, "en", wanted("summary"), notes)

    assert analyst.features() == frozenset()
    assert server.requests == []


@pytest.mark.parametrize("segments", [(), spoken("  ")], ids=["none", "blank"])
async def test_text_without_words_is_not_sent(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes, segments: tuple[object, ...]
) -> None:
    found = await analyst.analyse(segments, "en", wanted(*ALL), notes)

    assert found.features_done == ()
    assert server.requests == []


async def test_nothing_wanted_asks_nothing(analyst: GeminiAnalyst, server: gemini.Server, notes: Notes) -> None:
    found = await analyst.analyse(TALK, "en", Features(), notes)

    assert found.features_done == ()
    assert server.requests == []


async def test_chapters_take_their_times_from_segments(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes
) -> None:
    chapters = [_chapter(2, "Second"), _chapter(3, "Third")]
    server.replies.append({"chapters": chapters})

    found = await analyst.analyse(TALK, "en", wanted("auto_chapters"), notes)

    # the first chapter takes what lies before it
    assert [(each.start, each.end, each.headline) for each in found.insights.chapters] == [
        (0.0, 20.0, "Second"),
        (20.0, 30.0, "Third"),
    ]


async def test_highlights_are_counted_by_us_and_found_by_word(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes
) -> None:
    server.replies.append({"highlights": [{"line": 2, "text": "in paris", "importance": 70}]})

    found = await analyst.analyse(TALK, "en", wanted("auto_highlights"), notes)

    (highlight,) = found.insights.highlights
    # words 4 and 5 of both segments, half a second each
    assert highlight.spans == (Span(1.5, 2.5), Span(11.5, 12.5))
    assert (highlight.count, highlight.rank) == (2, 1.0)


async def test_entities_are_placed_by_their_words(analyst: GeminiAnalyst, server: gemini.Server, notes: Notes) -> None:
    mention = {"line": 1, "kind": "person_name", "text": "anna"}
    server.replies.append({"entities": [mention]})

    found = await analyst.analyse(TALK, "en", wanted("entity_detection"), notes)

    (entity,) = found.insights.entities
    assert (entity.start, entity.end, entity.kind, entity.text) == (1.0, 1.5, "person_name", "anna")


async def test_improved_text_keeps_the_times_of_its_words(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes
) -> None:
    texts = ["We met Anna in Paris.", "It was cold in Paris,", "and then we went home."]
    server.replies.append({"lines": [_rewritten(number, text) for number, text in enumerate(texts, start=1)]})

    found = await analyst.analyse(TALK, "en", wanted("improve_text"), notes)

    assert found.segments is not None
    assert [segment.text for segment in found.segments] == texts
    assert [word.text for word in found.segments[0].words] == ["We", "met", "Anna", "in", "Paris."]
    assert [(w.start, w.end) for s in found.segments for w in s.words] == [
        (w.start, w.end) for s in TALK for w in s.words
    ]
    assert found.insights.paragraphs == ("seg-0",)


async def test_other_words_are_not_taken(analyst: GeminiAnalyst, server: gemini.Server, notes: Notes) -> None:
    texts = ["We met Hannah in Paris.", "It was cold in Paris.", "And then we went home."]
    server.replies.append({"lines": [_rewritten(number, text) for number, text in enumerate(texts, start=1)]})

    found = await analyst.analyse(TALK, "en", wanted("improve_text"), notes)

    assert found.segments is not None
    assert found.segments[0] == TALK[0]
    assert found.segments[1].text == texts[1]
    assert [(each.code, each.message[0]) for each in found.warnings] == [("words_kept", "1")]


async def test_text_with_other_words_throughout_is_not_improved(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes
) -> None:
    server.replies.append({"lines": [_rewritten(number, "Something else.") for number in (1, 2, 3)]})

    with pytest.raises(EngineFailed, match="changed words"):
        await analyst.analyse(TALK, "en", wanted("improve_text"), notes)


async def test_missing_lines_are_asked_for_once_more(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes
) -> None:
    server.replies.append({"lines": [{"line": 1, "text": "eins"}, {"line": 3, "text": "drei"}]})
    server.replies.append({"lines": [{"line": 2, "text": "zwei"}]})

    found = await analyst.analyse(TALK, "en", wanted(translate_to=("de",)), notes)

    assert [line["line"] for line in listed(server.of("generate")[1].text)] == [2]
    assert [each.text for each in found.insights.translations[0].segments] == ["eins", "zwei", "drei"]


async def test_translation_with_gaps_is_not_done(analyst: GeminiAnalyst, server: gemini.Server, notes: Notes) -> None:
    server.rule = lambda request, _: _first_line_only(request)

    found = await analyst.analyse(TALK, "en", wanted("summary", translate_to=("de",)), notes)

    assert found.features_done == ("summary",)
    assert found.insights.translations == ()
    assert [warned.code for warned in found.warnings] == ["part_failed"]


async def test_one_lost_line_in_a_hundred_is_a_warning(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes
) -> None:
    talk = spoken(*(f"line number {number}" for number in range(1, 101)))
    server.rule = lambda request, _: _without(request, 50)

    found = await analyst.analyse(talk, "en", wanted(translate_to=("fr",)), notes)

    assert found.features_done == ("translation",)
    assert len(found.insights.translations[0].segments) == 99
    assert [warned.code for warned in found.warnings] == ["lines_missing"]


async def test_each_language_is_translated_once(analyst: GeminiAnalyst, server: gemini.Server, notes: Notes) -> None:
    found = await analyst.analyse(TALK, "en", wanted(translate_to=("de", "de-AT", "fr", "en", "xx")), notes)

    assert [each.language for each in found.insights.translations] == ["de", "fr"]
    assert sorted(warned.code for warned in found.warnings) == ["language_same", "language_unknown"]


async def test_long_text_is_read_in_parts_and_joined(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes
) -> None:
    talk = spoken(*(f"line number {number} {'and so on ' * 30}" for number in range(300)))  # 97,000 characters

    found = await analyst.analyse(talk, "en", wanted("summary", "auto_chapters"), notes)

    chapters = found.insights.chapters
    assert len(server.of("generate")) == 2 * (3 + 1)
    assert found.insights.summary.startswith("This is about 3 lines")  # the summaries of the three parts
    assert chapters[0].start == 0.0
    assert chapters[-1].end == 3000.0
    assert all(before.end == after.start for before, after in pairwise(chapters))


async def test_long_text_is_translated_line_by_line(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes
) -> None:
    talk = spoken(*(f"line number {number} {'and so on ' * 10}" for number in range(200)))  # 24,000 characters

    found = await analyst.analyse(talk, "en", wanted(translate_to=("de",)), notes)

    ids = [each.id for each in found.insights.translations[0].segments]
    assert ids == [segment.id for segment in talk]
    assert len(server.of("generate")) >= 3


async def test_too_long_answer_is_asked_for_in_halves(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes
) -> None:
    server.replies.append(Reply('{"lines": [{"line": 1, "te', finish_reason="MAX_TOKENS"))

    found = await analyst.analyse(TALK, "en", wanted(translate_to=("de",)), notes)

    sizes = [len(listed(request.text)) for request in server.of("generate")]
    assert sizes == [3, 1, 2]
    assert len(found.insights.translations[0].segments) == 3


@pytest.mark.parametrize(
    "reply",
    [Reply("no JSON"), Reply('{"summary": 5}'), Reply("", finish_reason="SAFETY"), Reply('{"summary": " "}')],
    ids=["garbage", "schema", "blocked", "empty"],
)
async def test_failed_part_costs_no_other(
    analyst: GeminiAnalyst, server: gemini.Server, notes: Notes, reply: Reply
) -> None:
    server.rule = lambda request, _: reply if "summary" in _wanted(request) else _ruled(request)

    found = await analyst.analyse(TALK, "en", wanted("summary", "auto_chapters"), notes)

    assert found.features_done == ("auto_chapters",)
    assert found.insights.summary == ""
    assert [warned.code for warned in found.warnings] == ["part_failed"]
    assert found.warnings[0].message.startswith("Gemini did not do summary: ")


async def test_cancel_ends_the_reading(analyst: GeminiAnalyst, server: gemini.Server, notes: Notes) -> None:
    server.faults["generate"].extend([Fault(silent=True)] * 2)
    work = asyncio.create_task(analyst.analyse(TALK, "en", wanted("summary", "auto_chapters"), notes))
    assert await asyncio.to_thread(server.wait_for, "generate", 2)

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert notes.fractions == []


async def test_quota_ends_the_whole_reading(analyst: GeminiAnalyst, server: gemini.Server, notes: Notes) -> None:
    server.faults["generate"].append(exhausted(PER_DAY))

    with pytest.raises(EngineQuota):
        await analyst.analyse(TALK, "en", wanted(*ALL), notes)


def _chapter(first: int, headline: str) -> dict[str, object]:
    return {"first": first, "headline": headline, "gist": "", "summary": ""}


def _rewritten(number: int, text: str) -> dict[str, object]:
    return {"line": number, "text": text, "new_paragraph": False}


def _wanted(request: Received) -> set[str]:
    return set(request.config["responseJsonSchema"]["properties"])


def _ruled(request: Received) -> Reply:
    return Reply(json.dumps(answer(request.config["responseJsonSchema"], request.text, None)))


def _first_line_only(request: Received) -> Reply:
    told = answer(request.config["responseJsonSchema"], request.text, None)
    return Reply(
        json.dumps(
            {**told, "lines": told["lines"][:1] if listed(request.text)[0]["line"] == 1 else []}
            if "lines" in told
            else told
        )
    )


def _without(request: Received, number: int) -> Reply:
    told = answer(request.config["responseJsonSchema"], request.text, None)
    return Reply(json.dumps({"lines": [line for line in told["lines"] if line["line"] != number]}))

"""What was found out about a text, on the page of its job."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.insights import (
    Chapter,
    Entity,
    Highlight,
    Insights,
    Sentiment,
    TranslatedSegment,
    Translation,
)
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment, Transcript
from reelscribe.platform.services import transcripts
from reelscribe.web.pages import findings, reading

from tests import told
from tests.web.pages.conftest import Browser

Tell = Callable[..., Awaitable[str]]


@pytest.fixture
def tell(browser: Browser, job_id: str) -> Tell:
    """Give the job a transcript; return its page, or the part of it at ``path``."""

    async def give(made: Transcript, *, path: str = "") -> str:
        async with db.transaction():
            await transcripts.store(UUID(job_id), made, run=1)
            await db.execute(
                "UPDATE jobs SET status = 'completed', progress = 100, finished_at = now() WHERE id = $1", UUID(job_id)
            )
        return (await browser.get(f"/jobs/{job_id}{path}")).text

    return give


async def test_summary_and_outline_stand_above_the_text(tell: Tell) -> None:
    page = await tell(told.transcript())

    places = [page.index(text) for text in ('id="summary-title"', 'id="chapters"', 'id="mood"', 'id="transcript"')]
    assert places == sorted(places)
    outline = re.findall(r'class="chapter-link" href="(#s\d+)" data-seek="([\d.]+)"', page)
    assert outline == [("#s1", "0.0"), ("#s4", "12.0"), ("#s7", "24.0")]
    assert re.findall(r'<h3 class="chapter" dir="auto">(.*?)</h3>', page) == [
        "The first programme",
        "Nobody paid for the machine",
        "A late start",
    ]


async def test_names_are_grouped_and_lead_to_their_moments(tell: Tell) -> None:
    page = await tell(told.transcript())

    assert re.findall(r"<h3>(.*?)</h3>", page) == ["Places", "People", "Historical year"]
    london = re.search(r'London</span>\s*<a class="at" href="(.*?)" data-seek="(.*?)"', page)
    assert london is not None
    assert london.groups() == ("#s5", "16.5")


async def test_phrases_are_ranked_and_counted(tell: Tell) -> None:
    page = await tell(told.transcript())

    phrases = page[page.index('id="phrases"') :]
    assert phrases.index("first programme") < phrases.index("the engine")
    assert 'the engine</span> <span class="muted small">\u00d72<' in phrases


async def test_mood_is_told_in_words_and_at_its_lines(tell: Tell) -> None:
    page = await tell(told.transcript())

    assert re.findall(r"(Positive|Neutral|Negative) <span class=\"muted\">(\d+)", page) == [
        ("Positive", "2"),
        ("Neutral", "1"),
        ("Negative", "1"),
    ]
    marks = re.findall(r'href="#t=([\d.]+)">[^<]*</a> <span class="feeling \w+" role="img" aria-label="(.*?)"', page)
    assert marks == [("8.0", "Sounds negative"), ("20.0", "Sounds positive"), ("28.0", "Sounds positive")]


async def test_translation_replaces_the_lines_without_script(tell: Tell) -> None:
    page = await tell(told.transcript(), path="?translation=de")

    assert "Leider wurde die Maschine nie gebaut." in page
    assert "Sadly, the engine was never built." not in page
    assert 'id="lines-0" lang="de"' in page
    assert re.search(r'lang="en" title="This line was not translated">.*?Thank', page)
    assert re.search(r'\?translation=de"[^>]* aria-current="true"', page)


async def test_unknown_translation_shows_what_was_said(tell: Tell) -> None:
    page = await tell(told.transcript(), path='?translation="><script>')

    assert "Sadly," in page
    assert "<script>" not in page


async def test_long_translation_comes_in_parts(tell: Tell, browser: Browser) -> None:
    many = tuple(Segment(id=f"s{nr}", start=float(nr), end=nr + 0.9, text=f"Line {nr}.") for nr in range(300))
    lines = tuple(TranslatedSegment(id=one.id, text=f"Zeile {one.id}.") for one in many)
    chapter = Chapter(start=299, end=300, headline="The end")
    made = told.transcript(
        Insights(chapters=(chapter,), translations=(Translation(language="de", segments=lines),)), many
    )

    page = await tell(made, path="?translation=de")

    address = re.search(r'hx-get="(/jobs/[^"]+/lines\?[^"]+)"', page)
    assert address is not None
    assert "Zeile s299." in (await browser.get(address[1].replace("&amp;", "&"))).text
    assert 'href="?from=250&amp;translation=de#s299"' in page


async def test_unsure_words_are_marked_with_a_legend(tell: Tell) -> None:
    page = await tell(told.transcript())

    assert re.findall(r'<mark class="unsure" data-t="[\d.]+"[^>]*>(.*?)</mark>', page) == ["Babbage."]
    assert re.search(r'id="mark-unsure" checked.*?1 like <mark class="unsure">this</mark>', page)


async def test_nothing_is_shown_when_nothing_was_found_out(tell: Tell) -> None:
    sure = told.SEGMENTS[:1]

    page = await tell(msgspec.structs.replace(told.transcript(segments=sure), insights=msgspec.UNSET))

    assert [name for name in ("insights", "tongues", "mark-unsure", "chapter") if f'"{name}"' in page] == []
    assert "Welcome" in page


EVIL = "<script>alert(1)</script>"
_EVIL_SPAN = Span(1, 2)
EVIL_INSIGHTS = {
    "summary": Insights(summary=EVIL),
    "chapter": Insights(chapters=(Chapter(start=0, end=1, headline=EVIL, gist=f"{EVIL}a", summary=f"{EVIL}b"),)),
    "sentiment": Insights(sentiments=(Sentiment(start=0, end=1, text=EVIL, sentiment="positive", speaker=EVIL),)),
    "entity": Insights(entities=(Entity(start=0, end=1, kind=EVIL, text=EVIL),)),
    "highlight": Insights(highlights=(Highlight(text=EVIL, count=1, rank=1.0, spans=(_EVIL_SPAN,)),)),
    "translation": Insights(
        translations=(Translation(language="de", segments=(TranslatedSegment(id="s1", text=EVIL),)),)
    ),
    "language": Insights(translations=(Translation(language=f'"{EVIL}', segments=()),)),
}


@pytest.mark.parametrize("name", EVIL_INSIGHTS)
async def test_text_of_a_provider_is_text(tell: Tell, name: str) -> None:
    page = await tell(told.transcript(EVIL_INSIGHTS[name]), path="?translation=de")

    assert "<script>alert" not in page
    assert '""' not in re.sub(r'(alt|value|lang|data-line|href|data-question)=""', "", page)
    assert name == "sentiment" or "&lt;script&gt;" in page


async def test_warning_that_names_a_page_links_to_it(tell: Tell, job_id: str) -> None:
    said = [{"code": "x", "stage": "diarize", "message": "Accept https://models.example/terms, <b>then</b> retry."}]
    await db.execute("UPDATE jobs SET warnings = $2 WHERE id = $1", UUID(job_id), msgspec.json.encode(said).decode())

    page = await tell(told.transcript())

    assert '<a href="https://models.example/terms" rel="' in page
    assert "&lt;b&gt;then&lt;/b&gt;" in page


def test_rest_of_many_names_is_folded_away() -> None:
    many = tuple(Entity(start=nr, end=nr, kind="location", text=f"Place {nr}") for nr in range(20))
    made = told.transcript(Insights(entities=many))

    (group,) = findings.of(made, reading.part(made, 0)).names

    assert (len(group.first), len(group.rest)) == (12, 8)


def test_one_name_in_several_spellings_is_counted_once() -> None:
    said = [(1.0, "London"), (9.0, "LONDON"), (5.0, "london")]
    made = told.transcript(Insights(entities=tuple(Entity(start=at, end=at, kind="x", text=name) for at, name in said)))

    (group,) = findings.of(made, reading.part(made, 0)).names

    assert [(one.text, one.count, [place.start for place in one.places]) for one in group.first] == [
        ("London", 3, [1.0, 5.0, 9.0])
    ]


def test_chapter_between_two_lines_begins_at_the_next() -> None:
    lines = tuple(Segment(id=f"s{nr}", start=nr * 10.0, end=nr * 10.0 + 2, text="A line.") for nr in range(3))
    made = told.transcript(Insights(chapters=(Chapter(start=5, end=20, headline="Later"),)), lines)

    assert [line.chapters for line in reading.part(made, 0).lines] == [(), ("Later",), ()]


def test_share_of_a_speaker_is_of_all_speech() -> None:
    made = told.transcript()

    voices = findings.of(made, reading.part(made, 0)).voices

    assert [(voice.label, voice.seconds, voice.percent) for voice in voices] == [
        ("Speaker 1", 24.0, 75),  # six lines of four seconds
        ("Speaker 2", 8.0, 25),
    ]

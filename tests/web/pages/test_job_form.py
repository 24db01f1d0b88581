"""The form for a new job: what it offers, what it means, and what it says about mistakes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from reelscribe.platform.domain import features
from reelscribe.platform.domain.options import AUTO
from reelscribe.platform.services.engines import EngineOffer
from reelscribe.platform.services.media import MediaView
from reelscribe.web.pages import engine_choice, job_form
from reelscribe.web.pages.job_form import Choice

from tests.recordings import wav
from tests.web.conftest import Member
from tests.web.pages.conftest import Browser

HERE = EngineOffer(
    name="local",
    label="On this server",
    is_default=True,
    is_remote=False,
    refusal=None,
    hint="",
    languages=None,
    features=(),
    takes_hints=False,
    takes_text=False,
    diarizes=True,
    word_times=True,
)
CLOUD = msgspec.structs.replace(
    HERE, name="assemblyai", label="AssemblyAI (cloud)", is_default=False, is_remote=True, features=("auto_chapters",)
)
BROKEN = msgspec.structs.replace(
    HERE, name="whisperx", label="WhisperX", is_default=False, refusal="It is not installed.", hint="Install it."
)
TEXTS = msgspec.structs.replace(HERE, name="stub", is_default=False, takes_text=True, features=("summary",))
AUTOMATIC = msgspec.structs.replace(CLOUD, name=AUTO, label="Automatic", order=("whisperx", "local", "assemblyai"))
OFFERED = [AUTOMATIC, BROKEN, HERE, CLOUD, TEXTS]


def test_engines_that_can_work_come_first_and_the_usual_one_is_ticked() -> None:
    shown = engine_choice.options(OFFERED, "")

    assert [(one.name, one.is_chosen, one.refusal) for one in shown] == [
        (AUTO, False, ""),
        ("local", True, ""),
        ("assemblyai", False, ""),
        ("whisperx", False, "It is not installed. Install it."),
    ]


def test_each_engine_says_where_the_recording_goes() -> None:
    abouts = {one.name: one.about for one in engine_choice.options(OFFERED, "")}

    assert abouts["local"] == "On this server, private."
    assert abouts["assemblyai"] == "Sends the recording to AssemblyAI."
    assert abouts[AUTO] == (
        "Tries the best one on this server, then AssemblyAI; the next one when one fails."
        " Sends the recording away only when it is the turn of AssemblyAI."
    )


def test_extra_names_the_engines_that_have_it() -> None:
    found, written = engine_choice.extras(OFFERED, is_text=False)

    extras = {one.field: one for one in (*found, *written)}
    assert (extras["auto_chapters"].engines, extras["auto_chapters"].needs) == (
        (AUTO, "assemblyai"),
        "Only with AssemblyAI.",
    )
    assert extras["auto_chapters"].price == "0.30 a minute"
    assert "No engine on this server" in extras["generate_summary"].needs


def test_text_is_summed_up_by_what_reads_texts() -> None:
    _, written = engine_choice.extras(OFFERED, is_text=True)

    assert {one.field: one.engines for one in written}["generate_summary"] == ("stub",)


@pytest.mark.parametrize(
    ("engine", "field"), [("local", "auto_chapters"), ("assemblyai", ""), (AUTO, ""), ("unheard-of", "")]
)
def test_extra_that_the_engine_lacks_is_found(engine: str, field: str) -> None:
    wanted = features.parse({"speech_understanding": {"auto_chapters": True}})

    assert engine_choice.missing(OFFERED, engine, wanted) == field


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Ada Lovelace, Babbage;  engine\nAda Lovelace\n\n", ("Ada Lovelace", "Babbage", "engine")),
        (" \n,;", ()),
        ("a\x00b", ("a b",)),
    ],
)
def test_hotwords_are_lines_or_parted_by_commas(typed: str, words: tuple[str, ...]) -> None:
    assert job_form.hotwords(typed) == words


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"hotwords": "x" * 61}, "hotwords", "longer than 60"),
        ({"hotwords": ",".join(map(str, range(101)))}, "hotwords", "101 names"),
        ({"prompt": "x" * 1001}, "prompt", "1001 characters"),
        ({"mode": "dialogue", "min_speakers": "many"}, "min_speakers", "&#39;many&#39; is not a number"),
        ({"mode": "dialogue", "max_speakers": "0"}, "max_speakers", "is not a number"),
        ({"mode": "dialogue", "min_speakers": "5", "max_speakers": "2"}, "max_speakers", "is larger"),
        ({"language": "xx"}, "language", "is not known"),
        ({"translate_to": "Germn"}, "translate_to", "&#39;Germn&#39; is not known. Did you mean"),
        (
            {"auto_chapters": "yes", "language": "de"},
            "auto_chapters",
            "Only English recordings can have &#39;Chapters&#39;",
        ),
        ({"entity_detection": "yes"}, "entity_detection", "does not offer &#39;Names and entities&#39;"),
        ({"engine": "whisper-9000"}, "engine", "whisper-9000"),
    ],
    ids=[
        "long word",
        "many words",
        "long prompt",
        "no number",
        "zero",
        "order",
        "language",
        "target",
        "English",
        "extra",
        "engine",
    ],
)
async def test_mistake_comes_back_at_its_field_with_all_that_was_typed(
    browser: Browser, media_id: str, fields: dict[str, str], field: str, words: str
) -> None:
    kept = {"hotwords": "Babbage", "prompt": "Kept prompt."}

    answer = await browser.post("/jobs", media_id=media_id, **(kept | fields))

    assert answer.status_code == 422
    said = re.search(rf'<p class="bad-text small" id="{field}-problem">(.*?)</p>', answer.text)
    assert said is not None
    assert words in said[1]
    assert all(f">{text}</textarea>" in answer.text for text in (kept | fields).values() if text in kept.values())
    assert 'id="start" data-refused>' in answer.text


async def test_job_begins_with_engine_and_hints(browser: Browser, member: Member, media_id: str) -> None:
    answer = await browser.post(
        "/jobs", media_id=media_id, engine="pocketsphinx", language="en", hotwords="Ada, Babbage", prompt="A talk."
    )

    assert answer.status_code == 303
    job = (await member.http.get(f"/api/v1{answer.headers['location']}")).json()
    assert job["engine"] == "pocketsphinx"


def test_request_has_what_was_ticked() -> None:
    recording = MediaView(
        id=UUID(int=1),
        filename="talk.wav",
        kind="audio",
        content_type="audio/wav",
        size=1,
        duration=1.0,
        sha256="",
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
    )
    choice = Choice(language="en", hotwords="Ada", prompt=" A  talk. ", min_speakers="2", mode="dialogue")

    made = job_form.wanted(choice, recording)

    assert (made.hotwords, made.prompt, made.min_speakers, made.mode) == (("Ada",), "A talk.", 2, "dialogue")
    assert made.features.parts() == frozenset()


async def test_options_after_the_file_count_without_script(browser: Browser, member: Member) -> None:
    token = await browser.token()
    files = [
        ("_csrf_token", (None, token)),
        ("file", ("talk.wav", wav(2.0))),
        ("language", (None, "de")),
        ("mode", (None, "dialogue")),
    ]

    answer = await browser.http.post("/jobs/new", files=files)

    assert answer.status_code == 303, answer.text
    job = (await member.http.get(f"/api/v1{answer.headers['location']}")).json()
    assert (job["language"], job["mode"]) == ("de", "dialogue")


async def test_recording_stays_when_the_options_after_it_are_wrong(browser: Browser) -> None:
    files = [
        ("_csrf_token", (None, await browser.token())),
        ("file", ("talk.wav", wav(2.0))),
        ("translate_to", (None, "Klingon")),
    ]

    answer = await browser.http.post("/jobs/new", files=files)

    assert answer.status_code == 422
    assert 'id="translate_to-problem"' in answer.text
    assert "talk.wav" in answer.text
    assert re.search(r'name="media_id" value="[0-9a-f-]{36}"', answer.text)


async def test_form_of_a_text_asks_nothing_about_sound(browser: Browser, member: Member) -> None:
    view = await member.http.post("/api/v1/media", files={"file": ("a.txt", b"Some words.")})

    page = (await browser.get(f"/jobs/new?media_id={view.json()['id']}")).text

    assert [name for name in ("engine", "mode", "hotwords") if f'name="{name}"' in page] == []


@pytest.mark.parametrize(("typed", "codes"), [("German, fr; pt-BR\nGerman", ("de", "fr", "pt")), (" , ", ())])
def test_translations_are_named_or_coded(typed: str, codes: tuple[str, ...]) -> None:
    made = job_form.features_of(Choice(translate_to=typed))

    assert made.translations == codes
    assert made.summary is False


def test_only_engines_that_work_here_listen_to_hints() -> None:
    offered = [msgspec.structs.replace(one, takes_hints=True) for one in (AUTOMATIC, BROKEN, CLOUD)]

    assert engine_choice.listeners(offered) == ["AssemblyAI"]

"""Whether an engine can do a job is known before anything is charged; who is refused reads what to do."""

from __future__ import annotations

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.options import Options
from reelscribe.platform.domain.options import parse as parse_options
from reelscribe.platform.engines import registry
from reelscribe.platform.engines.protocol import Capabilities
from reelscribe.platform.engines.stub import Stub
from reelscribe.platform.errors import UnsupportedOption
from reelscribe.platform.services import jobs, runs, suitability
from reelscribe.platform.services.jobs import NewJob
from reelscribe.platform.services.suitability import Case
from reelscribe.platform.settings import current

from .factories import identity, media


class Short(Stub):
    """Takes an hour at most, and a hundred megabytes."""

    name = "short"

    def capabilities(self) -> Capabilities:
        return Capabilities(
            languages=frozenset({"en"}),
            word_times=True,
            diarizes=False,
            longest_seconds=3600.0,
            largest_bytes=100_000_000,
        )


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (Case(seconds=3601.0), "52 minutes"),  # 100 MB are 3125 s
        (Case(seconds=3126.0), "52 minutes"),
        (Case(language="de"), "German"),
        (Case(is_text=True), "needs sound"),
    ],
    ids=["too long", "too large", "language", "text"],
)
def test_engine_objects_to_what_it_cannot_do(case: Case, says: str) -> None:
    objection = suitability.objection(Short(), case)

    assert isinstance(objection, UnsupportedOption)
    assert says in objection.message
    assert objection.hint


@pytest.mark.parametrize("case", [Case(seconds=3100.0, language="en-GB"), Case(), Case(seconds=10.0)])
def test_engine_takes_what_it_can_do(case: Case) -> None:
    assert suitability.objection(Short(), case) is None


@pytest.mark.parametrize(
    ("engine", "model", "refused"),
    [
        ("faster-whisper", "nobodys", True),
        ("local", "nobodys", True),
        ("faster-whisper", "tiny", False),
        ("faster-whisper", current().whisper_model, False),
        ("pocketsphinx", "tiny", True),
        ("pocketsphinx", "en-us", False),
        ("local", "en-us", False),
    ],
)
def test_model_is_known_or_refused_at_once(engine: str, model: str, refused: bool) -> None:
    if registry.get(engine).refusal() is not None:
        pytest.skip(f"{engine} is not installed")

    misfits = list(suitability._misfits(registry.get(engine), Case(model=model)))

    assert bool(misfits) is refused


def test_language_is_judged_by_the_model_that_is_asked_for() -> None:
    whisper = registry.get("faster-whisper")

    assert suitability.objection(whisper, Case(model="tiny.en", language="de")) is not None
    assert suitability.objection(whisper, Case(model="tiny", language="de")) is None


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"engine": "assemblyai"}, "cannot work on this server"),  # no key
        ({"engine": "auto", "engines": ["assemblyai", "stub"]}, "cannot work on this server"),
        ({"engine": "auto", "engines": ["siren"]}, "no engine named"),
        ({"engine": "auto", "engines": ["auto"]}, "no engine named"),
        ({"engine": "auto", "engines": ["pocketsphinx"], "language": "de"}, "German"),
        ({"engine": "auto", "model": "tiny"}, "not with 'auto'"),
        ({"engine": "stub", "engines": ["stub"]}, "'auto' only"),
        ({"engine": "faster-whisper", "model": "nobodys"}, "no speech model"),
        ({"engine": "pocketsphinx", "language": "de"}, "German"),
    ],
    ids=["key", "order", "name", "auto in auto", "none fits", "model of auto", "order of one", "model", "language"],
)
async def test_job_is_refused_before_it_is_charged(user, redis, wanted, says):
    request = msgspec.convert({"media_id": str(await media(user.id)), **wanted}, NewJob)

    with pytest.raises(UnsupportedOption, match=says) as refused:
        await jobs.create(identity(user.id), request)

    assert refused.value.hint
    assert await db.fetch("SELECT 1 FROM jobs") == []


async def test_auto_leaves_refused_engines_of_the_usual_order_out(user, redis):
    made = await jobs.create(identity(user.id), NewJob(media_id=await media(user.id), engine="auto"))

    assert made.engine == "auto"


async def test_text_has_no_engine_in_the_usual_order(user, redis):
    text = NewJob(media_id=await media(user.id, kind="text", seconds=None), engine="auto")

    with pytest.raises(UnsupportedOption, match="text file") as refused:
        await jobs.create(identity(user.id), text)

    assert "stub" in refused.value.hint


async def test_auto_may_be_the_default(user, redis, monkeypatch):
    monkeypatch.setenv("REELSCRIBE_TRANSCRIPTION_BACKEND", "auto")
    current.cache_clear()

    made = await jobs.create(identity(user.id), NewJob(media_id=await media(user.id)))

    monkeypatch.undo()
    current.cache_clear()
    assert made.engine == "auto"


async def test_options_are_kept_and_stay_with_a_new_run(user, redis):
    given = {"engines": ("stub",), "hotwords": ("Fibonacci",), "prompt": "x"}
    made = await jobs.create(identity(user.id), NewJob(media_id=await media(user.id), engine="auto", **given))
    await runs.cancel(identity(user.id), made.id)

    await runs.retry(identity(user.id), made.id)

    row = await db.fetch_one("SELECT options FROM jobs WHERE id = $1", made.id)
    assert row is not None
    assert parse_options(row["options"]) == Options(**given)


@pytest.mark.parametrize(
    "wanted",
    [
        {"hotwords": [""]},
        {"hotwords": ["x" * 61]},
        {"hotwords": ["x"] * 101},
        {"hotwords": ["a\x00b"]},
        {"prompt": "x" * 1001},
        {"engine": "auto", "engines": []},
        {"engine": "auto", "engines": ["stub"] * 9},
    ],
    ids=["empty", "long", "many", "NUL", "long prompt", "no engine", "many engines"],
)
def test_options_have_bounds(wanted) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"media_id": "00000000-0000-4000-8000-000000000000", **wanted}, NewJob)

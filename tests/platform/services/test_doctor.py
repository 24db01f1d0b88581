"""The doctor: each check finds what is wrong and names the fix."""

from __future__ import annotations

import os
import resource
from dataclasses import replace

import pytest
from reelscribe.platform import db
from reelscribe.platform import redis as redis_pool
from reelscribe.platform.media import fonts
from reelscribe.platform.services import doctor, engine_checks
from reelscribe.platform.services.findings import Level
from reelscribe.platform.settings import current


@pytest.fixture
async def settings(database, redis_url, tmp_path):
    """Settings with a home of their own; the pools are closed, as the doctor opens its own."""
    await db.stop()
    await redis_pool.stop()
    return replace(current(), home=tmp_path, storage_dir=None, model_dir=None)


async def test_postgres_is_ok_when_it_answers(settings):
    found = await doctor.check_postgres(settings)

    assert found.level is Level.OK
    assert found.detail.startswith("PostgreSQL 1")


async def test_postgres_fails_when_it_does_not_answer(settings, monkeypatch):
    monkeypatch.setenv("REELSCRIBE_DATABASE_URL", "postgresql://postgres@127.0.0.1:1/x")
    current.cache_clear()

    found = await doctor.check_postgres(current())

    monkeypatch.undo()
    current.cache_clear()
    assert found.level is Level.FAIL
    assert "does not answer" in found.detail
    assert found.fix


async def test_postgres_warns_when_the_schema_is_old(settings):
    await db.start()
    await db.execute("UPDATE migration SET app_name = 'away' WHERE app_name = 'reelscribe'")
    await db.stop()

    found = await doctor.check_postgres(settings)

    await db.start()
    await db.execute("UPDATE migration SET app_name = 'reelscribe' WHERE app_name = 'away'")
    assert (found.level, found.fix) == (Level.WARN, "Run: reelscribe migrate")


async def test_postgres_and_redis_are_embedded_when_no_url_is_set(settings):
    alone = replace(settings, database_url="", redis_url="")

    found = [await doctor.check_postgres(alone), await doctor.check_redis(alone)]

    assert [each.detail for each in found] == ["embedded; 'reelscribe up' starts it"] * 2


async def test_redis_is_ok_when_it_answers(settings):
    assert (await doctor.check_redis(settings)).level is Level.OK


async def test_redis_warns_when_it_evicts(settings):
    await redis_pool.start()
    await redis_pool.client().config_set("maxmemory-policy", "allkeys-lru")
    await redis_pool.stop()

    found = await doctor.check_redis(settings)

    await redis_pool.start()
    await redis_pool.client().config_set("maxmemory-policy", "noeviction")
    assert found.level is Level.WARN
    assert "noeviction" in found.fix


async def test_storage_fails_when_it_cannot_be_written(settings, tmp_path):
    (tmp_path / "file").touch()

    found = await doctor.check_storage(replace(settings, storage_dir=tmp_path / "file" / "storage"))

    assert found.level is Level.FAIL
    assert found.fix


async def test_ffmpeg_is_found(settings):
    found = await doctor.check_ffmpeg(settings)

    assert found.level is Level.OK
    assert found.detail.startswith("ffmpeg version")


async def test_engine_fails_when_there_is_none_of_that_name(settings):
    found = await engine_checks.check_default_engine(replace(settings, transcription_backend="siren"))

    assert found.level is Level.FAIL
    assert "siren" in found.detail


async def test_speech_model_is_ok_when_it_is_there(settings, tmp_path):
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (folder / name).touch()

    found = await engine_checks.check_speech_model(replace(settings, whisper_model="tiny"))

    assert (found.level, found.detail) == (Level.OK, f"tiny at {folder}")


async def test_speech_model_warns_when_it_cannot_be_had(settings, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    found = await engine_checks.check_speech_model(settings)

    assert found.level is Level.WARN
    assert "pocketsphinx" in found.detail
    assert str(settings.model_path) in found.fix


async def test_fonts_are_there_or_named_with_their_package(settings):
    found = await doctor.check_fonts(settings)

    lacking = fonts.lacking()
    assert found.level is (Level.WARN if lacking else Level.OK)
    assert all(script in found.detail for script in lacking)
    assert found.fix == fonts.advice(lacking)


async def test_keys_never_show_a_key(settings):
    secret = "do-not-tell-" + "x" * 32

    found = await doctor.check_keys(replace(settings, secret_key=secret, assemblyai_api_key=secret))

    assert found.detail == "secret key there; cloud keys: AssemblyAI"


@pytest.mark.parametrize(
    ("free", "level"),
    [(doctor._DISK_FAIL_BYTES - 1, Level.FAIL), (doctor._DISK_WARN_BYTES - 1, Level.WARN), (2**50, Level.OK)],
)
def test_level_follows_the_free_space(free, level):
    assert doctor._below(free, doctor._DISK_FAIL_BYTES, doctor._DISK_WARN_BYTES) is level


async def test_disk_names_the_place(settings):
    found = await doctor.check_disk(settings)

    assert str(settings.home) in found.detail


async def test_clock_is_compared_with_postgres(settings):
    found = await doctor.check_clock(settings)

    assert found.level is Level.OK
    assert "0.0 s from PostgreSQL's" in found.detail


async def test_limits_warn_when_few_files_may_be_open(settings):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))

    found = await doctor.check_limits(settings)

    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (found.level, found.fix) == (Level.WARN, "Raise it: ulimit -n 65536")


async def test_examine_goes_through_all_checks(settings, monkeypatch):
    monkeypatch.setitem(os.environ, "HF_HUB_OFFLINE", "1")

    findings = await doctor.examine(settings)

    assert len(findings) == len(doctor.CHECKS)
    assert len({finding.name for finding in findings}) == len(findings)
    assert doctor.healthy(findings)


async def test_engine_is_ok_when_one_of_autos_order_works(settings):
    chosen = replace(settings, transcription_backend="auto", engine_order="assemblyai, stub")

    found = await engine_checks.check_default_engine(chosen)

    assert found.level is Level.OK
    assert "tries stub;" in found.detail


async def test_engine_fails_when_it_has_no_key(settings):
    found = await engine_checks.check_default_engine(replace(settings, transcription_backend="assemblyai"))

    assert found.level is Level.FAIL
    assert "key" in found.detail.lower()
    assert found.fix


async def test_missing_whisperx_is_no_fault(settings):
    found = await engine_checks.check_whisperx(settings)

    assert (found.level, found.detail.startswith("optional")) == (Level.OK, True)


async def test_graphics_warns_when_the_settings_want_a_card_that_is_not_there(settings, monkeypatch):
    monkeypatch.setenv("PATH", "")

    found = await engine_checks.check_graphics(replace(settings, engine_device="cuda"))

    assert (found.level, bool(found.fix)) == (Level.WARN, True)


async def test_providers_never_show_a_key(settings):
    secret = "gemini-key-of-this-test"

    found = await engine_checks.check_providers(replace(settings, gemini_api_key=secret))

    assert found.level is Level.OK
    assert secret not in found.detail


async def test_preload_warns_when_there_is_no_such_engine(settings):
    found = await engine_checks.check_preload(replace(settings, engine_preload="siren"))

    assert found.level is Level.WARN
    assert "siren" in found.detail

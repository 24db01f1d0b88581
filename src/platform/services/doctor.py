"""What Reelscribe needs on this machine, checked one by one; each finding names the fix.

A check changes nothing that lasts. ``fail`` means that jobs cannot run, ``warn`` that some cannot, or
that trouble is near.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import psutil
from redis.exceptions import RedisError

from .. import db, migrations, redis, storage
from ..embedded import postgres as embedded_postgres
from ..embedded import redis as embedded_redis
from ..errors import ReelscribeError
from ..media import fonts
from ..settings import PREFIX, Settings
from . import engine_checks
from .findings import Check, Finding, Level, failed
from .images.check import check_endpoint

_OLDEST_POSTGRES = 150_000  # as server_version_num counts; UNIQUE NULLS NOT DISTINCT came with 15
_DISK_FAIL_BYTES, _DISK_WARN_BYTES = 1 * 1024**3, 10 * 1024**3
_MEMORY_WARN_BYTES = 2 * 1024**3  # the small model and ffmpeg beside the servers
_FILES_FAIL, _FILES_WARN = 256, 1024  # open files per process
_CLOCK_WARN_SECONDS, _CLOCK_FAIL_SECONDS = 2.0, 60.0
_EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)  # a machine without a clock battery starts in 1970


async def examine(settings: Settings) -> Sequence[Finding]:
    """Return all findings, in a fixed order."""
    return [await check(settings) for check in CHECKS]


def healthy(findings: Sequence[Finding]) -> bool:
    """Return whether jobs can run."""
    return all(finding.level is not Level.FAIL for finding in findings)


async def check_postgres(settings: Settings) -> Finding:
    """Ask for version and schema; without a URL, whether the embedded one is installed."""
    name = "PostgreSQL"
    if not settings.database_url:
        return _installed(name, embedded_postgres.installed, "DATABASE_URL")
    try:
        await db.start(size=2)
        row = await db.fetch_one("SELECT current_setting('server_version_num')::int AS number, version() AS text")
        old = await migrations.pending()
    except (ReelscribeError, asyncpg.PostgresError) as exc:
        return failed(name, exc, f"Start it, or correct {PREFIX}DATABASE_URL.")
    finally:
        await db.stop()
    version = str(row["text"] if row else "").split(" on ")[0]
    if row is None or row["number"] < _OLDEST_POSTGRES:
        return Finding(name=name, level=Level.FAIL, detail=f"{version} is too old", fix="Use PostgreSQL 15 or newer.")
    if old:
        return Finding(name=name, level=Level.WARN, detail=f"{version}, old schema", fix="Run: reelscribe migrate")
    return Finding(name=name, level=Level.OK, detail=version)


async def check_redis(settings: Settings) -> Finding:
    """Ask for version and eviction; without a URL, whether the embedded one is installed."""
    name = "Redis"
    if not settings.redis_url:
        return _installed(name, embedded_redis.installed, "REDIS_URL")
    try:
        await redis.start()
        about = await redis.client().info()
    except (ReelscribeError, RedisError) as exc:
        return failed(name, exc, f"Start it, or correct {PREFIX}REDIS_URL.")
    finally:
        await redis.stop()
    version = f"Redis {about.get('redis_version', '')}"
    if about.get("maxmemory_policy") != "noeviction":
        fix = "Set its maxmemory-policy to noeviction, or queued messages may vanish for a while."
        return Finding(name=name, level=Level.WARN, detail=f"{version} evicts keys", fix=fix)
    return Finding(name=name, level=Level.OK, detail=version)


async def check_storage(settings: Settings) -> Finding:
    """Write, read and delete a small file."""
    name = "storage"
    where = str(settings.storage_path) if settings.storage_backend == "local" else f"S3 bucket {settings.s3_bucket}"
    try:
        await storage.of(settings).check()
    except ReelscribeError as exc:
        return failed(name, exc, f"Check that {where} can be written to.")
    return Finding(name=name, level=Level.OK, detail=where)


async def check_ffmpeg(settings: Settings) -> Finding:  # noqa: ARG001 - all checks take the settings
    """Run ffmpeg; without the system's one a wheel brings it."""
    name = "ffmpeg"
    program = await asyncio.to_thread(_ffmpeg)
    if program is None:
        return Finding(name=name, level=Level.FAIL, detail="not found", fix="Install ffmpeg, or imageio-ffmpeg.")
    done = await asyncio.to_thread(subprocess.run, [program, "-version"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return Finding(name=name, level=Level.FAIL, detail=f"{program} does not run", fix="Install ffmpeg anew.")
    return Finding(name=name, level=Level.OK, detail=f"{done.stdout.split(' Copyright')[0]} ({program})")


async def check_fonts(settings: Settings) -> Finding:  # noqa: ARG001 - all checks take the settings
    """Look for fonts of large writing systems, which we bring none for: without, clips do not show them."""
    missing = await asyncio.to_thread(fonts.lacking)
    if not missing:
        return Finding(name="fonts", level=Level.OK, detail="for all common writing systems")
    detail = f"no font for {', '.join(missing)}: not drawn into clips, only in their subtitle tracks"
    return Finding(name="fonts", level=Level.WARN, detail=detail, fix=fonts.advice(missing))


async def check_keys(settings: Settings) -> Finding:
    """Tell which keys are set, never what they are."""
    name = "keys"
    cloud = {
        "AssemblyAI": settings.assemblyai_api_key,
        "Gemini": settings.gemini_api_key,
        "model hub": settings.hf_token,
    }
    held = ", ".join(service for service, key in cloud.items() if key) or "none, nothing leaves this machine"
    if not settings.secret_key and not (settings.home / "secret.key").exists():
        fix = f"'reelscribe up' makes one; else set {PREFIX}SECRET_KEY (openssl rand -hex 32)."
        return Finding(name=name, level=Level.WARN, detail="no secret key yet", fix=fix)
    return Finding(name=name, level=Level.OK, detail=f"secret key there; cloud keys: {held}")


async def check_disk(settings: Settings) -> Finding:
    """Compare the free space where files are kept with what a day of recordings takes."""
    places = [settings.home, *([settings.storage_path] if settings.storage_backend == "local" else [])]
    free, place = min((shutil.disk_usage(_existing(path)).free, path) for path in places)
    detail = f"{free / 1024**3:.1f} GiB free at {place}"
    if not os.access(_existing(settings.home), os.W_OK):
        fix = f"Set {PREFIX}HOME to a folder that you can write to."
        return Finding(name="disk", level=Level.FAIL, detail=f"{settings.home} cannot be written", fix=fix)
    fix = "" if free >= _DISK_WARN_BYTES else f"Free some space, or set {PREFIX}HOME to another disk."
    return Finding(name="disk", level=_below(free, _DISK_FAIL_BYTES, _DISK_WARN_BYTES), detail=detail, fix=fix)


async def check_clock(settings: Settings) -> Finding:
    """Compare our clock with PostgreSQL's: tokens and leases have an end."""
    name, fix = "clock", "Synchronise the clocks (NTP) of this machine and the database's."
    now = datetime.now(UTC)
    if now < _EARLIEST:
        return Finding(name=name, level=Level.FAIL, detail=f"it says {now:%Y-%m-%d}", fix=fix)
    apart = await _apart_seconds(settings)
    if apart is None:
        return Finding(name=name, level=Level.OK, detail=f"{now:%Y-%m-%d %H:%M:%S} UTC")
    level = _below(-apart, -_CLOCK_FAIL_SECONDS, -_CLOCK_WARN_SECONDS)
    detail = f"{now:%Y-%m-%d %H:%M:%S} UTC, {apart:.1f} s from PostgreSQL's"
    return Finding(name=name, level=level, detail=detail, fix="" if level is Level.OK else fix)


async def check_limits(settings: Settings) -> Finding:  # noqa: ARG001 - all checks take the settings
    """Look at open files, memory and cores."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = files if files != resource.RLIM_INFINITY else 1_000_000
    memory, cores = psutil.virtual_memory().total, os.cpu_count() or 1
    detail = f"{files} open files, {memory / 1024**3:.1f} GiB memory, {cores} cores"
    level = _below(files, _FILES_FAIL, _FILES_WARN)
    if level is not Level.OK:
        return Finding(name="limits", level=level, detail=detail, fix="Raise it: ulimit -n 65536")
    if memory < _MEMORY_WARN_BYTES:
        fix = f"Add memory, or choose a smaller model: {PREFIX}WHISPER_MODEL=tiny"
        return Finding(name="limits", level=Level.WARN, detail=detail, fix=fix)
    return Finding(name="limits", level=Level.OK, detail=detail)


CHECKS: tuple[Check, ...] = (
    check_postgres,
    check_redis,
    check_storage,
    check_ffmpeg,
    check_fonts,
    *engine_checks.CHECKS,
    check_endpoint,
    check_keys,
    check_disk,
    check_clock,
    check_limits,
)


def _installed(name: str, installed: Callable[[], bool], setting: str) -> Finding:
    if installed():
        return Finding(name=name, level=Level.OK, detail="embedded; 'reelscribe up' starts it")
    fix = f"Install Reelscribe anew, or set {PREFIX}{setting}."
    return Finding(name=name, level=Level.FAIL, detail="the embedded one is not installed", fix=fix)


def _below(value: float, fail: float, warn: float) -> Level:
    if value < fail:
        return Level.FAIL
    return Level.WARN if value < warn else Level.OK


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.absolute().parents) if place.exists())


def _ffmpeg() -> str | None:
    found = shutil.which("ffmpeg")
    if found is None and find_spec("imageio_ffmpeg") is not None:
        import imageio_ffmpeg

        found = str(imageio_ffmpeg.get_ffmpeg_exe())
    return found


async def _apart_seconds(settings: Settings) -> float | None:
    if not settings.database_url:
        return None
    try:
        await db.start(size=2)
        row = await db.fetch_one("SELECT clock_timestamp() AS now")
    except (ReelscribeError, asyncpg.PostgresError):
        return None  # the check of PostgreSQL has said so
    finally:
        await db.stop()
    return None if row is None else abs((datetime.now(UTC) - row["now"]).total_seconds())

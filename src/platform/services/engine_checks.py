"""What the speech engines need on this machine, checked one by one; loads no model and asks no paid service.

An engine that is not installed, or has no key, is no fault unless the settings name it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec

from ..domain.options import AUTO
from ..engines import hub, models, separation
from ..engines.protocol import Engine
from ..engines.registry import Registry
from ..errors import EngineUnavailable, UnsupportedOption
from ..settings import PREFIX, Settings
from .findings import Check, Finding, Level, failed

# A driver that hangs must not hang the doctor.
_DRIVER_SECONDS = 10.0


async def check_default_engine(settings: Settings) -> Finding:
    """Look for the engine of jobs that name none: it must work; of ``auto``'s order one must."""
    name, registry = "engine", Registry(settings)
    try:
        candidates = _candidates(settings, registry)
    except UnsupportedOption as exc:
        there = f"{AUTO}, {', '.join(registry.names())}"
        return failed(name, exc, f"Set {PREFIX}TRANSCRIPTION_BACKEND and {PREFIX}ENGINE_ORDER to names of: {there}.")
    refusals = {engine.name: engine.refusal() for engine in candidates}
    working = [engine for engine, refusal in refusals.items() if refusal is None]
    if not working:
        reasons = [refusal for refusal in refusals.values() if refusal is not None]
        fix = next((each.hint for each in reasons if each.hint), f"Set {PREFIX}TRANSCRIPTION_BACKEND to another one.")
        told = " ".join(each.message for each in reasons) or "the order of engines is empty"
        return Finding(name=name, level=Level.FAIL, detail=f"{settings.transcription_backend}: {told}", fix=fix)
    order = f", which tries {', '.join(working)}" if settings.transcription_backend == AUTO else ""
    detail = f"{settings.transcription_backend}{order}; there are {', '.join(registry.names())}"
    return Finding(name=name, level=Level.OK, detail=detail)


def _candidates(settings: Settings, registry: Registry) -> Sequence[Engine]:
    if settings.transcription_backend != AUTO:
        return [registry.get(settings.transcription_backend)]
    return [registry.get(name.strip()) for name in settings.engine_order.split(",") if name.strip()]


async def check_speech_model(settings: Settings) -> Finding:
    """Look for the speech model of the light engine, on this machine or on the hub."""
    name = "speech model"
    try:
        model = models.chosen(None, settings)
        refusal = None if model.present else await hub.refusal(model, environ=os.environ)
    except EngineUnavailable as exc:
        return Finding(name=name, level=Level.WARN, detail=exc.message, fix=exc.hint)
    if refusal is not None:
        detail = f"{refusal.message} English goes through pocketsphinx, with many wrong words."
        return Finding(name=name, level=Level.WARN, detail=detail, fix=_copy(model))
    return Finding(name=name, level=Level.OK, detail=_where(model))


async def check_fallback_engine(settings: Settings) -> Finding:  # noqa: ARG001 - all checks take the settings
    """Look for the engine that works without any download."""
    if find_spec("pocketsphinx") is None:
        fix = "Install pocketsphinx: without it nothing is left where no model can be had."
        return Finding(name="pocketsphinx", level=Level.WARN, detail="not installed", fix=fix)
    return Finding(name="pocketsphinx", level=Level.OK, detail="installed with its English model")


async def check_whisperx(settings: Settings) -> Finding:
    """Look for WhisperX, which is optional, and for its speech model."""
    name = "WhisperX"
    refusal = Registry(settings).get("whisperx").refusal()
    if refusal is not None:
        return Finding(name=name, level=Level.OK, detail=f"optional: {refusal.message} {refusal.hint}".strip())
    try:
        model = models.chosen(settings.whisperx_model, settings)
        missing = None if model.present else await hub.refusal(model, environ=os.environ)
    except EngineUnavailable as exc:
        return Finding(name=name, level=Level.WARN, detail=exc.message, fix=exc.hint)
    if missing is not None:
        return Finding(name=name, level=Level.WARN, detail=f"installed, but: {missing.message}", fix=_copy(model))
    return Finding(name=name, level=Level.OK, detail=f"installed; model {_where(model)}")


async def check_speaker_model(settings: Settings) -> Finding:
    """Look for pyannote's speaker model; without it the light one that comes with us tells speakers apart."""
    name, light = "speaker model", "the light one that comes with Reelscribe is used"
    if find_spec("pyannote") is None or find_spec("pyannote.audio") is None:
        return Finding(name=name, level=Level.OK, detail=f"pyannote is not installed: {light}")
    separator = separation.chosen(settings)
    refusal = await separation.refusal(separator, environ=os.environ)
    if refusal is not None:
        return Finding(name=name, level=Level.WARN, detail=f"{refusal.message} Until then {light}.", fix=refusal.hint)
    return Finding(name=name, level=Level.OK, detail=separator.name)


async def check_graphics(settings: Settings) -> Finding:
    """Ask the driver for graphics cards; without torch, so a build without CUDA is not noticed."""
    name = "graphics card"
    cards = await asyncio.to_thread(_cards)
    if cards:
        used = " (not used: REELSCRIBE_ENGINE_DEVICE is cpu)" if settings.engine_device == "cpu" else ""
        return Finding(name=name, level=Level.OK, detail=", ".join(cards) + used)
    if settings.engine_device == "cuda":
        fix = f"Install the driver (nvidia-smi must list a card), or set {PREFIX}ENGINE_DEVICE=auto."
        return Finding(name=name, level=Level.WARN, detail="none seen, though the settings want one", fix=fix)
    return Finding(name=name, level=Level.OK, detail="none seen; speech runs on the processor")


async def check_providers(settings: Settings) -> Finding:
    """Tell which services may be used; whether they take the key is not asked, which might cost something."""
    registry = Registry(settings)
    remote = [registry.get(name) for name in registry.names() if registry.get(name).capabilities().is_remote]
    told = {engine.name: engine.refusal() for engine in remote}
    detail = "; ".join(f"{name}: {refusal.message if refusal else 'key set'}" for name, refusal in told.items())
    return Finding(name="cloud engines", level=Level.OK, detail=f"optional: {detail}")


async def check_preload(settings: Settings) -> Finding:
    """Look at the engines that workers load at their start."""
    name = "preload"
    problems = Registry(settings).preload_problems()
    if problems:
        fix = f"Correct {PREFIX}ENGINE_PRELOAD, or install what it names."
        return Finding(name=name, level=Level.WARN, detail="; ".join(problems), fix=fix)
    return Finding(name=name, level=Level.OK, detail=settings.engine_preload or "nothing is loaded ahead")


CHECKS: tuple[Check, ...] = (
    check_default_engine,
    check_speech_model,
    check_fallback_engine,
    check_whisperx,
    check_speaker_model,
    check_graphics,
    check_providers,
    check_preload,
)


def _where(model: models.Model) -> str:
    return f"{model.name} at {model.folder}" if model.present else f"{model.name}, downloaded at its first use"


def _copy(model: models.Model) -> str:
    return f"Connect this machine to the model hub, or copy a CTranslate2 Whisper model to {model.folder}."


def _cards() -> list[str]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=False, timeout=_DRIVER_SECONDS)
    except subprocess.TimeoutExpired:
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()] if done.returncode == 0 else []

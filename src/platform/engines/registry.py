"""All engines by name. Importing this loads no speech library: those live in the child processes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache

from ..domain.clips import FinderName
from ..errors import UnsupportedOption
from ..settings import Settings, current
from . import ahead, budget, finders
from .assemblyai.engine import AssemblyAI
from .faster_whisper import FasterWhisper
from .gemini.analyst import GeminiAnalyst
from .gemini.engine import Gemini
from .local import Local
from .pocketsphinx import PocketSphinx
from .pool import Pool
from .protocol import Analyst, Engine, Finder
from .residents import Bounds
from .roomy import Roomy
from .stats import PoolStats, Resident
from .stub import Stub
from .whisperx import WhisperX


class Registry:
    """The engines of one worker process, over one pool of children."""

    def __init__(
        self, settings: Settings, *, environ: Mapping[str, str] = os.environ, memory_bytes: int | None = None
    ) -> None:
        """Make all engines; none starts a process before it has work.

        ``memory_bytes`` bounds the address space of each child.
        """
        environ = _environ(settings, environ)
        self.pool = Pool(
            size=settings.engine_processes, environ=environ, memory_bytes=memory_bytes, bounds=_bounds(settings)
        )
        self._default = settings.transcription_backend
        self._preload = ahead.parse(settings.engine_preload)
        stats = self.pool.stats
        whisper = Roomy(
            FasterWhisper(settings, self.pool, environ=environ), default=settings.whisper_model, stats=stats
        )
        whisperx = Roomy(WhisperX(settings, self.pool, environ=environ), default=settings.whisperx_model, stats=stats)
        sphinx = PocketSphinx(self.pool)
        remote = (AssemblyAI(settings, self.pool), Gemini(settings, self.pool, environ=environ))
        # What runs on this machine, best first; the recording leaves it only for an engine that was asked for by name.
        local = Local([engine for engine in (whisperx, whisper, sphinx) if engine.refusal() is None])
        engines: tuple[Engine, ...] = (local, whisperx, whisper, *remote, sphinx, Stub())
        self._engines = {engine.name: engine for engine in engines}
        self.analyst: Analyst = GeminiAnalyst(settings)
        self._finders = finders.every(settings)

    def get(self, name: str) -> Engine:
        """Return the engine called ``name``.

        Raises:
            UnsupportedOption: there is none; the message has the names that there are.
        """
        try:
            return self._engines[name]
        except KeyError:
            raise UnsupportedOption(
                f"There is no engine named {name[:80]!r}.", hint=f"Choose one of: {', '.join(self.names())}."
            ) from None

    def finder(self, name: FinderName) -> Finder:
        """Return who chooses clips; see ``finders.named`` for what "auto" is."""
        return finders.named(self._finders, name)

    def names(self) -> tuple[str, ...]:
        """Return the names that ``get`` takes, the usual one first."""
        return tuple(self._engines)

    def default(self) -> str:
        """Return the name of the engine for jobs that name none."""
        return self.get(self._default).name

    async def preload(self) -> int:
        """Load what the settings name, as far as that works; returns how many are loaded, the log has the rest."""
        return await ahead.load(self._preload, self._engines, self.pool)

    def preload_problems(self) -> list[str]:
        """Return what is wrong with the setting of what to load, in words for an administrator; loads nothing."""
        problems = [ahead.problem(each, self._engines) for each in self._preload]
        return [each for each in problems if each is not None]

    async def close_all(self) -> None:
        """End all child processes; the next request starts new ones."""
        await self.pool.close()


@cache
def shared() -> Registry:
    """Return the registry of this process, made from its settings on first use."""
    return Registry(current())


def get(name: str) -> Engine:
    """Return the engine called ``name``; see ``Registry.get``."""
    return shared().get(name)


def names() -> tuple[str, ...]:
    """Return all engines' names."""
    return shared().names()


def default() -> str:
    """Return the name of the default engine."""
    return shared().default()


def analyst() -> Analyst:
    """Return what reads texts here; it offers no features without a key."""
    return shared().analyst


def finder(name: FinderName) -> Finder:
    """Return who chooses clips; see ``Registry.finder``."""
    return shared().finder(name)


def stats() -> PoolStats:
    """Return what the pool of this process has done so far."""
    return shared().pool.stats


def residents() -> list[Resident]:
    """Return the engine processes of this process."""
    return shared().pool.residents()


async def preload() -> int:
    """Load what the settings name; see ``Registry.preload``."""
    return await shared().preload()


async def close_all() -> None:
    """End all engine processes of this process."""
    await shared().close_all()


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        memory_bytes=budget.allowed(settings.engine_memory_bytes),
        idle_seconds=settings.engine_idle_seconds,
        jobs=settings.engine_jobs,
        growth_bytes=settings.engine_growth_bytes,
    )


def _environ(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` with the settings that a child needs, which may not have come from there."""
    ours = {"REELSCRIBE_HOME": str(settings.home), "REELSCRIBE_MODEL_DIR": str(settings.model_path)}
    if settings.hf_token:
        ours["HF_TOKEN"] = settings.hf_token
    return {**environ, **ours}

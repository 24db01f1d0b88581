"""Whisper models by name: where they are on this machine, and where they can be had."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import EngineUnavailable
from ..settings import Settings

# The names that faster-whisper 1.2 knows; a test compares the two lists.
REPOSITORIES = {
    "tiny": "Systran/faster-whisper-tiny",
    "tiny.en": "Systran/faster-whisper-tiny.en",
    "base": "Systran/faster-whisper-base",
    "base.en": "Systran/faster-whisper-base.en",
    "small": "Systran/faster-whisper-small",
    "small.en": "Systran/faster-whisper-small.en",
    "medium": "Systran/faster-whisper-medium",
    "medium.en": "Systran/faster-whisper-medium.en",
    "large": "Systran/faster-whisper-large-v3",
    "large-v1": "Systran/faster-whisper-large-v1",
    "large-v2": "Systran/faster-whisper-large-v2",
    "large-v3": "Systran/faster-whisper-large-v3",
    "distil-small.en": "Systran/faster-distil-whisper-small.en",
    "distil-medium.en": "Systran/faster-distil-whisper-medium.en",
    "distil-large-v2": "Systran/faster-distil-whisper-large-v2",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}

# Without tokenizer.json faster-whisper would fetch one from the hub behind our back.
FILES = ("config.json", "model.bin", "tokenizer.json")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model: ``folder`` is where it is or will be; ``repository`` is empty where it cannot be downloaded."""

    name: str
    folder: Path
    repository: str = ""

    @property
    def present(self) -> bool:
        """Whether something that looks like a model is on this machine."""
        return (self.folder / "model.bin").exists()

    @property
    def fingerprint(self) -> tuple[int, ...]:
        """Change whenever one of the model's files does; cheap."""
        return tuple(_changed_ns(self.folder / name) for name in FILES)


def chosen(name: str | None, settings: Settings) -> Model:
    """Return the model that a request means by ``name``, or faster-whisper's of the settings for None.

    Only the settings may name a folder or a repository: a request comes from a stranger.

    Raises:
        EngineUnavailable: there is no such model here and none to download.
    """
    name = settings.whisper_model if name is None else name
    if name in (settings.whisper_model, settings.whisperx_model):
        return _configured(name, settings.model_path)
    return _named(name, settings.model_path)


def setting(engine: str) -> str:
    """Return the name of the setting that chooses the model of ``engine``."""
    return "REELSCRIBE_WHISPERX_MODEL" if engine == "whisperx" else "REELSCRIBE_WHISPER_MODEL"


def _configured(name: str, root: Path) -> Model:
    path = Path(name).expanduser()
    if path.is_absolute() or name.startswith((".", "~")) or (len(path.parts) > 1 and path.is_dir()):
        return Model(name=path.name, folder=path)
    if _REPOSITORY.fullmatch(name):
        return Model(name=name, folder=root / name.replace("/", "--"), repository=name)
    return _named(name, root)


def _named(name: str, root: Path) -> Model:
    if _NAME.fullmatch(name) and (name in REPOSITORIES or (root / name / "model.bin").exists()):
        return Model(name=name, folder=root / name, repository=REPOSITORIES.get(name, ""))
    raise EngineUnavailable(
        f"There is no speech model named {name[:80]!r} here.",
        hint=f"Choose one of {', '.join(REPOSITORIES)}, or put a CTranslate2 Whisper model "
        "into a folder of REELSCRIBE_MODEL_DIR and give the folder's name.",
        cause="unknown_model",
    )


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0

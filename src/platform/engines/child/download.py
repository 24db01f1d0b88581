"""Fetch a model from the hub once, however many processes want it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from ...errors import EngineUnavailable
from ..messages import Open
from ..models import FILES, setting

_PATTERNS = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
_LOOK_SECONDS = 0.5


def download(order: Open, *, note: Callable[[str], None], progress: Callable[[float], None]) -> None:
    """Put ``order.repository`` into ``order.folder``; a broken-off download goes on where it stopped.

    1. Wait for any other process that downloads the same model.
    2. Ask the hub for the files and their sizes.
    3. Fetch them into a folder beside the final one.
    4. Rename it, so that nobody ever sees half a model.

    Raises:
        EngineUnavailable: the hub or the disk does not allow it; ``cause`` is ``hub`` or ``model``.
    """
    folder = Path(order.folder)
    if not order.repository:
        raise EngineUnavailable(
            f"There is no speech model in {folder}.",
            hint=f"Set REELSCRIBE_MODEL_DIR and {setting(order.engine)} to a CTranslate2 Whisper model.",
            cause="model",
        )
    try:
        with _alone(folder):
            if not (folder / "model.bin").exists():
                _fetch(order, folder, note, progress)
    except EngineUnavailable:
        raise
    except Exception as exc:  # the hub lets its HTTP library's errors through, which vary by version
        raise refusal(order.repository, exc) from exc


def refusal(repository: str, exc: Exception) -> EngineUnavailable:
    """Return the error that says why ``repository`` cannot be had, and what to do."""
    reason = (str(exc).splitlines() or [type(exc).__name__])[0][:300]
    return EngineUnavailable(
        f"The speech model {repository} cannot be downloaded: {reason}",
        hint="Connect this machine to the model hub (HF_ENDPOINT names a mirror), or copy the model into "
        "REELSCRIBE_MODEL_DIR.",
        cause="hub",
    )


def _fetch(order: Open, folder: Path, note: Callable[[str], None], progress: Callable[[float], None]) -> None:
    from huggingface_hub import HfApi, snapshot_download

    repository = order.repository
    partial = folder.with_name(f".{folder.name}.download")
    info = HfApi().model_info(repository, files_metadata=True, timeout=10)
    files = [item for item in info.siblings or () if any(fnmatch(item.rfilename, glob) for glob in _PATTERNS)]
    total = sum(item.size or 0 for item in files)
    note(f"downloading the speech model {repository}, {total / 1e6:.0f} MB, into {folder}")
    with _watched(partial, total, progress):
        snapshot_download(repository, revision=info.sha, local_dir=partial, allow_patterns=_PATTERNS)
    lacking = [name for name in FILES if not (partial / name).is_file()]
    if lacking:
        raise EngineUnavailable(
            f"{repository} is not a CTranslate2 Whisper model: it lacks {', '.join(lacking)}.",
            hint=f"Name another model by {setting(order.engine)}.",
            cause="model",
        )
    partial.rename(folder)
    note(f"the speech model {repository} is complete")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _watched(folder: Path, total: int, progress: Callable[[float], None]) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            progress(min(_size(folder) / max(total, 1), 1.0))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _size(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(path, name).stat().st_size
    return total

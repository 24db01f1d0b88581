"""The libraries that only an evaluation needs."""

from __future__ import annotations

import importlib.util

from ...errors import Misconfigured

# Import name: name of the package.
_NEEDED = {"jiwer": "jiwer", "whisper_normalizer": "whisper-normalizer", "pyannote.metrics": "pyannote.metrics"}


def expect() -> None:
    """Make sure that they are installed, without importing them.

    Raises:
        Misconfigured: some are not; the hint has the command.
    """
    missing = [package for name, package in _NEEDED.items() if not _installed(name)]
    if missing:
        raise Misconfigured(
            f"Not installed: {', '.join(missing)}", hint="Install them with: pip install 'reelscribe[evaluate]'"
        )


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # what it lies in is not there
        return False

"""The files of a Whisper model, the device it runs on, and what stands against either."""

from __future__ import annotations

from pathlib import Path

import ctranslate2

from ...errors import EngineUnavailable
from .. import models
from ..messages import Open
from .channel import Channel
from .download import download
from .memory import is_out_of_memory

# How much of the bar the download of a model takes, when there is one.
DOWNLOAD_SHARE = 0.3

# Best first; a graphics card before compute capability 7.0 has no fast half precision.
_COMPUTE_TYPES = {"cuda": ("float16", "int8_float32", "float32"), "cpu": ("int8", "float32")}


def bring(order: Open, channel: Channel) -> bool:
    """Download the model where it is missing, and tell whether that was so.

    Raises:
        EngineUnavailable: it cannot be had, or files of it are missing.
    """
    folder = Path(order.folder)
    missing = not (folder / "model.bin").exists()
    if missing:
        download(order, note=channel.note, progress=lambda done: channel.progress(done * DOWNLOAD_SHARE))
    lacking = [name for name in models.FILES if not (folder / name).is_file()]
    if lacking:
        message = f"The model in {folder} lacks {', '.join(lacking)}."
        raise EngineUnavailable(message, hint=_remedy(order), cause="model")
    return missing


def device(order: Open) -> tuple[str, str]:
    """Return the device and the compute type.

    Raises:
        EngineUnavailable: a graphics card is wanted, and there is none.
    """
    has_cuda = order.device != "cpu" and ctranslate2.get_cuda_device_count() > 0
    if order.device == "cuda" and not has_cuda:
        raise EngineUnavailable(
            "There is no CUDA graphics card here.",
            hint="Set REELSCRIBE_ENGINE_DEVICE to auto or cpu, or install the card's driver.",
            cause="device",
        )
    name = "cuda" if has_cuda else "cpu"
    supported = ctranslate2.get_supported_compute_types(name)
    return name, next((kind for kind in _COMPUTE_TYPES[name] if kind in supported), "default")


def load_error(exc: Exception, order: Open) -> Exception:
    """Return the error for what a library raised while it loaded the model."""
    if is_out_of_memory(exc):
        return MemoryError(str(exc))
    message = f"The model in {order.folder} cannot be loaded: {exc}"[:500]
    return EngineUnavailable(message, hint=_remedy(order), cause="model")


def known(language: str | None, languages: list[str], order: Open) -> str | None:
    """Return ``language`` if it is one of the model's ``languages``, or None (find it out).

    Raises:
        EngineUnavailable: the model does not know it.
    """
    if language is None or language in languages:
        return language
    which = "only English" if list(languages) == ["en"] else "many languages"
    raise EngineUnavailable(
        f"The model {order.model} knows {which}, but not {language!r}.",
        hint="Choose another language or a multilingual model.",
        cause="language",
    )


def _remedy(order: Open) -> str:
    return (
        "Remove its folder, then let it be downloaded again or put a CTranslate2 Whisper model into "
        f"REELSCRIBE_MODEL_DIR; or name another by {models.setting(order.engine)}."
    )

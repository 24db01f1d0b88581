"""Where torch works in this child, and on how many cores."""

from __future__ import annotations

import torch

from ...errors import EngineUnavailable
from ..messages import Open


def prepare(order: Open) -> str:
    """Bound the cores that torch uses and return the device, ``cpu`` or ``cuda``.

    Raises:
        EngineUnavailable: a graphics card is wanted, and torch sees none.
    """
    torch.set_num_threads(order.threads)
    has_cuda = order.device != "cpu" and torch.cuda.is_available()
    if order.device == "cuda" and not has_cuda:
        raise EngineUnavailable(
            "torch sees no CUDA graphics card here.",
            hint="Set REELSCRIBE_ENGINE_DEVICE to auto or cpu, or install the card's driver.",
            cause="device",
        )
    return "cuda" if has_cuda else "cpu"

"""Where torch works in this child, and on how many cores."""

from __future__ import annotations

import torch

from ..messages import Open


def prepare(order: Open) -> str:
    """Bound the cores that torch uses and return the device, ``cpu`` or ``cuda``."""
    torch.set_num_threads(order.threads)
    return "cuda" if order.device != "cpu" and torch.cuda.is_available() else "cpu"

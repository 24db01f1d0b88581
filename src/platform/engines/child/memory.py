"""How much memory the child used, and whether a library failed for want of it."""

from __future__ import annotations

import resource
import sys

# The last three: a thread that cannot be started, for which memory is the usual reason, and a library mapped in.
_SIGNS = (
    "out of memory",
    "bad_alloc",
    "bad allocation",
    "cannot allocate",
    "failed to allocate",
    "can't start new thread",
    "resource temporarily unavailable",
    "failed to map segment",
)


def peak_bytes() -> int:
    """Return the most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def is_out_of_memory(exc: BaseException) -> bool:
    """Tell whether a library's error means that memory ran out, on the CPU or the GPU.

    Also looks at what it was raised from: libraries report a failed import as something else.
    """
    if isinstance(exc, MemoryError) or any(sign in str(exc).lower() for sign in _SIGNS):
        return True
    earlier = exc.__cause__ or exc.__context__
    return earlier is not None and is_out_of_memory(earlier)

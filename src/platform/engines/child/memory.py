"""How much memory the child used, and whether a library failed for want of it."""

from __future__ import annotations

import resource
import sys

# The last: a thread that cannot be started, for which memory is the usual reason, a library mapped in, and the
# graphics card's memory where the library says it in a way of its own.
_SIGNS = (
    "out of memory",
    "bad_alloc",
    "bad allocation",
    "cannot allocate",
    "failed to allocate",
    "can't start new thread",
    "resource temporarily unavailable",
    "failed to map segment",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
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

"""What ffmpeg and the disk say, as errors of ours."""

from __future__ import annotations

import errno

from ...errors import MediaFailed, StageFailed, StorageFull
from ...process.run import Finished

_NO_SPACE = "There is no space left for the clip."


def disk_error(exc: OSError) -> StageFailed | StorageFull:
    """Return the error for a file of a clip that could not be written."""
    if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageFull(_NO_SPACE)
    return MediaFailed(f"The clip cannot be written: {exc.strerror}.")


def check(done: Finished, doing: str) -> None:
    """Raise unless the child ended well.

    Raises:
        StorageFull: no space for what it wrote.
        MediaFailed: it failed for another reason, when ``doing`` (such as "joining sound and picture").
    """
    if done.exit_code == 0:
        return
    if "No space left on device" in done.stderr_tail:
        raise StorageFull(_NO_SPACE)
    ended = f"was ended by signal {-done.exit_code}" if done.exit_code < 0 else "failed"
    raise MediaFailed(f"ffmpeg {ended} when {doing}.", **done.facts)

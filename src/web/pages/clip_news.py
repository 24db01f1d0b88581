"""What is said above a clip after a change: carried as codes in the address, so that no other text can be."""

from __future__ import annotations

from urllib.parse import urlencode

from ...platform.services.clips.changes import NOTICES
from ...platform.services.clips.views import ClipView

_TOLD: dict[str, str] = {"saved": "Saved.", **{code: notice.message for code, notice in NOTICES.items()}}


def after(clip: ClipView) -> str:
    """Return where a browser goes after a change: to the clip, with what is to be said about the change."""
    said: list[str] = [notice.code for notice in clip.notices] or ["saved"]
    if said in (["no_fillers"], ["no_pauses"], ["no_fillers", "no_pauses"]):
        said.insert(0, "saved")
    return f"/jobs/{clip.job_id}/clips?{urlencode({'told': ' '.join(said), 'of': clip.id})}#clip-{clip.id}"


def told(codes: str) -> list[str]:
    """Return the sentences that the codes in an address mean; unknown ones mean nothing.

    >>> told("saved no_fillers x")
    ['Saved.', 'No filler words were found in this clip; nothing was cut.']
    """
    known = [_TOLD[code] for code in codes.split() if code in _TOLD]
    # "No filler words were found" says already that nothing was changed.
    return known[:-1] if len(known) > 1 and codes.endswith("unchanged") else known

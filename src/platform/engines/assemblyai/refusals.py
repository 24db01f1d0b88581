"""What AssemblyAI refuses, in our words; pure.

Sources: https://www.assemblyai.com/docs/guides/common_errors_and_solutions (texts),
``components/responses`` of the API's description (statuses, ``Retry-After``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...errors import (
    BadMedia,
    EngineCredentials,
    EngineFailed,
    EngineQuota,
    EngineUnavailable,
    ReelscribeError,
    Unavailable,
)

_LONGEST_PAUSE_SECONDS = 30.0
# Who asks for more than this does not mean us.
_LONGEST_WAIT_SECONDS = 300.0

_KEY = "REELSCRIBE_ASSEMBLYAI_API_KEY"
_ADDRESS = "REELSCRIBE_ASSEMBLYAI_BASE_URL"

# "Your current account balance is negative. Please top up to continue using the API."
_POOR = re.compile(r"balance|insufficient (?:funds|credit)|top up|quota|billing|payment|free (?:tier|trial)", re.I)
# "The following models are not available in this language: speaker_labels"
_LACKING = re.compile(r"not (?:available|supported)|unsupported|deprecated|no longer", re.I)
# "language_detection cannot be performed on files with no spoken audio."
_SILENT = re.compile(r"no spoken audio|no speech|does not contain (?:any )?(?:speech|spoken)", re.I)
_UNUSABLE = (
    # "Audio duration is too short.": the least is 160 ms
    (re.compile(r"too short", re.I), "AssemblyAI takes recordings of at least 0.2 seconds."),
    (re.compile(r"speech.?threshold", re.I), ""),
)
_CUT = "Cut the recording into parts, or choose another engine."
# The recording is well: another engine may do it.
_BEYOND = (
    # "File does not appear to contain audio. File type is text/html (…)." What is sent there was decoded here.
    (
        re.compile(
            r"not appear to contain audio|no audio|file type|transcod|corrupt|decod|could not be processed", re.I
        ),
        "The recording was read here without fault: choose another engine.",
    ),
    (re.compile(r"too (?:long|large)|exceeds", re.I), _CUT),
    (re.compile(r"language", re.I), "Choose the language of the recording instead of having it detected."),
)


def no_key() -> EngineUnavailable:
    """Return why nothing works here."""
    return EngineUnavailable(
        "There is no key for AssemblyAI.", hint=f"Set {_KEY} (or {_KEY}_FILE) on the server, and restart it."
    )


def no_address() -> EngineUnavailable:
    """Return the error for a setting that is no URL."""
    return EngineUnavailable(f"{_ADDRESS} is no address.", hint="Set it to https://api.assemblyai.com.")


def of_status(status: int, says: str, *, wait: float | None) -> ReelscribeError:
    """Return the error for an answer that is not 200; ``says`` is the provider's message, ``wait`` its Retry-After."""
    told = f": {says}" if says else ""
    if status in (401, 403):
        hint = f"Check {_KEY}, and that {_ADDRESS} is the region of the key, then restart the server."
        return EngineCredentials(f"AssemblyAI refuses the key of this server ({status}{told}).", hint=hint)
    if status == 402 or (status in (400, 429) and _POOR.search(says)):
        return _poor(says)
    if status == 429:
        return EngineFailed(
            "AssemblyAI has too many requests from this server.", hint="It is tried again by itself.", **_asked(wait)
        )
    if status >= 500 or status in (408, 425):
        return Unavailable(
            f"AssemblyAI has a fault ({status}{told}).", hint="It is tried again by itself.", **_asked(wait)
        )
    if status == 413:
        return EngineUnavailable("The recording is too large for AssemblyAI.", hint=_CUT)
    if status < 400 or status in (404, 405):
        return EngineUnavailable(
            f"There is no AssemblyAI at the address that is set ({status}{told}).", hint=f"Check {_ADDRESS}."
        )
    return EngineUnavailable(
        f"AssemblyAI refuses this job ({status}{told}).",
        hint="Change what its message names, or choose another engine.",
    )


def of_transcript(says: str) -> ReelscribeError:
    """Return the error for a transcript that ended with the message ``says``.

    What nobody knows is tried again: a transcript that ends so is not charged.
    """
    if _POOR.search(says):
        return _poor(says)
    if not re.search(r"download|server error", says, re.I):
        told = f"AssemblyAI cannot use this recording: {says}"
        for kind, reasons in ((BadMedia, _UNUSABLE), (EngineUnavailable, _BEYOND)):
            for pattern, hint in reasons:
                if pattern.search(says):
                    return kind(told, hint=hint)
    return EngineFailed(f"AssemblyAI could not transcribe this: {says or 'it gives no reason'}")


def is_silent(says: str) -> bool:
    """Return whether a transcript failed because nobody speaks, which is no failure here."""
    return bool(_SILENT.search(says))


def lacking(says: str, wanted: Sequence[str]) -> list[str]:
    """Return those of the ``wanted`` features that a refusal says this recording cannot have.

    >>> lacking("The following models are not available in this language: speaker_labels", ["speaker_labels"])
    ['speaker_labels']
    """
    return [name for name in wanted if name in says] if _LACKING.search(says) else []


def of_garbage(what: str) -> EngineFailed:
    """Return the error for an answer that cannot be read."""
    hint = f"Something between may answer instead of AssemblyAI: check {_ADDRESS} and the proxy."
    return EngineFailed(f"The answer of AssemblyAI cannot be read: {what[:200]}.", hint=hint)


def of_silence(what: str) -> Unavailable:
    """Return the error for a server that cannot be reached; ``what`` names the kind of failure."""
    hint = f"It is tried again by itself. If it stays so, check {_ADDRESS} and the network of the server."
    return Unavailable(f"AssemblyAI does not answer ({what}).", hint=hint)


def pause(exc: ReelscribeError, usual: float) -> float:
    """Return how long to wait after a failure, in seconds: as long as AssemblyAI asks, within reason, else as usual.

    >>> pause(EngineFailed(retry_after=7), 3.0), pause(EngineFailed(), 96.0)
    (7.0, 30.0)
    """
    asked = exc.facts.get("retry_after")
    if isinstance(asked, int | float):
        return min(max(float(asked), 0.0), _LONGEST_WAIT_SECONDS)
    return min(usual, _LONGEST_PAUSE_SECONDS)


def _poor(says: str) -> EngineQuota:
    return EngineQuota(
        f"The account at AssemblyAI is used up{': ' + says if says else '.'}",
        hint="An administrator has to add funds there; other engines work on.",
    )


def _asked(wait: float | None) -> dict[str, float]:
    return {} if wait is None else {"retry_after": wait}

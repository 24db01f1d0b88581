"""What an image service refuses, in our words; pure."""

from __future__ import annotations

import re

import msgspec

from ..errors import BadInput, EngineCredentials, EngineFailed, EngineQuota, EngineUnavailable, Unavailable

_ENDPOINT, _TOKEN = "REELSCRIBE_FLUX_ENDPOINT", "REELSCRIBE_FLUX_TOKEN"
AGAIN = "It is tried again by itself."
CHECK = f"Check {_ENDPOINT}: docs/illustrations.md says how it must answer."

# Who asks for more than this does not mean us.
_LONGEST_WAIT_SECONDS = 3600.0
_LONGEST_COMPLAINT = 200
_POOR = re.compile(r"balance|insufficient (?:funds|credit)|out of credit|quota|billing|payment|spend limit", re.I)


class _Complaint(msgspec.Struct):
    """The usual names for a message; FastAPI's ``detail`` may be a list of objects."""

    detail: str | list[object] | None = None
    error: str | dict[str, object] | None = None
    message: str | None = None


def not_set_up() -> EngineUnavailable:
    """Return why nothing can be drawn here."""
    return EngineUnavailable("This server draws no pictures.", hint=f"Set {_ENDPOINT} on the server, and restart it.")


def no_address() -> EngineUnavailable:
    """Return the error for a setting that is no URL."""
    return EngineUnavailable(f"{_ENDPOINT} is no address.", hint="Set it to the https:// address of the service.")


def of_silence(what: str) -> Unavailable:
    """Return the error for a server that cannot be reached; ``what`` names the kind of failure."""
    return Unavailable(
        f"The image service does not answer ({what}).", hint=f"{AGAIN} If it stays so, check {_ENDPOINT}."
    )


def of_garbage(what: str) -> EngineFailed:
    """Return the error for an answer that cannot be used."""
    return EngineFailed(f"The answer of the image service cannot be used: {what}.", hint=CHECK)


def of_status(status: int, says: str, *, wait: float | None) -> Exception:
    """Return the error for an answer that is no picture; ``says`` is its message, ``wait`` its Retry-After."""
    told, asked = f": {says}" if says else "", {} if wait is None else {"retry_after": wait}
    if status in (401, 403):
        return EngineCredentials(
            f"The image service refuses the token of this server ({status}).", hint=f"Check {_TOKEN}."
        )
    if status == 402 or (status == 429 and _POOR.search(says)):
        return EngineQuota(
            f"What was paid for at the image service is used up{told}.", hint="Pay there, then try again."
        )
    if status == 429:
        return EngineFailed("The image service has too many requests.", hint=AGAIN, **asked)
    if status in (400, 422):
        return BadInput(f"The image service refuses this picture{told}.", hint="Change the prompt, then try again.")
    if status >= 500 or status in (408, 409, 425):
        return Unavailable(f"The image service has a fault ({status}{told}).", hint=AGAIN, **asked)
    return EngineUnavailable(f"There is no image service at the address that is set ({status}).", hint=CHECK)


def complaint(body: bytes) -> str:
    """Return the message in a refusal's JSON, on one line; a page or a program's insides are none."""
    try:
        found = msgspec.json.decode(body, type=_Complaint)
    except msgspec.MsgspecError:
        return ""
    inner = found.error.get("message") if isinstance(found.error, dict) else found.error
    text = next((each for each in (found.detail, inner, found.message) if isinstance(each, str)), "")
    return " ".join(text.split())[:_LONGEST_COMPLAINT]


def seconds(header: str | None) -> float | None:
    """Return Retry-After in seconds, at most an hour; None for its other form, a date."""
    if header is None or not header.strip().isdecimal():
        return None
    return min(float(header), _LONGEST_WAIT_SECONDS)

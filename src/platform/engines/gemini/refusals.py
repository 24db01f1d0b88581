"""What Gemini's errors mean; pure.

The bodies are google.rpc.Status with google.rpc details, see https://google.aip.dev/193 and
https://ai.google.dev/gemini-api/docs/troubleshooting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import EngineCredentials, EngineFailed, EngineQuota, EngineUnavailable, StageFailed
from . import plain

KEY = "REELSCRIBE_GEMINI_API_KEY"
MODEL = "REELSCRIBE_GEMINI_MODEL"
ADDRESS = "REELSCRIBE_GEMINI_BASE_URL"
# The server is busy or stumbled: the same request may work a moment later.
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
# Google's text for a model that this plan does not have; "limit: 0" also begins larger numbers.
_NONE_ALLOWED = re.compile(r"\blimit: 0(?![\d.])")
_DELAY = re.compile(r"(\d{1,6}(?:\.\d+)?)s?")


def error(code: int, body: object, *, model: str, retry_after: str | None = None) -> StageFailed:
    """Return the HTTP error ``code`` with the decoded ``body`` as one of ours.

    ``retry_after`` is the header of that name. An ``EngineFailed`` may pass by itself; its fact ``retry_after`` is
    the seconds that Google asks us to wait, where it does.
    """
    about = _about(body)
    says = plain.line(str(about.get("message") or ""), most=500) or f"HTTP status {code}"
    reasons = {str(detail.get("reason")) for detail in _details(about)}
    if code == 403 and "the File" in says:
        return EngineFailed(f"Gemini has lost the sound that was sent: {says}", hint=_BUSY_HINT)
    if code in (401, 403) or "API_KEY_INVALID" in reasons:
        return EngineCredentials(f"Gemini refuses the key of this server: {says}", hint=_KEY_HINT, setting=KEY)
    if code == 404 and "models/" not in says:
        return EngineUnavailable(f"There is no Gemini at this address: {says}", hint=_ADDRESS_HINT, setting=ADDRESS)
    if code == 404:
        return EngineUnavailable(f"Gemini does not know the model '{model}': {says}", hint=MODEL_HINT, setting=MODEL)
    if code == 429 and _is_used_up(about, says):
        return EngineQuota(f"The quota at Gemini is used up: {says}", hint=_QUOTA_HINT)
    if code in _PASSING:
        return EngineFailed(f"Gemini is busy: {says}", hint=_BUSY_HINT, **_asked_to_wait(about, retry_after))
    return EngineUnavailable(f"Gemini refuses the request: {says}", hint=_REQUEST_HINT, cause="request_refused")


def _about(body: object) -> Mapping[str, Any]:
    """Return the error of a body; the SDK may have taken it out of its list already."""
    if isinstance(body, list):
        body = body[0] if body else {}
    if not isinstance(body, dict):
        return {}
    inner = body.get("error", body)
    return inner if isinstance(inner, dict) else {}


def _details(about: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return _dicts(about.get("details"))


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _is_used_up(about: Mapping[str, Any], says: str) -> bool:
    """Whether waiting for minutes cannot help: a quota per day, none at all, or no money left.

    One answer may name quotas of several lengths; each of them is in the way.
    """
    violations = [each for detail in _details(about) for each in _dicts(detail.get("violations"))]
    ids = [str(each.get("quotaId", "")) for each in violations]
    values = [str(each.get("quotaValue", "")) for each in violations]
    nothing_allowed = "0" in values or _NONE_ALLOWED.search(says) is not None
    return any("PerDay" in name for name in ids) or nothing_allowed or "depleted" in says.lower()


def _asked_to_wait(about: Mapping[str, Any], header: str | None) -> dict[str, float]:
    """Return the fact ``retry_after`` from RetryInfo (a duration such as "34.07s"), else from the header."""
    named = [detail.get("retryDelay") for detail in _details(about)]
    for text in (*named, header):
        if isinstance(text, str) and (found := _DELAY.fullmatch(text.strip())):
            return {"retry_after": float(found[1])}
    return {}


_KEY_HINT = f"Put a valid key into {KEY}; https://aistudio.google.com/apikey shows the keys and what they may do."
MODEL_HINT = f"Set {MODEL}, or the model of the job, to one of https://ai.google.dev/gemini-api/docs/models."
_QUOTA_HINT = (
    "Wait for the next day, raise the limit (https://ai.google.dev/gemini-api/docs/rate-limits), or use another engine."
)
_ADDRESS_HINT = f"Check {ADDRESS}; Google's own address is its default."
_BUSY_HINT = "The step is tried again by itself."
_REQUEST_HINT = f"Try another model ({MODEL}) or another engine."

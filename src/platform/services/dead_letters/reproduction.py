"""Lines for a shell that make a failed request again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

import msgspec

_KEY = '-H "Authorization: Bearer $REELSCRIBE_API_KEY"'
_OPTIONS = {
    "engine": "--engine",
    "model": "--model",
    "language": "--language",
    "mode": "--mode",
    "min_speakers": "--min-speakers",
    "max_speakers": "--max-speakers",
}


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """Lines for a shell; ``$REELSCRIBE_API_KEY`` stands for a key.

    ``curl`` makes the job again, with a key of its owner. ``cli`` fetches the recording with an administrator's
    key and makes a job of the administrator's own of it.
    """

    curl: str
    cli: str


def lines(server: str, letter_id: object, filename: str, payload: Mapping[str, object]) -> Reproduction:
    """Return the lines for a server at this address; ``payload`` has no secrets any more."""
    body = {name: value for name, value in payload.items() if value not in (None, {}, [])}
    json = shlex.quote(msgspec.json.encode(body).decode())
    file = shlex.quote(f"./{filename}")
    source = shlex.quote(f"{server}/api/v1/admin/dead-letters/{letter_id}/source")
    jobs = shlex.quote(f"{server}/api/v1/jobs")
    command = "clips" if payload.get("kind") == "clips" else "transcribe"
    return Reproduction(
        curl=f"curl -sS {_KEY} -H 'Content-Type: application/json' --data {json} {jobs}",
        cli=f"curl -sSfL {_KEY} -o {file} {source} && reelscribe {command} {file} --server {shlex.quote(server)}"
        + "".join(f" {flag} {shlex.quote(str(body[name]))}" for name, flag in _OPTIONS.items() if name in body),
    )

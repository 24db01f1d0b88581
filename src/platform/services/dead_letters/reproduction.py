"""Lines for a shell that make a failed request again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import msgspec

_KEY = '-H "Authorization: Bearer $REELSCRIBE_API_KEY"'
# What ``reelscribe transcribe`` and ``clips`` both take, and what only one of them does; the rest only the API does.
_OF_BOTH = ("engine", "model", "language")
_OF_TRANSCRIBE = ("mode", "min_speakers", "max_speakers")
_OF_CLIPS = ("count", "min_seconds", "max_seconds", "aspect", "layout", "style", "about", "analyst")
_SWITCHES = {"remove_pauses": "--remove-pauses", "remove_fillers": "--remove-fillers"}


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
    command, options = _clips(body) if payload.get("kind") == "clips" else _transcribe(body)
    again = f"reelscribe {command} {file} --server {shlex.quote(server)}{options}"
    return Reproduction(
        curl=f"curl -sS {_KEY} -H 'Content-Type: application/json' --data {json} {jobs}",
        cli=f"curl -sSfL {_KEY} -o {file} {source} && {again}",
    )


def _transcribe(body: Mapping[str, object]) -> tuple[str, str]:
    return "transcribe", _flags(body, (*_OF_BOTH, *_OF_TRANSCRIBE))


def _clips(body: Mapping[str, object]) -> tuple[str, str]:
    wanted = body.get("clips")
    asked = wanted if isinstance(wanted, Mapping) else {}
    switches = "".join(f" {flag}" for name, flag in _SWITCHES.items() if asked.get(name))
    burned = " --no-subtitles" if asked.get("subtitles") is False else ""
    return "clips", _flags(body, _OF_BOTH) + _flags(asked, _OF_CLIPS) + switches + burned


def _flags(values: Mapping[str, object], names: Sequence[str]) -> str:
    return "".join(f" --{name.replace('_', '-')} {shlex.quote(str(values[name]))}" for name in names if name in values)

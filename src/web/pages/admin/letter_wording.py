"""How the pages about dead letters call things."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

STATES = {
    "open": "Open",
    "scheduled": "Planned",
    "requeued": "Requeued",
    "discarded": "Discarded",
    "all": "All",
}
# Which of the looks of a chip each state has.
STATE_LOOKS = {"open": "failed", "scheduled": "processing", "requeued": "completed", "discarded": ""}

OUTCOMES = {
    "running": "Running",
    "succeeded": "Worked",
    "failed": "Failed",
    "lost": "Worker was lost",
    "released": "Given back",
    "cancelled": "Cancelled",
}
TRY_LOOKS = {"running": "processing", "succeeded": "completed", "failed": "failed", "lost": "warning"}

STEP_STATES = {
    "waiting": "Waits",
    "queued": "In the queue",
    "running": "Running",
    "completed": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "skipped": "Left out",
}
STEP_LOOKS = {"running": "processing", "completed": "completed", "failed": "failed"}

ACTIONS = {
    "requeue": "Requeue",
    "discard": "Discard",
    "restore": "Restore",
    "review": "Mark as reviewed",
    "assign": "Assign",
}
BULK_STATES = {"running": "Running", "paused": "Paused", "stopped": "Stopped", "finished": "Finished"}
BULK_LOOKS = {"running": "processing", "paused": "warning", "stopped": "failed", "finished": "completed"}

FIELDS = {
    "engine": "Engine",
    "model": "Model",
    "language": "Language",
    "mode": "Voices",
    "min_speakers": "Fewest speakers",
    "max_speakers": "Most speakers",
    "priority": "Priority",
    "features": "Extras",
    "hotwords": "Names and terms",
    "prompt": "About the recording",
    "engines": "Order of engines",
    "attempts": "Attempts per step",
    "time_factor": "Time for each step (times the usual)",
}
SORTS = {"newest": "Newest first", "oldest": "Oldest first", "attempts": "Most attempts first"}

# What a page says after it was sent here by a form; the address names only the key.
SAID = {
    "requeued": "Requeued. The job waits for its turn.",
    "scheduled": "Planned. It is requeued by itself at that time.",
    "unscheduled": "It is not requeued by itself any more.",
    "discarded": "Discarded. You can restore it from the list of discarded ones.",
    "restored": "Restored. It is open again.",
    "noted": "The note is saved.",
    "assigned": "Assigned.",
    "reviewed": "Marked as reviewed.",
    "unreviewed": "Not marked as reviewed any more.",
    "notified": "The owner sees it on the page of the job.",
    "muted": "Muted: the lists and alerts leave this cause out.",
    "unmuted": "The lists and alerts show this cause again.",
}


def duration(seconds: float) -> str:
    """Return a length of time in words that fit a table.

    >>> duration(0.26), duration(42.4), duration(3725), duration(200_000)
    ('0.3 s', '42 s', '1 h 2 min', '2 d 7 h')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for name, size, smaller, small in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {name} {whole % size // small} {smaller}"
    return f"{whole} s"


def setting(value: object) -> str:
    """Return the value of a job's setting as people read it.

    >>> setting(None), setting(["a"]), setting(3), setting("dialogue")
    ('automatic', '["a"]', '3', 'dialogue')
    """
    if value is None:
        return "automatic"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def speed(per_second: float | None) -> str:
    """Return a rate as a form holds it.

    >>> speed(None), speed(5.0), speed(0.25)
    ('', '5', '0.25')
    """
    return "" if per_second is None else f"{per_second:g}"


def utc(at: datetime) -> str:
    """Return the time of day to the second.

    >>> from datetime import UTC
    >>> utc(datetime(2026, 11, 21, 7, 5, 9, tzinfo=UTC))
    '07:05:09 UTC'
    """
    return f"{at:%H:%M:%S} UTC"


def probe_facts(probe: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is worth knowing of what the probe found: container, picture, sound tracks."""
    if probe.get("container"):
        yield "Container", str(probe["container"])
    if picture := probe.get("video"):
        yield "Picture", f"{picture.get('codec')}, {picture.get('width')}x{picture.get('height')}"
    for track in probe.get("audio_streams", ()):
        channels = track.get("channels")
        sound = f"{channels} channel{'s' if channels != 1 else ''}"
        yield "Sound", f"{track.get('codec')}, {track.get('sample_rate')} Hz, {sound}"


FILTERS: dict[str, Callable[..., str]] = {"duration": duration, "setting": setting, "speed": speed, "utc": utc}
WORDS: dict[str, dict[str, str]] = {
    "STATES": STATES,
    "STATE_LOOKS": STATE_LOOKS,
    "OUTCOMES": OUTCOMES,
    "TRY_LOOKS": TRY_LOOKS,
    "STEP_STATES": STEP_STATES,
    "STEP_LOOKS": STEP_LOOKS,
    "ACTIONS": ACTIONS,
    "BULK_STATES": BULK_STATES,
    "BULK_LOOKS": BULK_LOOKS,
    "FIELDS": FIELDS,
    "SORTS": SORTS,
}

"""What an administrator can do about a failed job, in plain words; pure."""

from __future__ import annotations

_KILLED = -9
_NO_SOURCE = "The recording is gone, so this job cannot run again. Discard the letter."

# By the stable code of the error.
_NEXT = {
    "bad_media": (
        "The file itself cannot be used: running it again changes nothing.",
        "Play the source. If it is broken, discard the letter and tell its owner to upload the file again.",
    ),
    "media_failed": (
        "Play the source and read the log: ffmpeg says there what it could not do.",
        "If the source plays, requeue from the failed step; if it does not, discard the letter and tell the owner.",
    ),
    "engine_failed": (
        "See whether others fail with this engine too: then pause the engine until it is well.",
        "Requeue from the failed step, or requeue with another engine or a smaller model.",
    ),
    "engine_unavailable": (
        "'reelscribe doctor' names what this engine lacks: a model, a key or a program.",
        "Put that right and requeue, or requeue with another engine.",
    ),
    "time_limit": (
        "The step was stopped because it took too long. Look whether the machine was overloaded.",
        "Requeue at a quiet time, or with a smaller model or another engine.",
    ),
    "worker_lost": (
        "The worker disappeared in every attempt: most often the machine ran out of memory.",
        "Look at the log of the machine, then requeue with a smaller model or to a larger worker.",
    ),
    "unavailable": (
        "A server that is needed did not answer; 'reelscribe doctor' tells which one.",
        "Requeue all letters of this group once it answers again.",
    ),
    "storage_full": (
        "The storage is full. Free space first.",
        "Requeue all letters of this group afterwards.",
    ),
    "unsupported_option": ("The options do not go together. Requeue with changed options.",),
    "misconfigured": ("A setting of the server is wrong; 'reelscribe doctor' names it. Correct it, then requeue.",),
}
_OTHERWISE = (
    "Read the traceback of the last attempt: this error was not foreseen.",
    "Requeue once from the failed step; if it fails in the same way, note what you found and report it.",
)


def advice(code: str, *, exit_code: int | None = None, is_source_there: bool = True) -> list[str]:
    """Return what to do next, one sentence or two each, the most useful first.

    ``exit_code`` is that of the last attempt's child process, negative for a signal.

    >>> advice("bad_media", is_source_there=False)
    ['The recording is gone, so this job cannot run again. Discard the letter.']
    """
    if not is_source_there:
        return [_NO_SOURCE]
    steps = list(_NEXT.get(code, _OTHERWISE))
    if exit_code == _KILLED and code != "time_limit":
        steps.insert(0, "The program was killed from outside (signal 9), most often because memory ran out.")
    return steps

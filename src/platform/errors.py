"""The one tree of errors.

    ReelscribeError
    ├── BadInput (422)            the caller can mend it
    │   ├── BadMedia              the file itself cannot be used
    │   ├── TooLarge (413)
    │   └── UnsupportedOption
    ├── Unauthenticated (401)
    ├── Forbidden (403)
    ├── NotFound (404)            also for what belongs to somebody else
    ├── Conflict (409)
    ├── InsufficientCredits (402)
    ├── RateLimited (429)
    ├── Misconfigured (500)       a setting or a missing program stops the start
    ├── StageFailed (500)         work on a job went wrong
    │   ├── EngineFailed
    │   ├── EngineUnavailable     no model, no key, no program
    │   │   ├── EngineCredentials the provider refuses our key
    │   │   └── EngineQuota       the provider's quota or our balance there is used up
    │   ├── MediaFailed           ffmpeg could not do it
    │   └── TimeLimitReached
    ├── Unavailable (503)         a server we need does not answer; try again
    │   └── StorageFull (507)
    └── Interrupted               not a failure: somebody else decides what comes next
        ├── LostLease             another worker owns the stage now, or it was cancelled
        └── WorkerStopping        this worker is shutting down

Every class carries ``code`` (stable, for programs), ``status`` (HTTP) and ``permanent`` (a retry cannot
help). The class docstring is the default message; ``hint`` says what to do next; further keyword
arguments are facts that an API client can read, but for ``EVIDENCE``.
"""

from __future__ import annotations

from typing import ClassVar, TypedDict


class Evidence(TypedDict):
    """Facts about a child process that an error carries for administrators; ``exit_code`` negative for a signal."""

    exit_code: int | None
    log_tail: str
    peak_memory_bytes: int | None


# They may name paths, so no client gets them.
EVIDENCE = frozenset(Evidence.__annotations__)


class ReelscribeError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    permanent: ClassVar[bool] = True
    hint: str = ""

    def __init__(self, message: str = "", *, hint: str = "", **facts: object) -> None:
        self.message = message or (self.__doc__ or "").split("\n")[0]
        self.hint = hint or self.hint
        self.facts = facts
        super().__init__(self.message)


class BadInput(ReelscribeError):
    """The request has a value that cannot be used."""

    code, status = "invalid_request", 422


class BadMedia(BadInput):
    """This file cannot be read as audio or video."""

    code = "bad_media"
    hint = "Open the file in a media player; if it plays there, convert it to MP4 or MP3 and upload that."


class TooLarge(BadInput):
    """The upload is larger than this server accepts."""

    code, status = "too_large", 413


class UnsupportedOption(BadInput):
    """This combination of options is not supported."""

    code = "unsupported_option"


class Unauthenticated(ReelscribeError):
    """You are not signed in, or your sign-in has expired."""

    code, status = "unauthenticated", 401
    hint = "Sign in again, or send an API key as 'Authorization: Bearer rs_…'."


class Forbidden(ReelscribeError):
    """You are signed in, but may not do this."""

    code, status = "forbidden", 403


class NotFound(ReelscribeError):
    """There is no such thing here."""

    code, status = "not_found", 404


class Conflict(ReelscribeError):
    """This does not fit the present state."""

    code, status = "conflict", 409


class InsufficientCredits(ReelscribeError):
    """Your credits do not cover this job."""

    code, status = "insufficient_credits", 402
    hint = "Choose fewer features or a shorter file, or ask your administrator for credits."


class RateLimited(ReelscribeError):
    """Too many requests in a short time."""

    code, status, permanent = "rate_limited", 429, False
    hint = "Wait for the seconds that Retry-After names, then try again."


class Misconfigured(ReelscribeError):
    """A setting or something on this machine stops the program."""

    code = "misconfigured"


class StageFailed(ReelscribeError):
    """A step of the job failed."""

    code, permanent = "stage_failed", False


class EngineFailed(StageFailed):
    """The speech engine failed."""

    code = "engine_failed"


class EngineUnavailable(StageFailed):
    """This engine cannot run here."""

    code, permanent = "engine_unavailable", True


class EngineCredentials(EngineUnavailable):
    """The provider refuses the key of this server."""

    code = "engine_credentials"


class EngineQuota(EngineUnavailable):
    """The quota at the provider is used up."""

    code = "engine_quota"


class MediaFailed(StageFailed):
    """The recording could not be converted."""

    code = "media_failed"


class TimeLimitReached(StageFailed):
    """The step took longer than its time limit."""

    code = "time_limit"


class Unavailable(ReelscribeError):
    """A server that Reelscribe needs does not answer."""

    code, status, permanent = "unavailable", 503, False
    hint = "Try again in a minute; 'reelscribe doctor' tells an administrator which one it is."


class StorageFull(Unavailable):
    """The storage is full."""

    code, status = "storage_full", 507
    hint = "Nothing was stored. Ask your administrator to free space, then try again."


class Interrupted(ReelscribeError):
    """The work was interrupted."""

    code, permanent = "interrupted", False


class LostLease(Interrupted):
    """The stage belongs to another worker now, or was cancelled."""

    code = "lost_lease"


class WorkerStopping(Interrupted):
    """The worker is shutting down; the stage goes back to its queue."""

    code = "worker_stopping"

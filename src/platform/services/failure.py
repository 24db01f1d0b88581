"""One failed attempt: what is kept of it, in words for people and in detail for admins."""

from __future__ import annotations

import traceback
from datetime import timedelta
from uuid import UUID

import msgspec

from .. import db, logs
from ..domain import masking
from ..domain.lifecycle import StageName
from ..errors import ReelscribeError, StageFailed, TimeLimitReached
from .job_views import JobError

# So begins the hint of an error that may pass.
TRIED_AGAIN = "It is tried again by itself"
# A traceback or a log tail beyond this says nothing more.
_KEPT_CHARACTERS = 20_000
# A server that asks for more than a year means something else.
_LONGEST_SECONDS = 366 * 24 * 3600.0


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An error of ours and the traceback behind it; its facts are kept where the table has a place.

    ``kept``: the last lines of the stage's own log, and what is known of the child that it gave up.
    """

    error: ReelscribeError
    error_class: str
    traceback: str
    kept: logs.Kept = msgspec.field(default_factory=logs.Kept)

    @property
    def permanent(self) -> bool:
        """Whether another attempt cannot help."""
        return self.error.permanent

    @property
    def retry_after(self) -> timedelta:
        """How long a server asked us to wait with another attempt; zero where it did not."""
        seconds = self.error.facts.get("retry_after")
        if isinstance(seconds, int | float) and 0 < seconds < _LONGEST_SECONDS:  # NaN is not
            return timedelta(seconds=seconds)
        return timedelta(0)

    def problem(self, stage: StageName) -> JobError:
        """Return what the user sees."""
        message, hint = _printable(self.error.message), _printable(self.error.hint)
        return JobError(code=self.error.code, stage=stage, message=message, hint=hint)

    def last_problem(self, stage: StageName) -> JobError:
        """Return what the user sees where nothing is tried again by itself."""
        problem = self.problem(stage)
        if problem.hint and not problem.hint.startswith(TRIED_AGAIN):
            return problem
        return msgspec.structs.replace(problem, hint="Try it again; if it fails once more, ask your administrator.")

    def warning(self, stage: StageName) -> str:
        """Return the sentence for a stage that the job goes on without."""
        lost = {
            StageName.ALIGN: "Word times are approximate",
            StageName.DIARIZE: "Speakers were not separated",
            StageName.ANALYSE: "What was to be read out of the text is missing and is not charged",
            StageName.RENDER: "One clip could not be made; the others are there",
        }
        problem = self.problem(stage)
        return f"{lost.get(stage, 'One step was left out')}: {problem.message} {problem.hint}".strip()

    async def note(self, stage_id: UUID, *, outcome: str = "failed") -> None:
        """Close the stage's running attempt with all that is known."""
        facts = self._known_of_the_child() | {
            name: value for name, value in self.error.facts.items() if value is not None
        }
        await db.execute(
            "UPDATE attempts SET outcome = $2, error = $3, traceback = $4, log_tail = $5, exit_code = $6,"
            " peak_memory_bytes = $7, finished_at = now() WHERE stage_id = $1 AND outcome = 'running'",
            stage_id,
            outcome,
            msgspec.json.encode(
                {
                    "code": self.error.code,
                    "message": _printable(self.error.message),
                    "hint": _printable(self.error.hint),
                }
            ).decode(),
            _printable(self.traceback)[-_KEPT_CHARACTERS:],
            _printable(str(facts.get("log_tail") or self.kept.text))[-_KEPT_CHARACTERS:],
            _number(facts.get("exit_code")),
            _number(facts.get("peak_memory_bytes")),
        )

    def _known_of_the_child(self) -> dict[str, object]:
        # Whoever reaches a time limit gave up a child whose own error nobody saw.
        return self.kept.facts if isinstance(self.error, TimeLimitReached) else {}


def of(exc: BaseException, kept: logs.Kept | None = None) -> Failure:
    """Return the failure behind any exception; what is not ours becomes ``StageFailed``."""
    error = exc if isinstance(exc, ReelscribeError) else _unexpected(exc)
    text = "".join(traceback.format_exception(exc))
    return Failure(error=error, error_class=type(exc).__name__, traceback=text, kept=kept or logs.Kept())


def _unexpected(exc: BaseException) -> StageFailed:
    return StageFailed(
        f"An unexpected error stopped this step ({type(exc).__name__})",
        hint=f"{TRIED_AGAIN}; if it keeps failing, an administrator sees the details.",
    )


def _printable(text: str) -> str:
    # PostgreSQL's text cannot hold NUL; and what quotes a secret must not be kept.
    return masking.masked(text.replace("\x00", "\ufffd"))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None

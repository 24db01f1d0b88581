"""One failed attempt: what is kept of it, in words for people and in detail for admins."""

from __future__ import annotations

import traceback
from uuid import UUID

import msgspec

from .. import db
from ..domain.lifecycle import StageName
from ..errors import ReelscribeError, StageFailed
from .job_views import JobError

# A traceback or a log tail beyond this says nothing more.
_KEPT_CHARACTERS = 20_000


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An error of ours and the traceback behind it; its facts are kept where the table has a place."""

    error: ReelscribeError
    error_class: str
    traceback: str

    @property
    def permanent(self) -> bool:
        """Whether another attempt cannot help."""
        return self.error.permanent

    def problem(self, stage: StageName) -> JobError:
        """Return what the user sees."""
        message, hint = _printable(self.error.message), _printable(self.error.hint)
        return JobError(code=self.error.code, stage=stage, message=message, hint=hint)

    def warning(self, stage: StageName) -> str:
        """Return the sentence for a stage that the job goes on without."""
        lost = {
            StageName.ALIGN: "Word times are approximate",
            StageName.DIARIZE: "Speakers were not separated",
        }
        problem = self.problem(stage)
        return f"{lost.get(stage, 'One step was left out')}: {problem.message} {problem.hint}".strip()

    async def note(self, stage_id: UUID, *, outcome: str = "failed") -> None:
        """Close the stage's running attempt with all that is known."""
        facts = self.error.facts
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
            _printable(str(facts.get("log_tail") or facts.get("stderr") or ""))[-_KEPT_CHARACTERS:],
            _number(facts.get("exit_code")),
            _number(facts.get("peak_memory_bytes")),
        )


def of(exc: BaseException) -> Failure:
    """Return the failure behind any exception; what is not ours becomes ``StageFailed``."""
    error = exc if isinstance(exc, ReelscribeError) else _unexpected(exc)
    text = "".join(traceback.format_exception(exc))
    return Failure(error=error, error_class=type(exc).__name__, traceback=text)


def _unexpected(exc: BaseException) -> StageFailed:
    return StageFailed(
        f"An unexpected error stopped this step ({type(exc).__name__})",
        hint="It is tried again by itself; if it keeps failing, an administrator sees the details.",
    )


def _printable(text: str) -> str:
    # PostgreSQL's text cannot hold NUL.
    return text.replace("\x00", "\ufffd")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None

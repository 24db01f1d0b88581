"""One stage done the common way: a Celery task that claims its row, works, and settles, with SQLAlchemy's ORM.

The same reads and writes as ours for a job of one stage: a claim under a lock with a lease and a token, an attempt,
status changes of stage and job, and at the end, only for the owner of the token, the result, the capture in the
ledger and the account's sums. In its favour: no heartbeat, no outbox, no events for browsers, no turns of users, and
the task neither looks for a next stage nor works out the price again.

``celery -A benchmarks.comparison.worker worker`` runs it.
"""

from __future__ import annotations

import os
import socket
import uuid
from datetime import UTC, datetime, timedelta

from celery import Celery
from celery.signals import worker_process_init
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import contains_eager, sessionmaker

from .models import Attempt, CreditAccount, CreditEntry, Stage

LEASE = timedelta(seconds=20)
NAME = f"{socket.gethostname()}-{os.getpid()}"

celery = Celery("comparison", broker=os.environ["COMPARISON_BROKER"])
celery.conf.update(
    task_ignore_result=True,
    task_acks_late=True,  # as ours: a message is gone once its stage has an outcome
    task_store_errors_even_if_ignored=False,
    worker_prefetch_multiplier=16,
    worker_disable_rate_limits=True,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)
engine = create_engine(os.environ["COMPARISON_DATABASE"], pool_size=20, max_overflow=0, pool_pre_ping=False)
new_session = sessionmaker(engine, expire_on_commit=False)


@worker_process_init.connect
def _forked(**_: object) -> None:
    engine.dispose(close=False)


@celery.task(name="ingest")
def ingest(stage_id: str) -> None:
    """Do the stage: claim, work (at once), settle."""
    token = claim(uuid.UUID(stage_id))
    if token is not None:
        finish(uuid.UUID(stage_id), token, {"audio_key": "none", "duration_seconds": 90.0})


def claim(stage_id: uuid.UUID) -> uuid.UUID | None:
    """Take the stage if it waits; returns the token that fences what is written later."""
    with new_session.begin() as db:
        stage = db.scalar(_locked(stage_id).where(Stage.status == "queued"))
        if stage is None:
            return None
        now = datetime.now(UTC)
        stage.status, stage.worker, stage.attempts = "running", NAME, stage.attempts + 1
        stage.lease_token, stage.lease_expires_at, stage.started_at = uuid.uuid4(), now + LEASE, now
        stage.job.status, stage.job.stage, stage.job.started_at = "processing", stage.name, now
        stage.job.attempts += 1
        db.add(Attempt(stage_id=stage.id, number=stage.attempts, worker=NAME))
        return stage.lease_token


def finish(stage_id: uuid.UUID, token: uuid.UUID, result: dict[str, object]) -> None:
    """Store the result, complete the job and capture its credits, in one transaction; nothing for a lost lease."""
    with new_session.begin() as db:
        stage = db.scalar(_locked(stage_id).where(Stage.lease_token == token, Stage.status == "running"))
        if stage is None:
            return
        now = datetime.now(UTC)
        stage.status, stage.result, stage.finished_at = "completed", result, now
        stage.lease_token = stage.lease_expires_at = None
        closing = update(Attempt).where(Attempt.stage_id == stage_id, Attempt.outcome == "running")
        db.execute(closing.values(outcome="succeeded", finished_at=now), execution_options=_UNSYNCED)
        job, price = stage.job, stage.job.credits_held
        job.status, job.progress, job.finished_at = "completed", 100, now
        job.credits_held, job.credits_charged = 0, price
        account = update(CreditAccount).where(CreditAccount.user_id == job.user_id)
        sums = account.values(balance=CreditAccount.balance - price, held=CreditAccount.held - price)
        db.execute(sums, execution_options=_UNSYNCED)
        db.add(CreditEntry(user_id=job.user_id, job_id=job.id, kind="capture", balance_delta=-price, held_delta=-price))


# Nothing that these statements change is loaded in the session.
_UNSYNCED = {"synchronize_session": False}


def _locked(stage_id: uuid.UUID):
    """Select the stage with its job, both locked, in one query."""
    query = select(Stage).join(Stage.job).options(contains_eager(Stage.job))
    return query.where(Stage.id == stage_id).with_for_update()

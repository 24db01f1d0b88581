"""``POST /api/v1/jobs`` as it is commonly written: FastAPI, SQLAlchemy's ORM on psycopg2, Celery.

The same checks and writes as ours: bearer token, user, ownership of the recording, options, price, credit
hold that cannot overspend, job, six stages, ledger entry, message. In its favour: no outbox row, the message
simply follows the commit; one atomic UPDATE for the hold instead of a lock and two statements; a tuned pool.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

import jwt
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session, sessionmaker

from .models import CreditAccount, CreditEntry, Job, Media, Stage, User
from .tasks import ingest

SECRET = os.environ["COMPARISON_SECRET"]
STAGES = ("ingest", "silence", "transcribe", "align", "diarize", "deliver")
PRIORITIES = ("critical", "high", "normal", "low")
PER_MINUTE = {"sentiment_analysis": "0.3", "auto_chapters": "0.3", "entity_detection": "0.3", "auto_highlights": "0.3"}
ENGLISH_ONLY = {"sentiment_analysis", "auto_chapters", "auto_highlights"}

engine = create_engine(os.environ["COMPARISON_DATABASE"], pool_size=20, max_overflow=0, pool_pre_ping=False)
# What is sent back was written in this transaction: no need to read it again after the commit.
new_session = sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
bearer = HTTPBearer()


class SpeechUnderstanding(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sentiment_analysis: bool = False
    auto_chapters: bool = False
    entity_detection: bool = False
    auto_highlights: bool = False
    speaker_labels: bool = False


class LlmGateway(BaseModel):
    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    generate_summary: bool = False


class Features(BaseModel):
    model_config = ConfigDict(extra="forbid")

    speech_understanding: SpeechUnderstanding = SpeechUnderstanding()
    llm_gateway: LlmGateway = LlmGateway()


class NewJob(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["transcription", "clips"] = "transcription"
    media_id: uuid.UUID
    engine: Annotated[str, Field(max_length=32)] = "stub"
    model: Annotated[str, Field(max_length=200)] | None = None
    language: Annotated[str, Field(max_length=16)] | None = None
    mode: Literal["mono", "dialogue"] = "mono"
    min_speakers: Annotated[int, Field(ge=1, le=50)] | None = None
    max_speakers: Annotated[int, Field(ge=1, le=50)] | None = None
    priority: Literal["critical", "high", "normal", "low"] = "normal"
    features: Features = Features()


class CreditsView(BaseModel):
    quoted: Decimal
    held: Decimal
    charged: Decimal


class JobView(BaseModel):
    id: uuid.UUID
    kind: str
    status: str
    stage: str
    progress: int
    media_id: uuid.UUID
    engine: str
    model: str | None
    language: str | None
    mode: str
    priority: str
    features: dict[str, Any]
    credits: CreditsView
    warnings: list[Any]
    error: dict[str, Any] | None
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def session() -> Iterator[Session]:
    with new_session() as opened:
        yield opened


def current_user(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    db: Annotated[Session, Depends(session)],
) -> User:
    try:
        claims = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"], audience="comparison")
    except jwt.InvalidTokenError as exc:
        raise HTTPException(401, "Not signed in") from exc
    user = db.get(User, uuid.UUID(claims["sub"]))
    if user is None or user.disabled_at is not None:
        raise HTTPException(401, "Not signed in")
    return user


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/api/v1/jobs", status_code=202)
def create_job(
    wanted: NewJob,
    response: Response,
    user: Annotated[User, Depends(current_user)],
    db: Annotated[Session, Depends(session)],
) -> JobView:
    media = db.scalar(select(Media).where(Media.id == wanted.media_id, Media.user_id == user.id))
    if media is None or media.deleted_at is not None:
        raise HTTPException(404, "There is no such recording")
    check_options(wanted, user)
    price = quote(wanted, media)
    hold(db, user, price)
    job = new_job(wanted, user, price)
    db.add(job)
    db.add(CreditEntry(user_id=user.id, job=job, kind="hold", held_delta=price))
    db.commit()
    ingest.delay(str(job.id))
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return view(job)


def check_options(wanted: NewJob, user: User) -> None:
    if wanted.min_speakers and wanted.max_speakers and wanted.min_speakers > wanted.max_speakers:
        raise HTTPException(422, "min_speakers is larger than max_speakers")
    if PRIORITIES.index(wanted.priority) < PRIORITIES.index(user.max_priority):
        raise HTTPException(403, "This priority is not yours")


def quote(wanted: NewJob, media: Media) -> Decimal:
    asked = {name for name, on in wanted.features.speech_understanding.model_dump().items() if on}
    if asked & ENGLISH_ONLY and not (wanted.language or "").startswith("en"):
        raise HTTPException(422, "These features are for English only")
    per_minute = Decimal(1) + sum((Decimal(PER_MINUTE.get(name, "0")) for name in asked), Decimal(0))
    exact = Decimal(str(media.duration_seconds or 0)) / 60 * per_minute
    if wanted.features.llm_gateway.enabled:
        exact += 3
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def hold(db: Session, user: User, price: Decimal) -> None:
    covered = (CreditAccount.balance - CreditAccount.held) >= price
    statement = update(CreditAccount).where(CreditAccount.user_id == user.id, covered)
    if db.execute(statement.values(held=CreditAccount.held + price)).rowcount == 0:
        raise HTTPException(402, "Too few credits")


def new_job(wanted: NewJob, user: User, price: Decimal) -> Job:
    values = wanted.model_dump(exclude={"features"})
    job = Job(
        id=uuid.uuid4(),
        user_id=user.id,
        features=wanted.features.model_dump(),
        credits_quoted=price,
        credits_held=price,
        **values,
    )
    for position, name in enumerate(STAGES):
        status = "queued" if position == 0 else "waiting"
        if name == "diarize" and wanted.mode == "mono":
            status = "skipped"
        job.stages.append(Stage(name=name, position=position, status=status))
    return job


def view(job: Job) -> JobView:
    credits = CreditsView(quoted=job.credits_quoted, held=job.credits_held, charged=job.credits_charged)
    names = [name for name in JobView.model_fields if name != "credits"]
    return JobView(credits=credits, **{name: getattr(job, name) for name in names})

"""The schema. Each module holds the tables of one noun; ``migrations/`` makes them, a test compares the two.

Composite, partial and expression indexes are not part of Piccolo's table API: they stand in the
migrations, each with the query it serves.
"""

from .accounts import ApiKey, EmailToken, Session, User
from .clips import Clip, ContentSegment, SceneRow
from .credits import CreditAccount, CreditEntry
from .dead_letters import BulkAction, BulkItem, DeadLetter, DeadLetterGroup
from .images import Image
from .jobs import IdempotencyKey, Job
from .media import Media, SilenceRegion, Upload
from .operations import AuditEntry, Breaker, Mended, QueueControl, Worker
from .stages import Attempt, Outbox, Stage, StageChunk
from .transcripts import Artifact, TranscriptVersion
from .webhooks import Webhook, WebhookDelivery

ALL = [
    User,
    Session,
    ApiKey,
    EmailToken,
    CreditAccount,
    Media,
    Upload,
    SilenceRegion,
    Job,
    IdempotencyKey,
    Clip,
    ContentSegment,
    SceneRow,
    Image,
    CreditEntry,
    Stage,
    StageChunk,
    Attempt,
    Outbox,
    TranscriptVersion,
    Artifact,
    DeadLetter,
    DeadLetterGroup,
    BulkAction,
    BulkItem,
    AuditEntry,
    QueueControl,
    Worker,
    Breaker,
    Mended,
    Webhook,
    WebhookDelivery,
]

__all__ = [table.__name__ for table in ALL] + ["ALL"]

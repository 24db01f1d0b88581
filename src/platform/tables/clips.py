"""What the content analysis found, and the clips made of it."""

from __future__ import annotations

from piccolo.columns import JSONB, Array, BigInt, Boolean, DoublePrecision, Integer, Text, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .jobs import Job
from .media import Media


class ContentSegment(Table, tablename="content_segments"):
    """A whole thought in the recording; seconds from the start of the file, importance 0 to 1."""

    id = columns.key()
    job_id = columns.owned_by(Job)
    position = Integer(null=False)
    start_seconds = DoublePrecision(null=False)
    end_seconds = DoublePrecision(null=False)
    title = Varchar(length=300, null=False)
    topics = Array(base_column=Varchar(length=100), default=list, null=False)
    importance = DoublePrecision(null=False)
    reason = Text(default="", null=False)
    quote = Text(default="", null=False)

    content_segments_once = Unique(["job_id", "position"])
    content_segments_order = Check("start_seconds >= 0 AND end_seconds > start_seconds")
    content_segments_importance = Check("importance BETWEEN 0 AND 1")


class Clip(Table, tablename="clips"):
    """A short video cut from the recording, or a reel of several; all that decides how it looks and sounds.

    ``spans`` is a list of {start, end} in seconds of the recording, in the order of play; ``removed`` what was left out
    between them, ``words`` what a person wrote in place of the transcript's words (NULL: nothing). ``revision`` grows
    with every change that calls for a new file, ``rendered_revision`` is that of the file there is: the old one stays
    until the new one is good.
    """

    id = columns.key()
    job_id = columns.owned_by(Job)
    position = Integer(null=False)
    kind = Varchar(length=8, default="clip", null=False)
    title = Varchar(length=300, null=False)
    reason = Text(default="", null=False)
    quote = Text(default="", null=False)
    score = DoublePrecision(null=False)
    topics = Array(base_column=Varchar(length=100), default=list, null=False)
    spans = JSONB(null=False)
    removed = JSONB(default="[]", null=False)
    words = JSONB(default=None, null=True)
    chapters = JSONB(default="[]", null=False)  # of a reel: [{start, title}]
    duration_seconds = DoublePrecision(null=False)
    status = Varchar(length=16, default="pending", null=False)
    subtitles = Boolean(default=True, null=False)  # burned in
    aspect = Varchar(length=8, default="16:9", null=False)
    layout = Varchar(length=8, default="auto", null=False)
    style = Varchar(length=8, default="clean", null=False)
    revision = Integer(default=1, null=False)
    rendered_revision = Integer(default=None, null=True)
    rendered_at = columns.moment()
    way = Varchar(length=16, default=None, null=True)  # copied, encoded or audiogram
    width = Integer(default=None, null=True)
    height = Integer(default=None, null=True)
    size_bytes = BigInt(default=None, null=True)
    storage_key = Varchar(length=255, default=None, null=True)
    poster_key = Varchar(length=255, default=None, null=True)
    preview_key = Varchar(length=255, default=None, null=True)
    sha256 = Varchar(length=64, default=None, null=True)  # of the file at storage_key
    basis = JSONB(default=None, null=True)  # domain.rendering.Basis
    warnings = JSONB(default="[]", null=False)  # sentences about the file
    error = JSONB(default=None, null=True)  # why the last rendering failed
    created_at = columns.created()
    deleted_at = columns.moment()

    clips_once = Unique(["job_id", "position"])
    clips_kind = Check("kind IN ('clip', 'reel')")
    clips_status = Check("status IN ('pending', 'rendering', 'ready', 'failed')")
    clips_aspect = Check("aspect IN ('source', '16:9', '9:16', '1:1', '4:5')")
    clips_layout = Check("layout IN ('auto', 'whole', 'speaker', 'slides')")
    clips_style = Check("style IN ('clean', 'box', 'bold', 'karaoke')")
    clips_score = Check("score BETWEEN 0 AND 1 AND duration_seconds > 0")
    clips_ready = Check("status <> 'ready' OR storage_key IS NOT NULL")
    clips_file = Check("(storage_key IS NULL) = (rendered_revision IS NULL)")
    clips_revision = Check("revision >= 1 AND rendered_revision <= revision")


class SceneRow(Table, tablename="scenes"):
    """A stretch of the picture in which nothing moves about much; pixels as people see the recording."""

    id = columns.key()
    media_id = columns.owned_by(Media)
    start_seconds = DoublePrecision(null=False)
    end_seconds = DoublePrecision(null=False)
    kind = Varchar(length=24, null=False)
    width = Integer(null=False)
    height = Integer(null=False)
    face = JSONB(default=None, null=True)  # {x, y, width, height}
    screen = JSONB(default=None, null=True)
    moving = JSONB(default=None, null=True)

    scenes_once = Unique(["media_id", "start_seconds"])
    scenes_order = Check("start_seconds >= 0 AND end_seconds > start_seconds")
    scenes_kind = Check("kind IN ('camera', 'slides', 'slides_with_speaker', 'still', 'screen')")

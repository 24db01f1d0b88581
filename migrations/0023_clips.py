"""What a clip is made of and made into, a stage for each clip's rendering, and what is seen in a recording."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0023"
DESCRIPTION = "Clips that are rendered one by one and edited"

SQL = """
ALTER TABLE clips
    ADD COLUMN kind varchar(8) DEFAULT 'clip' NOT NULL,
    ADD COLUMN quote text DEFAULT '' NOT NULL,
    ADD COLUMN layout varchar(8) DEFAULT 'auto' NOT NULL,
    ADD COLUMN style varchar(8) DEFAULT 'clean' NOT NULL,
    ADD COLUMN removed jsonb DEFAULT '[]' NOT NULL,
    ADD COLUMN words jsonb,
    ADD COLUMN chapters jsonb DEFAULT '[]' NOT NULL,
    ADD COLUMN warnings jsonb DEFAULT '[]' NOT NULL,
    ADD COLUMN revision integer DEFAULT 1 NOT NULL,
    ADD COLUMN rendered_revision integer,
    ADD COLUMN rendered_at timestamptz,
    ADD COLUMN way varchar(16),
    ADD COLUMN width integer,
    ADD COLUMN height integer,
    ADD COLUMN size_bytes bigint,
    ADD COLUMN poster_key varchar(255),
    ADD COLUMN preview_key varchar(255),
    DROP CONSTRAINT clips_aspect,
    ADD CONSTRAINT clips_aspect CHECK (aspect IN ('source', '16:9', '9:16', '1:1', '4:5')),
    ADD CONSTRAINT clips_kind CHECK (kind IN ('clip', 'reel')),
    ADD CONSTRAINT clips_layout CHECK (layout IN ('auto', 'whole', 'speaker', 'slides')),
    ADD CONSTRAINT clips_style CHECK (style IN ('clean', 'box', 'bold', 'karaoke')),
    ADD CONSTRAINT clips_ready CHECK (status <> 'ready' OR storage_key IS NOT NULL),
    ADD CONSTRAINT clips_file CHECK ((storage_key IS NULL) = (rendered_revision IS NULL)),
    ADD CONSTRAINT clips_revision CHECK (revision >= 1 AND rendered_revision <= revision);

ALTER TABLE stages
    ADD COLUMN clip_id uuid REFERENCES clips ON UPDATE CASCADE ON DELETE CASCADE,
    DROP CONSTRAINT stages_once,
    ADD CONSTRAINT stages_once UNIQUE NULLS NOT DISTINCT (job_id, name, clip_id),
    ADD CONSTRAINT stages_clip CHECK ((name = 'render') = (clip_id IS NOT NULL));

-- A clip that goes takes its stage along (ON DELETE CASCADE).
CREATE INDEX stages_of_clip ON stages (clip_id) WHERE clip_id IS NOT NULL;

CREATE TABLE scenes (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    media_id uuid NOT NULL REFERENCES media ON UPDATE CASCADE ON DELETE CASCADE,
    start_seconds double precision DEFAULT 0.0 NOT NULL,
    end_seconds double precision DEFAULT 0.0 NOT NULL,
    kind varchar(24) DEFAULT '' NOT NULL,
    width integer DEFAULT 0 NOT NULL,
    height integer DEFAULT 0 NOT NULL,
    face jsonb,
    screen jsonb,
    moving jsonb,
    CONSTRAINT scenes_once UNIQUE (media_id, start_seconds),
    CONSTRAINT scenes_order CHECK (start_seconds >= 0 AND end_seconds > start_seconds),
    CONSTRAINT scenes_kind CHECK (kind IN ('camera', 'slides', 'slides_with_speaker', 'still', 'screen'))
);
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

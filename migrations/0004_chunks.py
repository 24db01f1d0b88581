"""Long stages in pieces, each with a lease of its own; partial transcripts."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0004"
DESCRIPTION = "Chunk leases and partial transcripts"

SQL = """
ALTER TABLE stage_chunks ADD COLUMN attempts integer DEFAULT 0 NOT NULL;
ALTER TABLE stage_chunks ADD COLUMN lease_token uuid;
ALTER TABLE stage_chunks ADD COLUMN lease_expires_at timestamptz;
ALTER TABLE stage_chunks ADD COLUMN worker varchar(100);
ALTER TABLE stage_chunks ADD CONSTRAINT stage_chunks_lease
    CHECK ((lease_token IS NULL) = (lease_expires_at IS NULL));
ALTER TABLE stage_chunks ADD CONSTRAINT stage_chunks_finished CHECK ((finished_at IS NULL) = (result IS NULL));

ALTER TABLE transcripts DROP CONSTRAINT transcripts_origin;
ALTER TABLE transcripts ADD CONSTRAINT transcripts_origin
    CHECK (origin IN ('engine', 'edit', 'restore', 'partial'));

-- a run's partial transcript is stored once
CREATE UNIQUE INDEX transcripts_one_partial_per_run ON transcripts (job_id, run) WHERE origin = 'partial';
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

"""Indexes of the admin overview; the line above each says which query it serves."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0010"
DESCRIPTION = "Indexes of the admin overview"

SQL = """
-- overview.jobs.list_page: everybody's jobs, newest first, by cursor
CREATE INDEX jobs_newest ON jobs (created_at DESC, id DESC);
-- overview.queues.look: held jobs of everybody
CREATE INDEX jobs_all_held ON jobs (created_at) WHERE status = 'pending' AND admitted_at IS NULL;
-- overview.workers.look: pieces that are being worked on
CREATE INDEX stage_chunks_leased ON stage_chunks (lease_expires_at) WHERE lease_token IS NOT NULL;
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

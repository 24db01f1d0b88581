"""What a job tells its speech engine: hotwords, a prompt, the order of engines."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0021"
DESCRIPTION = "Options of a job for its speech engine"

SQL = """
ALTER TABLE jobs ADD COLUMN options jsonb DEFAULT '{}' NOT NULL;
ALTER TABLE jobs ADD CONSTRAINT jobs_options CHECK (jsonb_typeof(options) = 'object');
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

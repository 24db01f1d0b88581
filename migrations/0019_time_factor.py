"""Jobs that an administrator gives more time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0019"
DESCRIPTION = "Time limits of a job, longer than usual"

SQL = """
ALTER TABLE jobs ADD COLUMN time_factor double precision DEFAULT 1 NOT NULL;
ALTER TABLE jobs ADD CONSTRAINT jobs_time_factor CHECK (time_factor >= 1 AND time_factor <= 10);
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

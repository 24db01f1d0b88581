"""What a clip's file was made of, so that a change that leaves picture and sound as they are encodes nothing."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0025"
DESCRIPTION = "What picture and sound of a clip were made of"

# Clips that were made before have neither: their next change renders them anew.
SQL = """
ALTER TABLE clips ADD COLUMN basis jsonb, ADD COLUMN sha256 varchar(64);
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

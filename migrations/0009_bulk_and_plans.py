"""What a requeue at a later time shall do; indexes for bulk actions."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0009"
DESCRIPTION = "Planned requeues, indexes for bulk actions"

SQL = """
ALTER TABLE dead_letters ADD COLUMN plan jsonb;

-- scheduled.requeue_scheduled: which are due
CREATE INDEX dead_letters_due ON dead_letters (due_at) WHERE status = 'scheduled';
-- which bulk actions moved a letter; and a deleted letter takes its items along
CREATE INDEX bulk_items_of_letter ON bulk_items (dead_letter_id);
-- bulk_views.items: one action's items in their order
CREATE INDEX bulk_items_in_order ON bulk_items (bulk_id, position);
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

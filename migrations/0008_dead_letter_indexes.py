"""Indexes of the list of dead letters; the line above each says which query it serves."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0008"
DESCRIPTION = "Indexes of the list of dead letters"

SQL = """
-- dead_letters.listing with q=; without a pending list, which every search would have to read through
CREATE INDEX dead_letters_words ON dead_letters USING gin (to_tsvector('simple', search_text)) WITH (fastupdate = off);

-- dead_letters.listing, newest or oldest first, by cursor. It has all that a filter asks about: numbers, shares and
-- groups of any combination are counted from it alone, without the letters themselves (see decision 0020)
DROP INDEX dead_letters_by_status;
CREATE INDEX dead_letters_newest ON dead_letters (status, created_at DESC, id DESC)
    INCLUDE (fingerprint, user_id, kind, stage_name, engine, error_code, priority, worker, attempts, reviewed_at,
        assigned_to);
-- dead_letters.listing with sort=attempts or attempts=
CREATE INDEX dead_letters_by_attempts ON dead_letters (status, attempts DESC, created_at DESC, id DESC)
    INCLUDE (fingerprint, user_id, kind, stage_name, engine, error_code, priority, worker, reviewed_at, assigned_to);
-- dead_letters.listing with kind=
CREATE INDEX dead_letters_by_kind ON dead_letters (status, kind, created_at DESC, id DESC);
-- dead_letters.listing with stage=
CREATE INDEX dead_letters_by_stage ON dead_letters (status, stage_name, created_at DESC, id DESC);
-- dead_letters.listing with code=
CREATE INDEX dead_letters_by_code ON dead_letters (status, error_code, created_at DESC, id DESC);
-- dead_letters.listing with engine=
CREATE INDEX dead_letters_by_engine ON dead_letters (status, engine, created_at DESC, id DESC);
-- dead_letters.listing with priority=
CREATE INDEX dead_letters_by_priority ON dead_letters (status, priority, created_at DESC, id DESC);
-- dead_letters.listing with worker=
CREATE INDEX dead_letters_by_worker ON dead_letters (status, worker, created_at DESC, id DESC);
-- dead_letters.listing with user=
CREATE INDEX dead_letters_by_user ON dead_letters (status, user_id, created_at DESC, id DESC);
-- dead_letters.listing with assigned_to=
CREATE INDEX dead_letters_by_assigned ON dead_letters (status, assigned_to, created_at DESC, id DESC)
    WHERE assigned_to IS NOT NULL;
-- dead_letters.listing with reviewed=true, the smaller part
CREATE INDEX dead_letters_by_reviewed ON dead_letters (status, created_at DESC, id DESC) WHERE reviewed_at IS NOT NULL;
-- a user, a stage that goes takes its letters along
CREATE INDEX dead_letters_of_user ON dead_letters (user_id);
CREATE INDEX dead_letters_of_stage ON dead_letters (stage_id);

-- What was written is marked as visible to all soon, or else an index alone could not answer.
ALTER TABLE dead_letters SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02);
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

"""Users take turns: how many jobs at once, stopped queues, engines that rest, what was mended."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0003"
DESCRIPTION = "Fair share, queue controls, breakers"

SQL = """
ALTER TABLE users ADD COLUMN max_jobs_at_once integer;
ALTER TABLE users ADD CONSTRAINT users_max_jobs_at_once CHECK (max_jobs_at_once >= 1);

ALTER TABLE jobs ADD COLUMN admitted_at timestamptz;
UPDATE jobs SET admitted_at = created_at;

ALTER TABLE queue_controls ADD COLUMN state varchar(16) DEFAULT 'paused' NOT NULL;
ALTER TABLE queue_controls ALTER COLUMN paused_at SET DEFAULT now();
ALTER TABLE queue_controls ALTER COLUMN paused_at SET NOT NULL;
ALTER TABLE queue_controls ADD CONSTRAINT queue_controls_state CHECK (state IN ('paused', 'draining'));

ALTER TABLE workers ADD COLUMN slots jsonb DEFAULT '{}' NOT NULL;
ALTER TABLE workers ADD COLUMN pool jsonb DEFAULT '{}' NOT NULL;

CREATE TABLE breakers (
    engine varchar(32) DEFAULT '' PRIMARY KEY,
    state varchar(16) DEFAULT 'closed' NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    last_job_id uuid,
    last_error text DEFAULT '' NOT NULL,
    opened_count integer DEFAULT 0 NOT NULL,
    opened_until timestamptz,
    probe_until timestamptz,
    changed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT breakers_state CHECK (state IN ('closed', 'open', 'half_open')),
    CONSTRAINT breakers_open CHECK (state <> 'open' OR opened_until IS NOT NULL)
);

CREATE TABLE mended (
    duty varchar(64) DEFAULT '' PRIMARY KEY,
    times bigint DEFAULT 0 NOT NULL,
    last_at timestamptz DEFAULT now() NOT NULL
);

-- How many more jobs of the user may be worked on now. It locks the user's account until the transaction ends, and
-- as a volatile function counts only then, so that two admissions at once never exceed the limit.
CREATE FUNCTION places_left(of_user uuid, usual integer) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM 1 FROM credit_accounts WHERE user_id = of_user FOR UPDATE;
    RETURN (SELECT coalesce(max_jobs_at_once, usual) FROM users WHERE id = of_user)
        - (SELECT count(*) FROM jobs WHERE user_id = of_user AND status IN ('pending', 'processing')
            AND admitted_at IS NOT NULL);
END $$;

-- admission.admit: how many jobs of a user are being worked on
CREATE INDEX jobs_admitted ON jobs (user_id) WHERE status IN ('pending', 'processing') AND admitted_at IS NOT NULL;
-- admission.admit: which of a user's jobs comes next
CREATE INDEX jobs_held ON jobs (user_id, created_at) WHERE status = 'pending' AND admitted_at IS NULL;
-- overview: what came into the queues lately
CREATE INDEX stages_due ON stages (due_at) WHERE due_at IS NOT NULL;
-- overview: what was done lately
CREATE INDEX attempts_finished ON attempts (finished_at) WHERE finished_at IS NOT NULL;
-- overview: what each worker does now
CREATE INDEX stages_of_worker ON stages (worker) WHERE status = 'running';
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

"""What a person needs to review dead letters, and bulk actions on them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0005"
DESCRIPTION = "Review of dead letters, bulk actions"

SQL = """
ALTER TABLE dead_letters ADD COLUMN kind varchar(16) DEFAULT 'transcription' NOT NULL;
ALTER TABLE dead_letters ADD COLUMN priority varchar(16) DEFAULT 'normal' NOT NULL;
ALTER TABLE dead_letters ADD COLUMN worker varchar(100) DEFAULT '' NOT NULL;
ALTER TABLE dead_letters ADD COLUMN attempts integer DEFAULT 0 NOT NULL;
ALTER TABLE dead_letters ADD COLUMN search_text text DEFAULT '' NOT NULL;
ALTER TABLE dead_letters ADD COLUMN reviewed_by uuid REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL;
ALTER TABLE dead_letters ADD COLUMN due_at timestamptz;
ALTER TABLE dead_letters ADD COLUMN changes jsonb DEFAULT '{}' NOT NULL;
ALTER TABLE dead_letters ADD COLUMN source_deleted boolean DEFAULT false NOT NULL;
ALTER TABLE dead_letters DROP CONSTRAINT dead_letters_status;
ALTER TABLE dead_letters ADD CONSTRAINT dead_letters_status
    CHECK (status IN ('open', 'scheduled', 'requeued', 'discarded'));
ALTER TABLE dead_letters DROP CONSTRAINT dead_letters_resolved;
ALTER TABLE dead_letters ADD CONSTRAINT dead_letters_resolved
    CHECK ((status IN ('open', 'scheduled')) = (resolved_at IS NULL));
ALTER TABLE dead_letters ADD CONSTRAINT dead_letters_scheduled CHECK ((status = 'scheduled') = (due_at IS NOT NULL));

UPDATE dead_letters d SET kind = j.kind, priority = j.priority,
    search_text = lower(regexp_replace(concat_ws(' ', j.id, m.filename, u.email, d.message),
        '[^[:alnum:]]+', ' ', 'g')),
    worker = coalesce((SELECT a.worker FROM attempts a WHERE a.stage_id = d.stage_id AND a.run = d.run
        ORDER BY a.number DESC LIMIT 1), ''),
    attempts = (SELECT count(*) FROM attempts a WHERE a.stage_id = d.stage_id AND a.run = d.run)
FROM jobs j JOIN media m ON m.id = j.media_id JOIN users u ON u.id = j.user_id WHERE j.id = d.job_id;

CREATE TABLE bulk_actions (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    action varchar(16) DEFAULT '' NOT NULL,
    status varchar(16) DEFAULT 'running' NOT NULL,
    filter jsonb DEFAULT '{}' NOT NULL,
    options jsonb DEFAULT '{}' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    rate_per_second double precision,
    total integer DEFAULT 0 NOT NULL,
    done integer DEFAULT 0 NOT NULL,
    skipped integer DEFAULT 0 NOT NULL,
    created_by uuid REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL,
    next_at timestamptz DEFAULT now() NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    finished_at timestamptz,
    CONSTRAINT bulk_actions_action CHECK (action IN ('requeue', 'discard', 'restore', 'review', 'assign')),
    CONSTRAINT bulk_actions_status CHECK (status IN ('running', 'paused', 'stopped', 'finished')),
    CONSTRAINT bulk_actions_finished CHECK ((status IN ('stopped', 'finished')) = (finished_at IS NOT NULL)),
    CONSTRAINT bulk_actions_rate CHECK (rate_per_second > 0),
    CONSTRAINT bulk_actions_counts CHECK (done >= 0 AND skipped >= 0 AND done + skipped <= total)
);

CREATE TABLE bulk_items (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    bulk_id uuid NOT NULL REFERENCES bulk_actions ON UPDATE CASCADE ON DELETE CASCADE,
    dead_letter_id uuid NOT NULL REFERENCES dead_letters ON UPDATE CASCADE ON DELETE CASCADE,
    position integer DEFAULT 0 NOT NULL,
    status varchar(16) DEFAULT 'pending' NOT NULL,
    outcome text DEFAULT '' NOT NULL,
    done_at timestamptz,
    CONSTRAINT bulk_items_once UNIQUE (bulk_id, dead_letter_id),
    CONSTRAINT bulk_items_status CHECK (status IN ('pending', 'done', 'skipped')),
    CONSTRAINT bulk_items_done CHECK ((status = 'pending') = (done_at IS NULL))
);

-- bulk.perform: the next items of a running action
CREATE INDEX bulk_items_pending ON bulk_items (bulk_id, position) WHERE status = 'pending';
-- bulk.perform: actions that have work
CREATE INDEX bulk_actions_running ON bulk_actions (next_at) WHERE status = 'running';
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

"""Indexes beyond the keys; the line above each says which query it serves."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0002"
DESCRIPTION = "Indexes, each for one query"

SQL = """
-- jobs.list_page: a user's jobs, newest first, by cursor
CREATE INDEX jobs_of_user ON jobs (user_id, created_at DESC, id DESC);
-- jobs.list_page with ?status=
CREATE INDEX jobs_of_user_by_status ON jobs (user_id, status, created_at DESC, id DESC);
-- admin overview: unfinished jobs of everyone
CREATE INDEX jobs_unfinished ON jobs (created_at) WHERE status IN ('pending', 'processing');
-- sound.forget_old: ended jobs, oldest first
CREATE INDEX jobs_ended ON jobs (finished_at) WHERE finished_at IS NOT NULL;
-- media.list_page: a user's recordings, newest first, by cursor
CREATE INDEX media_of_user ON media (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
-- uploads.sweep_expired
CREATE INDEX uploads_expiring ON uploads (expires_at) WHERE status IN ('open', 'completing');
-- uploads of a user that are still open
CREATE INDEX uploads_of_user ON uploads (user_id) WHERE status = 'open';
-- stages.rescue_expired
CREATE INDEX stages_leased ON stages (lease_expires_at) WHERE status = 'running';
-- stages.requeue_lost
CREATE INDEX stages_queued ON stages (due_at) WHERE status = 'queued';
-- dispatch.push_due
CREATE INDEX outbox_due ON outbox (due_at, id);
-- credits.entries: newest first, by cursor
CREATE INDEX credit_entries_of_user ON credit_entries (user_id, id DESC);
-- one hold, capture or release per job and run, however often a stage is delivered
CREATE UNIQUE INDEX credit_entries_once ON credit_entries (job_id, kind, run)
    WHERE kind IN ('hold', 'release') AND job_id IS NOT NULL;
-- one capture per job at most
CREATE UNIQUE INDEX credit_entries_one_capture ON credit_entries (job_id) WHERE kind = 'capture';
-- one sign-up grant per user
CREATE UNIQUE INDEX credit_entries_one_signup ON credit_entries (user_id) WHERE kind = 'grant' AND note = 'sign-up';
-- a run's transcript is stored once, however often its last stage is delivered
CREATE UNIQUE INDEX transcripts_one_per_run ON transcripts (job_id, run) WHERE origin = 'engine';
-- search.find: full text over transcripts
CREATE INDEX transcripts_text ON transcripts USING gin (to_tsvector('simple', text));
-- clips.list
CREATE INDEX clips_of_job ON clips (job_id, position) WHERE deleted_at IS NULL;
-- dead_letters.list: open ones, newest first, by cursor
CREATE INDEX dead_letters_by_status ON dead_letters (status, created_at DESC, id DESC);
-- dead_letters.groups
CREATE INDEX dead_letters_by_fingerprint ON dead_letters (fingerprint, created_at DESC);
-- audit.list, and the entries of one subject
CREATE INDEX audit_log_newest ON audit_log (created_at DESC, id DESC);
CREATE INDEX audit_log_of_subject ON audit_log (subject_kind, subject_id, id DESC);
-- webhooks.due
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE status = 'pending';
-- sessions that are still valid
CREATE INDEX sessions_expiring ON sessions (expires_at) WHERE revoked_at IS NULL;
-- idempotency.forget_old
CREATE INDEX idempotency_keys_old ON idempotency_keys (created_at);
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

"""Illustrations, drawn by workers through an image endpoint and paid for with credits."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0024"
DESCRIPTION = "Illustrations of jobs and clips"

SQL = """
CREATE TABLE images (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    job_id uuid REFERENCES jobs ON UPDATE CASCADE ON DELETE SET NULL,
    clip_id uuid REFERENCES clips ON UPDATE CASCADE ON DELETE SET NULL,
    prompt text DEFAULT '' NOT NULL,
    aspect varchar(8) DEFAULT '16:9' NOT NULL,
    status varchar(16) DEFAULT 'pending' NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamptz DEFAULT now() NOT NULL,
    message_id uuid DEFAULT gen_random_uuid() NOT NULL,
    lease_token uuid,
    lease_expires_at timestamptz,
    worker varchar(100),
    storage_key varchar(255),
    content_type varchar(100),
    size_bytes bigint,
    width integer,
    height integer,
    error jsonb,
    credits_held numeric(14,2) DEFAULT 0 NOT NULL,
    credits_charged numeric(14,2) DEFAULT 0 NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    finished_at timestamptz,
    CONSTRAINT images_status CHECK (status IN ('pending', 'running', 'ready', 'failed')),
    CONSTRAINT images_aspect CHECK (aspect IN ('16:9', '9:16', '1:1', '4:5')),
    CONSTRAINT images_lease CHECK ((status = 'running') = (lease_token IS NOT NULL) AND (lease_token IS NULL) = (lease_expires_at IS NULL)),
    CONSTRAINT images_ready CHECK ((status = 'ready') = (storage_key IS NOT NULL) AND (storage_key IS NULL OR (content_type IS NOT NULL AND size_bytes > 0 AND width > 0 AND height > 0))),
    CONSTRAINT images_final CHECK ((status IN ('ready', 'failed')) = (finished_at IS NOT NULL)),
    CONSTRAINT images_failed CHECK (status <> 'failed' OR error IS NOT NULL),
    CONSTRAINT images_credits CHECK (credits_held >= 0 AND credits_charged >= 0 AND (finished_at IS NULL OR credits_held = 0) AND (status = 'ready' OR credits_charged = 0))
);

-- images.of_job: oldest first
CREATE INDEX images_of_job ON images (job_id, created_at, id);
-- a deleted clip takes its reference away
CREATE INDEX images_of_clip ON images (clip_id) WHERE clip_id IS NOT NULL;
-- images.offer_due
CREATE INDEX images_due ON images (due_at) WHERE status = 'pending';
-- images.rescue_expired
CREATE INDEX images_leases ON images (lease_expires_at) WHERE status = 'running';

ALTER TABLE credit_entries ADD COLUMN image_id uuid REFERENCES images ON UPDATE CASCADE ON DELETE SET NULL;
-- one hold per image, and one end: it is charged or released, however often its message is delivered
CREATE UNIQUE INDEX credit_entries_image_once ON credit_entries (image_id, (kind = 'hold'))
    WHERE image_id IS NOT NULL AND kind IN ('hold', 'capture', 'release');
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

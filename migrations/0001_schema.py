"""The whole schema: one table after the other, each with its constraints."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0001"
DESCRIPTION = "The whole schema"

SQL = """
CREATE TABLE users (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    email varchar(320) DEFAULT '' NOT NULL,
    password_hash text DEFAULT '' NOT NULL,
    role varchar(16) DEFAULT 'user' NOT NULL,
    max_priority varchar(16) DEFAULT 'high' NOT NULL,
    verified_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_email_lower CHECK (email = lower(email) AND length(email) >= 3),
    CONSTRAINT users_role CHECK (role IN ('user', 'admin')),
    CONSTRAINT users_max_priority CHECK (max_priority IN ('critical', 'high', 'normal', 'low'))
);

CREATE TABLE sessions (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    kind varchar(16) DEFAULT '' NOT NULL,
    token_hash bytea DEFAULT '\\x'::bytea NOT NULL,
    family uuid DEFAULT gen_random_uuid() NOT NULL,
    user_agent varchar(300) DEFAULT '' NOT NULL,
    address varchar(64) DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    last_seen_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz DEFAULT now() NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_kind CHECK (kind IN ('page', 'refresh'))
);

CREATE INDEX sessions_user_id ON sessions (user_id);

CREATE INDEX sessions_family ON sessions (family);

CREATE TABLE api_keys (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    name varchar(100) DEFAULT '' NOT NULL,
    prefix varchar(16) DEFAULT '' NOT NULL,
    key_hash bytea DEFAULT '\\x'::bytea NOT NULL,
    scopes varchar(32)[] DEFAULT '{}' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash)
);

CREATE INDEX api_keys_user_id ON api_keys (user_id);

CREATE TABLE email_tokens (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    purpose varchar(16) DEFAULT '' NOT NULL,
    token_hash bytea DEFAULT '\\x'::bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz DEFAULT now() NOT NULL,
    used_at timestamptz,
    CONSTRAINT email_tokens_token_hash_key UNIQUE (token_hash),
    CONSTRAINT email_tokens_purpose CHECK (purpose IN ('verify', 'reset'))
);

CREATE INDEX email_tokens_user_id ON email_tokens (user_id);

CREATE TABLE credit_accounts (
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    balance numeric(14,2) DEFAULT 0 NOT NULL,
    held numeric(14,2) DEFAULT 0 NOT NULL,
    CONSTRAINT credit_accounts_user UNIQUE (user_id),
    CONSTRAINT credit_accounts_covered CHECK (held >= 0 AND balance >= held)
);

CREATE TABLE media (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    filename varchar(255) DEFAULT '' NOT NULL,
    storage_key varchar(255) DEFAULT '' NOT NULL,
    size_bytes bigint DEFAULT 0 NOT NULL,
    sha256 varchar(64) DEFAULT '' NOT NULL,
    content_type varchar(100) DEFAULT '' NOT NULL,
    kind varchar(16) DEFAULT '' NOT NULL,
    duration_seconds double precision,
    probe jsonb DEFAULT '{}' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT media_storage_key_key UNIQUE (storage_key),
    CONSTRAINT media_kind CHECK (kind IN ('audio', 'video', 'text')),
    CONSTRAINT media_size CHECK (size_bytes > 0)
);

CREATE TABLE uploads (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    filename varchar(255) DEFAULT '' NOT NULL,
    content_type varchar(100) DEFAULT '' NOT NULL,
    size_bytes bigint DEFAULT 0 NOT NULL,
    part_size bigint DEFAULT 0 NOT NULL,
    part_count integer DEFAULT 0 NOT NULL,
    sha256 varchar(64),
    storage_key varchar(255) DEFAULT '' NOT NULL,
    storage_upload varchar(1024) DEFAULT '' NOT NULL,
    status varchar(16) DEFAULT 'open' NOT NULL,
    media_id uuid REFERENCES media ON UPDATE CASCADE ON DELETE SET NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT uploads_storage_key_key UNIQUE (storage_key),
    CONSTRAINT uploads_status CHECK (status IN ('open', 'completing', 'completed', 'aborted')),
    CONSTRAINT uploads_size CHECK (size_bytes > 0 AND part_size > 0 AND part_count > 0)
);

CREATE TABLE silence_regions (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    media_id uuid NOT NULL REFERENCES media ON UPDATE CASCADE ON DELETE CASCADE,
    start_seconds double precision DEFAULT 0.0 NOT NULL,
    end_seconds double precision DEFAULT 0.0 NOT NULL,
    CONSTRAINT silence_regions_once UNIQUE (media_id, start_seconds),
    CONSTRAINT silence_regions_order CHECK (start_seconds >= 0 AND end_seconds > start_seconds)
);

CREATE TABLE jobs (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    media_id uuid NOT NULL REFERENCES media ON UPDATE CASCADE ON DELETE RESTRICT,
    kind varchar(16) DEFAULT '' NOT NULL,
    status varchar(16) DEFAULT 'pending' NOT NULL,
    stage varchar(16) DEFAULT 'ingest' NOT NULL,
    progress integer DEFAULT 0 NOT NULL,
    priority varchar(16) DEFAULT 'normal' NOT NULL,
    engine varchar(32) DEFAULT '' NOT NULL,
    model varchar(200),
    engine_used varchar(32),
    model_used varchar(200),
    language varchar(16),
    mode varchar(16) DEFAULT 'mono' NOT NULL,
    min_speakers integer,
    max_speakers integer,
    features jsonb DEFAULT '{}' NOT NULL,
    clips jsonb DEFAULT '{}' NOT NULL,
    run integer DEFAULT 1 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    warnings jsonb DEFAULT '[]' NOT NULL,
    error jsonb,
    credits_quoted numeric(14,2) DEFAULT 0 NOT NULL,
    credits_held numeric(14,2) DEFAULT 0 NOT NULL,
    credits_charged numeric(14,2) DEFAULT 0 NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT jobs_kind CHECK (kind IN ('transcription', 'clips')),
    CONSTRAINT jobs_status CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    CONSTRAINT jobs_priority CHECK (priority IN ('critical', 'high', 'normal', 'low')),
    CONSTRAINT jobs_mode CHECK (mode IN ('mono', 'dialogue')),
    CONSTRAINT jobs_progress CHECK (progress BETWEEN 0 AND 100),
    CONSTRAINT jobs_speakers CHECK ((min_speakers IS NULL OR min_speakers >= 1) AND (max_speakers IS NULL OR max_speakers >= 1) AND (min_speakers IS NULL OR max_speakers IS NULL OR min_speakers <= max_speakers)),
    CONSTRAINT jobs_final CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT jobs_failed CHECK (status <> 'failed' OR error IS NOT NULL)
);

CREATE INDEX jobs_media_id ON jobs (media_id);

CREATE TABLE idempotency_keys (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    key varchar(255) DEFAULT '' NOT NULL,
    fingerprint varchar(64) DEFAULT '' NOT NULL,
    response_status integer,
    response text,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_once UNIQUE (user_id, key)
);

CREATE TABLE credit_entries (
    id bigserial PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE RESTRICT,
    job_id uuid REFERENCES jobs ON UPDATE CASCADE ON DELETE SET NULL,
    kind varchar(16) DEFAULT '' NOT NULL,
    run integer DEFAULT 1 NOT NULL,
    balance_delta numeric(14,2) DEFAULT 0 NOT NULL,
    held_delta numeric(14,2) DEFAULT 0 NOT NULL,
    note varchar(300) DEFAULT '' NOT NULL,
    created_by uuid REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT credit_entries_kind CHECK (kind IN ('grant', 'hold', 'capture', 'release', 'refund', 'adjust')),
    CONSTRAINT credit_entries_signs CHECK (CASE kind WHEN 'grant' THEN balance_delta > 0 AND held_delta = 0 WHEN 'hold' THEN balance_delta = 0 AND held_delta >= 0 WHEN 'capture' THEN balance_delta <= 0 AND held_delta <= 0 WHEN 'release' THEN balance_delta = 0 AND held_delta <= 0 WHEN 'refund' THEN balance_delta >= 0 AND held_delta = 0 ELSE held_delta = 0 END)
);

CREATE TABLE stages (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES jobs ON UPDATE CASCADE ON DELETE CASCADE,
    name varchar(16) DEFAULT '' NOT NULL,
    position integer DEFAULT 0 NOT NULL,
    status varchar(16) DEFAULT 'waiting' NOT NULL,
    progress double precision DEFAULT 0.0 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    max_attempts integer DEFAULT 4 NOT NULL,
    queue varchar(32) DEFAULT '' NOT NULL,
    due_at timestamptz,
    message_id uuid,
    lease_token uuid,
    lease_expires_at timestamptz,
    worker varchar(100),
    result jsonb,
    error jsonb,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT stages_once UNIQUE (job_id, name),
    CONSTRAINT stages_status CHECK (status IN ('waiting', 'queued', 'running', 'completed', 'skipped', 'failed', 'cancelled')),
    CONSTRAINT stages_lease CHECK ((status = 'running') = (lease_token IS NOT NULL AND lease_expires_at IS NOT NULL)),
    CONSTRAINT stages_queued CHECK (status <> 'queued' OR (message_id IS NOT NULL AND due_at IS NOT NULL AND queue <> ''))
);

CREATE TABLE stage_chunks (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    stage_id uuid NOT NULL REFERENCES stages ON UPDATE CASCADE ON DELETE CASCADE,
    position integer DEFAULT 0 NOT NULL,
    start_seconds double precision DEFAULT 0.0 NOT NULL,
    end_seconds double precision DEFAULT 0.0 NOT NULL,
    result jsonb,
    finished_at timestamptz,
    CONSTRAINT stage_chunks_once UNIQUE (stage_id, "position"),
    CONSTRAINT stage_chunks_order CHECK (start_seconds >= 0 AND end_seconds > start_seconds)
);

CREATE TABLE attempts (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    stage_id uuid NOT NULL REFERENCES stages ON UPDATE CASCADE ON DELETE CASCADE,
    run integer DEFAULT 1 NOT NULL,
    number integer DEFAULT 0 NOT NULL,
    worker varchar(100) DEFAULT '' NOT NULL,
    engine varchar(32),
    outcome varchar(16) DEFAULT 'running' NOT NULL,
    error jsonb,
    traceback text,
    log_tail text,
    exit_code integer,
    peak_memory_bytes bigint,
    started_at timestamptz DEFAULT now() NOT NULL,
    finished_at timestamptz,
    CONSTRAINT attempts_once UNIQUE (stage_id, run, number),
    CONSTRAINT attempts_outcome CHECK (outcome IN ('running', 'succeeded', 'failed', 'lost', 'released', 'cancelled'))
);

CREATE TABLE outbox (
    id bigserial PRIMARY KEY,
    stage_id uuid NOT NULL REFERENCES stages ON UPDATE CASCADE ON DELETE CASCADE,
    message_id uuid DEFAULT gen_random_uuid() NOT NULL,
    task varchar(32) DEFAULT '' NOT NULL,
    queue varchar(32) DEFAULT '' NOT NULL,
    due_at timestamptz DEFAULT now() NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT outbox_message_id_key UNIQUE (message_id)
);

CREATE INDEX outbox_stage_id ON outbox (stage_id);

CREATE TABLE transcripts (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES jobs ON UPDATE CASCADE ON DELETE CASCADE,
    version integer DEFAULT 0 NOT NULL,
    origin varchar(16) DEFAULT '' NOT NULL,
    run integer DEFAULT 1 NOT NULL,
    language varchar(16),
    duration_seconds double precision DEFAULT 0.0 NOT NULL,
    document jsonb DEFAULT '{}' NOT NULL,
    text text DEFAULT '' NOT NULL,
    created_by uuid REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT transcripts_once UNIQUE (job_id, version),
    CONSTRAINT transcripts_origin CHECK (origin IN ('engine', 'edit', 'restore')),
    CONSTRAINT transcripts_version CHECK (version >= 1 AND duration_seconds >= 0)
);

CREATE TABLE artifacts (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES jobs ON UPDATE CASCADE ON DELETE CASCADE,
    kind varchar(32) DEFAULT '' NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    storage_key varchar(255) DEFAULT '' NOT NULL,
    content_type varchar(100) DEFAULT '' NOT NULL,
    size_bytes bigint DEFAULT 0 NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT artifacts_once UNIQUE (job_id, kind, version),
    CONSTRAINT artifacts_storage_key_key UNIQUE (storage_key)
);

CREATE TABLE clips (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES jobs ON UPDATE CASCADE ON DELETE CASCADE,
    position integer DEFAULT 0 NOT NULL,
    title varchar(300) DEFAULT '' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    score double precision DEFAULT 0.0 NOT NULL,
    topics varchar(100)[] DEFAULT '{}' NOT NULL,
    spans jsonb DEFAULT '{}' NOT NULL,
    duration_seconds double precision DEFAULT 0.0 NOT NULL,
    status varchar(16) DEFAULT 'pending' NOT NULL,
    subtitles boolean DEFAULT true NOT NULL,
    aspect varchar(8) DEFAULT '16:9' NOT NULL,
    storage_key varchar(255),
    error jsonb,
    created_at timestamptz DEFAULT now() NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT clips_once UNIQUE (job_id, "position"),
    CONSTRAINT clips_status CHECK (status IN ('pending', 'rendering', 'ready', 'failed')),
    CONSTRAINT clips_aspect CHECK (aspect IN ('16:9', '9:16', '1:1', '4:5')),
    CONSTRAINT clips_score CHECK (score BETWEEN 0 AND 1 AND duration_seconds > 0)
);

CREATE TABLE content_segments (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES jobs ON UPDATE CASCADE ON DELETE CASCADE,
    position integer DEFAULT 0 NOT NULL,
    start_seconds double precision DEFAULT 0.0 NOT NULL,
    end_seconds double precision DEFAULT 0.0 NOT NULL,
    title varchar(300) DEFAULT '' NOT NULL,
    topics varchar(100)[] DEFAULT '{}' NOT NULL,
    importance double precision DEFAULT 0.0 NOT NULL,
    reason text DEFAULT '' NOT NULL,
    quote text DEFAULT '' NOT NULL,
    CONSTRAINT content_segments_once UNIQUE (job_id, "position"),
    CONSTRAINT content_segments_order CHECK (start_seconds >= 0 AND end_seconds > start_seconds),
    CONSTRAINT content_segments_importance CHECK (importance BETWEEN 0 AND 1)
);

CREATE TABLE dead_letters (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES jobs ON UPDATE CASCADE ON DELETE CASCADE,
    stage_id uuid NOT NULL REFERENCES stages ON UPDATE CASCADE ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    run integer DEFAULT 1 NOT NULL,
    stage_name varchar(16) DEFAULT '' NOT NULL,
    engine varchar(32) DEFAULT '' NOT NULL,
    error_code varchar(64) DEFAULT '' NOT NULL,
    error_class varchar(100) DEFAULT '' NOT NULL,
    message text DEFAULT '' NOT NULL,
    hint text DEFAULT '' NOT NULL,
    fingerprint varchar(64) DEFAULT '' NOT NULL,
    payload jsonb DEFAULT '{}' NOT NULL,
    status varchar(16) DEFAULT 'open' NOT NULL,
    note text DEFAULT '' NOT NULL,
    assigned_to uuid REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL,
    reviewed_at timestamptz,
    resolved_by uuid REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL,
    resolved_at timestamptz,
    reason text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT dead_letters_once UNIQUE (job_id, run),
    CONSTRAINT dead_letters_status CHECK (status IN ('open', 'requeued', 'discarded')),
    CONSTRAINT dead_letters_resolved CHECK ((status = 'open') = (resolved_at IS NULL))
);

CREATE TABLE dead_letter_groups (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    fingerprint varchar(64) DEFAULT '' NOT NULL,
    muted_at timestamptz,
    muted_by uuid REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL,
    note text DEFAULT '' NOT NULL,
    CONSTRAINT dead_letter_groups_fingerprint_key UNIQUE (fingerprint)
);

CREATE TABLE audit_log (
    id bigserial PRIMARY KEY,
    actor_id uuid REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL,
    action varchar(64) DEFAULT '' NOT NULL,
    subject_kind varchar(32) DEFAULT '' NOT NULL,
    subject_id varchar(64) DEFAULT '' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    before jsonb,
    after jsonb,
    address varchar(64) DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL
);

CREATE TABLE queue_controls (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    name varchar(64) DEFAULT '' NOT NULL,
    paused_at timestamptz,
    paused_by uuid REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL,
    reason text DEFAULT '' NOT NULL,
    CONSTRAINT queue_controls_name_key UNIQUE (name)
);

CREATE TABLE workers (
    id varchar(100) DEFAULT '' PRIMARY KEY,
    host varchar(200) DEFAULT '' NOT NULL,
    pid integer DEFAULT 0 NOT NULL,
    queues varchar(32)[] DEFAULT '{}' NOT NULL,
    memory_bytes bigint DEFAULT 0 NOT NULL,
    started_at timestamptz DEFAULT now() NOT NULL,
    seen_at timestamptz DEFAULT now() NOT NULL
);

CREATE TABLE webhooks (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    url varchar(2000) DEFAULT '' NOT NULL,
    secret varchar(128) DEFAULT '' NOT NULL,
    events varchar(64)[] DEFAULT '{}' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    disabled_at timestamptz
);

CREATE INDEX webhooks_user_id ON webhooks (user_id);

CREATE TABLE webhook_deliveries (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES webhooks ON UPDATE CASCADE ON DELETE CASCADE,
    event_id uuid DEFAULT gen_random_uuid() NOT NULL,
    event_type varchar(64) DEFAULT '' NOT NULL,
    payload jsonb DEFAULT '{}' NOT NULL,
    status varchar(16) DEFAULT 'pending' NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamptz DEFAULT now() NOT NULL,
    response_status integer,
    response_excerpt text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    finished_at timestamptz,
    CONSTRAINT webhook_deliveries_once UNIQUE (webhook_id, event_id),
    CONSTRAINT webhook_deliveries_status CHECK (status IN ('pending', 'delivered', 'failed'))
);
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)

-- The ledger. Times are milliseconds since the epoch, as in messages and events, so that both
-- engines run the same statements; the views of mixgauge_api show timestamps.
-- Tables are not a contract, the views are.

CREATE SCHEMA mixgauge;

CREATE TABLE mixgauge.schema_migrations (
    version         integer PRIMARY KEY CHECK (version > 0),
    name            text    NOT NULL,
    checksum        text    NOT NULL, -- SHA-256 of the up and the down file
    compatible_from integer NOT NULL, -- a program that knows this version or a later one may run
    applied_at      bigint  NOT NULL,
    CHECK (compatible_from BETWEEN 1 AND version)
);

-- What the whole fleet must agree on.
CREATE TABLE mixgauge.settings (
    name        text PRIMARY KEY,
    value       text NOT NULL,
    lease_until bigint -- for a lock: it is free once this has passed
);

INSERT INTO mixgauge.settings (name, value) VALUES
    ('retention_ms', '604800000'),      -- 7 days
    ('retention_cap_ms', '1209600000'), -- 14 days
    ('paused', '0'),
    -- Names of erased users are kept as HMACs under this key.
    ('erased_key', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

CREATE TABLE mixgauge.jobs (
    job_id           uuid     PRIMARY KEY,
    user_id          text     NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    audio_key        text     NOT NULL CHECK (octet_length(audio_key) BETWEEN 1 AND 1024),
    reference_key    text              CHECK (octet_length(reference_key) BETWEEN 1 AND 1024),
    filename         text,
    profile          text,
    sha256           text,
    traceparent      text,
    priority         smallint NOT NULL CHECK (priority BETWEEN 0 AND 2), -- high, normal, low
    size_bytes       bigint            CHECK (size_bytes >= 0),
    run_at           bigint   NOT NULL,
    expires_at       bigint,
    announced_at     bigint,            -- the caller's own time
    state            text     NOT NULL DEFAULT 'queued' CHECK (state IN
        ('queued', 'running', 'retry_wait', 'succeeded', 'dead', 'cancelled', 'expired')),
    attempts         integer  NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    fence            bigint   NOT NULL DEFAULT 0, -- raised by every claim; writes must carry it
    fence_base       bigint   NOT NULL DEFAULT 0, -- the fence at the last requeue: older attempts
                                                  -- do not count any more
    progress         smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    cancel_requested boolean  NOT NULL DEFAULT false,
    worker           text,              -- that runs it, or ran it last
    lease_until      bigint,
    reason           text,              -- why it is dead, or waits
    detail           text,
    created_at       bigint   NOT NULL,
    started_at       bigint,
    ended_at         bigint,
    CHECK (fence >= fence_base),
    CHECK ((ended_at IS NOT NULL) = (state IN ('succeeded', 'dead', 'cancelled', 'expired'))),
    CHECK ((lease_until IS NOT NULL) = (state = 'running')),
    CHECK (state <> 'running' OR (worker IS NOT NULL AND started_at IS NOT NULL)),
    CHECK (state NOT IN ('dead', 'retry_wait') OR reason IS NOT NULL)
);

-- Claim: the oldest due job of one priority. The order of a claim, so that it reads one row.
CREATE INDEX jobs_due ON mixgauge.jobs (priority, run_at, job_id)
    WHERE state IN ('queued', 'retry_wait');
-- Claim: how many jobs of each user run. Small: running jobs only.
CREATE INDEX jobs_running ON mixgauge.jobs (user_id) WHERE state = 'running';
-- Reaper: leases that ran out.
CREATE INDEX jobs_lease ON mixgauge.jobs (lease_until) WHERE state = 'running';
-- Housekeeping: waiting jobs past their date, and waiting jobs that were cancelled.
CREATE INDEX jobs_expiry ON mixgauge.jobs (expires_at)
    WHERE state IN ('queued', 'retry_wait') AND expires_at IS NOT NULL;
CREATE INDEX jobs_cancel ON mixgauge.jobs (job_id)
    WHERE state IN ('queued', 'retry_wait') AND cancel_requested;
-- Requeue of dead jobs, oldest first.
CREATE INDEX jobs_dead ON mixgauge.jobs (ended_at) WHERE state = 'dead';
-- Retention: is there a live job on this audio, as track or as reference?
CREATE INDEX jobs_live_audio ON mixgauge.jobs (audio_key) WHERE ended_at IS NULL;
CREATE INDEX jobs_live_reference ON mixgauge.jobs (reference_key)
    WHERE ended_at IS NULL AND reference_key IS NOT NULL;
-- Lists, newest first: of all, and of one user.
CREATE INDEX jobs_newest ON mixgauge.jobs (created_at DESC, job_id DESC);
CREATE INDEX jobs_of_user ON mixgauge.jobs (user_id, created_at DESC, job_id DESC);

CREATE TABLE mixgauge.attempts (
    job_id      uuid    NOT NULL REFERENCES mixgauge.jobs ON DELETE CASCADE,
    fence       bigint  NOT NULL,
    attempt     integer NOT NULL CHECK (attempt > 0),
    worker      text    NOT NULL,
    token       uuid    NOT NULL, -- of the claim, which finds its own row again by it
    outcome     text    NOT NULL DEFAULT 'running' CHECK (outcome IN
        ('running', 'succeeded', 'failed', 'released', 'cancelled', 'lost')),
    reason      text,
    retry_class text,
    detail      text,
    started_at  bigint  NOT NULL,
    ended_at    bigint,
    PRIMARY KEY (job_id, fence),
    CHECK ((ended_at IS NULL) = (outcome = 'running')),
    CHECK (outcome NOT IN ('failed', 'lost') OR (reason IS NOT NULL AND retry_class IS NOT NULL))
);

CREATE TABLE mixgauge.analyses (
    job_id          uuid    NOT NULL REFERENCES mixgauge.jobs ON DELETE CASCADE,
    engine_version  text    NOT NULL,
    params_hash     text    NOT NULL,
    user_id         text    NOT NULL,
    fence           bigint  NOT NULL,
    result          text    NOT NULL, -- text, not jsonb: it is given back byte for byte
    duration_s      double precision,
    bpm             double precision,
    key             text,
    camelot         text,
    integrated_lufs double precision,
    true_peak_dbtp  double precision,
    overall_score   smallint CHECK (overall_score BETWEEN 0 AND 100),
    created_at      bigint  NOT NULL,
    PRIMARY KEY (job_id, engine_version, params_hash)
);

-- A frontend's library page: the results of one user, newest first.
CREATE INDEX analyses_of_user ON mixgauge.analyses (user_id, created_at DESC);

-- lz4 halves the cost of writing a result; a server built without it keeps its default.
DO $$
BEGIN
    EXECUTE 'ALTER TABLE mixgauge.analyses ALTER COLUMN result SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value OR syntax_error THEN
    NULL;
END
$$;

CREATE TABLE mixgauge.audio_objects (
    key          text   PRIMARY KEY CHECK (octet_length(key) BETWEEN 1 AND 1024),
    user_id      text   NOT NULL,
    state        text   NOT NULL DEFAULT 'present' CHECK (state IN
        ('present', 'deleting', 'deleted')),
    bytes        bigint CHECK (bytes >= 0),
    uploaded_at  bigint NOT NULL,
    delete_after bigint, -- null while a job on it lives
    deleted_at   bigint,
    CHECK ((deleted_at IS NOT NULL) = (state = 'deleted'))
);

-- Sweep: what may still exist, by key, without the tombstones of years.
CREATE INDEX audio_objects_kept ON mixgauge.audio_objects (key) WHERE state <> 'deleted';

CREATE TABLE mixgauge.deletion_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_sha256 text   NOT NULL, -- never the key, which names a user
    bytes      bigint,
    reason     text   NOT NULL,
    run_id     text   NOT NULL,
    at         bigint NOT NULL
);

-- "When was this file deleted?" asked with the hash of its key.
CREATE INDEX deletion_log_key ON mixgauge.deletion_log (key_sha256);

-- Announcements that could not become a job.
CREATE TABLE mixgauge.dead_entries (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream   text,
    entry_id text,
    reason   text   NOT NULL,
    detail   text,
    raw      text,
    at       bigint NOT NULL,
    UNIQUE (stream, entry_id) -- an entry that is read twice is recorded once
);

CREATE TABLE mixgauge.erased_users (
    hmac text   PRIMARY KEY,
    at   bigint NOT NULL
);

-- What a frontend reads: only the rows of the user that it has set in its transaction. Unset, the
-- setting is null before its first use and '' after it; neither equals a user.
CREATE SCHEMA mixgauge_api;

CREATE VIEW mixgauge_api.job WITH (security_barrier) AS
SELECT j.job_id, j.user_id, j.audio_key, j.reference_key, j.filename, j.profile,
       (ARRAY['high', 'normal', 'low'])[j.priority + 1] AS priority,
       j.state, j.progress, j.attempts, j.cancel_requested, j.reason,
       CASE WHEN j.state IN ('queued', 'retry_wait') THEN
           (SELECT count(*) FROM mixgauge.jobs o
             WHERE o.state IN ('queued', 'retry_wait') AND o.priority = j.priority
               AND (o.run_at, o.job_id) < (j.run_at, j.job_id)) + 1
       END AS position, -- 1: the next one of its priority
       to_timestamp(j.created_at / 1000.0) AS created_at,
       to_timestamp(j.run_at / 1000.0)     AS run_at,
       to_timestamp(j.expires_at / 1000.0) AS expires_at,
       to_timestamp(j.started_at / 1000.0) AS started_at,
       to_timestamp(j.ended_at / 1000.0)   AS ended_at
  FROM mixgauge.jobs j
 WHERE j.user_id = nullif(current_setting('app.user_id', true), '');

-- One row per job: the result of its newest run.
CREATE VIEW mixgauge_api.analysis WITH (security_barrier) AS
SELECT DISTINCT ON (a.job_id)
       a.job_id, a.user_id, a.engine_version, a.params_hash, a.result, a.duration_s, a.bpm, a.key,
       a.camelot, a.integrated_lufs, a.true_peak_dbtp, a.overall_score,
       to_timestamp(a.created_at / 1000.0) AS created_at
  FROM mixgauge.analyses a
 WHERE a.user_id = nullif(current_setting('app.user_id', true), '')
 ORDER BY a.job_id, a.fence DESC, a.created_at DESC;

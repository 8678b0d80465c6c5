-- The ledger. Times are milliseconds since the epoch, as in messages and events, so that both
-- engines run the same statements. The tables are those of Postgres, and not a contract.

CREATE TABLE schema_migrations (
    version         INTEGER PRIMARY KEY CHECK (version > 0),
    name            TEXT NOT NULL,
    checksum        TEXT NOT NULL, -- SHA-256 of the up and the down file
    compatible_from INTEGER NOT NULL, -- a program that knows this version or a later one may run
    applied_at      INTEGER NOT NULL,
    CHECK (compatible_from BETWEEN 1 AND version)
) STRICT;

-- What the whole fleet must agree on.
CREATE TABLE settings (
    name        TEXT NOT NULL PRIMARY KEY,
    value       TEXT NOT NULL,
    lease_until INTEGER -- for a lock: it is free once this has passed
) STRICT;

INSERT INTO settings (name, value) VALUES
    ('retention_ms', '604800000'),      -- 7 days
    ('retention_cap_ms', '1209600000'), -- 14 days
    ('paused', '0'),
    -- Names of erased users are kept as HMACs under this key.
    ('erased_key', lower(hex(randomblob(32))));

CREATE TABLE jobs (
    job_id           TEXT NOT NULL PRIMARY KEY,
    user_id          TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    audio_key        TEXT NOT NULL CHECK (length(CAST(audio_key AS BLOB)) BETWEEN 1 AND 1024),
    reference_key    TEXT CHECK (length(CAST(reference_key AS BLOB)) BETWEEN 1 AND 1024),
    filename         TEXT,
    profile          TEXT,
    sha256           TEXT,
    traceparent      TEXT,
    priority         INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 2), -- high, normal, low
    size_bytes       INTEGER CHECK (size_bytes >= 0),
    run_at           INTEGER NOT NULL,
    expires_at       INTEGER,
    announced_at     INTEGER, -- the caller's own time
    state            TEXT NOT NULL DEFAULT 'queued' CHECK (state IN
        ('queued', 'running', 'retry_wait', 'succeeded', 'dead', 'cancelled', 'expired')),
    attempts         INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    fence            INTEGER NOT NULL DEFAULT 0, -- raised by every claim; writes must carry it
    fence_base       INTEGER NOT NULL DEFAULT 0, -- the fence at the last requeue: older attempts
                                               -- do not count any more
    progress         INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    cancel_requested INTEGER NOT NULL DEFAULT FALSE,
    worker           TEXT, -- that runs it, or ran it last
    lease_until      INTEGER,
    reason           TEXT, -- why it is dead, or waits
    detail           TEXT,
    created_at       INTEGER NOT NULL,
    started_at       INTEGER,
    ended_at         INTEGER,
    CHECK (fence >= fence_base),
    CHECK ((ended_at IS NOT NULL) = (state IN ('succeeded', 'dead', 'cancelled', 'expired'))),
    CHECK ((lease_until IS NOT NULL) = (state = 'running')),
    CHECK (state <> 'running' OR (worker IS NOT NULL AND started_at IS NOT NULL)),
    CHECK (state NOT IN ('dead', 'retry_wait') OR reason IS NOT NULL)
) STRICT;

-- Claim: the oldest due job of one priority. The order of a claim, so that it reads one row.
CREATE INDEX jobs_due ON jobs (priority, run_at, job_id)
    WHERE state IN ('queued', 'retry_wait');
-- Claim: how many jobs of each user run. Small: running jobs only.
CREATE INDEX jobs_running ON jobs (user_id) WHERE state = 'running';
-- Reaper: leases that ran out.
CREATE INDEX jobs_lease ON jobs (lease_until) WHERE state = 'running';
-- Housekeeping: waiting jobs past their date, and waiting jobs that were cancelled.
CREATE INDEX jobs_expiry ON jobs (expires_at)
    WHERE state IN ('queued', 'retry_wait') AND expires_at IS NOT NULL;
CREATE INDEX jobs_cancel ON jobs (job_id)
    WHERE state IN ('queued', 'retry_wait') AND cancel_requested;
-- Requeue of dead jobs, oldest first.
CREATE INDEX jobs_dead ON jobs (ended_at) WHERE state = 'dead';
-- Retention: is there a live job on this audio, as track or as reference?
CREATE INDEX jobs_live_audio ON jobs (audio_key) WHERE ended_at IS NULL;
CREATE INDEX jobs_live_reference ON jobs (reference_key)
    WHERE ended_at IS NULL AND reference_key IS NOT NULL;
-- Lists, newest first: of all, and of one user.
CREATE INDEX jobs_newest ON jobs (created_at DESC, job_id DESC);
CREATE INDEX jobs_of_user ON jobs (user_id, created_at DESC, job_id DESC);

CREATE TABLE attempts (
    job_id      TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
    fence       INTEGER NOT NULL,
    attempt     INTEGER NOT NULL CHECK (attempt > 0),
    worker      TEXT NOT NULL,
    token       TEXT NOT NULL, -- of the claim, which finds its own row again by it
    outcome     TEXT NOT NULL DEFAULT 'running' CHECK (outcome IN
        ('running', 'succeeded', 'failed', 'released', 'cancelled', 'lost')),
    reason      TEXT,
    retry_class TEXT,
    detail      TEXT,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    PRIMARY KEY (job_id, fence),
    CHECK ((ended_at IS NULL) = (outcome = 'running')),
    CHECK (outcome NOT IN ('failed', 'lost') OR (reason IS NOT NULL AND retry_class IS NOT NULL))
) STRICT;

CREATE TABLE analyses (
    job_id          TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
    engine_version  TEXT NOT NULL,
    params_hash     TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    fence           INTEGER NOT NULL,
    result          TEXT NOT NULL, -- byte for byte
    duration_s      REAL,
    bpm             REAL,
    key             TEXT,
    camelot         TEXT,
    integrated_lufs REAL,
    true_peak_dbtp  REAL,
    overall_score   INTEGER CHECK (overall_score BETWEEN 0 AND 100),
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (job_id, engine_version, params_hash)
) STRICT;

-- A frontend's library page: the results of one user, newest first.
CREATE INDEX analyses_of_user ON analyses (user_id, created_at DESC);

CREATE TABLE audio_objects (
    key          TEXT NOT NULL PRIMARY KEY CHECK (length(CAST(key AS BLOB)) BETWEEN 1 AND 1024),
    user_id      TEXT NOT NULL,
    state        TEXT NOT NULL DEFAULT 'present' CHECK (state IN
        ('present', 'deleting', 'deleted')),
    bytes        INTEGER CHECK (bytes >= 0),
    uploaded_at  INTEGER NOT NULL,
    delete_after INTEGER, -- null while a job on it lives
    deleted_at   INTEGER,
    CHECK ((deleted_at IS NOT NULL) = (state = 'deleted'))
) STRICT;

-- Sweep: what may still exist, by key, without the tombstones of years.
CREATE INDEX audio_objects_kept ON audio_objects (key) WHERE state <> 'deleted';

CREATE TABLE deletion_log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    key_sha256 TEXT NOT NULL, -- never the key, which names a user
    bytes      INTEGER,
    reason     TEXT NOT NULL,
    run_id     TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;

-- "When was this file deleted?" asked with the hash of its key.
CREATE INDEX deletion_log_key ON deletion_log (key_sha256);

-- Announcements that could not become a job.
CREATE TABLE dead_entries (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    stream   TEXT,
    entry_id TEXT,
    reason   TEXT NOT NULL,
    detail   TEXT,
    raw      TEXT,
    at       INTEGER NOT NULL,
    UNIQUE (stream, entry_id) -- an entry that is read twice is recorded once
) STRICT;

CREATE TABLE erased_users (
    hmac TEXT NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT;

-- The durable job queue (story 3.7 and what later areas do behind a request): one row a job until it is done. Workers claim
-- with FOR UPDATE SKIP LOCKED; a claim is a lease, after which the job is anybody's again. Times are the database's.

CREATE TABLE core.jobs (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
    -- 0 low, 1 normal, 2 high.
    priority     smallint NOT NULL CHECK (priority BETWEEN 0 AND 2),
    payload      bytea NOT NULL CHECK (octet_length(payload) <= 1048576),
    -- At most one job of a kind is in the queue with the same one.
    dedupe_key   text CHECK (char_length(dedupe_key) BETWEEN 1 AND 200),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- From when on it may be claimed; of one that is being done, the end of its lease.
    run_at       timestamptz NOT NULL,
    -- Who is doing it.
    locked_by    text,
    -- Counts the claims; whoever shows an older number has been overtaken.
    fence        bigint NOT NULL DEFAULT 0,
    attempts     integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL CHECK (max_attempts BETWEEN 1 AND 1000),
    last_error   text
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX jobs_claim ON core.jobs (kind, priority, run_at);
CREATE UNIQUE INDEX jobs_dedupe ON core.jobs (kind, dedupe_key) WHERE dedupe_key IS NOT NULL;

-- Jobs that were tried as often as they may be. They wait here for somebody to look at them.
CREATE TABLE core.dead_jobs (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL,
    priority     smallint NOT NULL,
    payload      bytea NOT NULL,
    dedupe_key   text,
    created_at   timestamptz NOT NULL,
    attempts     integer NOT NULL,
    max_attempts integer NOT NULL,
    last_error   text,
    died_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX dead_jobs_died_at ON core.dead_jobs (died_at);
CREATE INDEX dead_jobs_kind ON core.dead_jobs (kind);

CREATE FUNCTION core.bury_job(the_job uuid, reason text) RETURNS void LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM core.jobs WHERE id = the_job RETURNING *)
    INSERT INTO core.dead_jobs (
        id, kind, priority, payload, dedupe_key, created_at, attempts, max_attempts, last_error)
    SELECT id, kind, priority, payload, dedupe_key, created_at, attempts, max_attempts, reason FROM gone
$$;

-- Claims up to counts[i] due jobs of kinds[i] for leases[i] seconds, the more urgent first and then the longer due. One
-- that was claimed as often as it may be, and whose last claim nobody ended, is buried instead.
CREATE FUNCTION core.claim_jobs(kinds text[], counts integer[], leases double precision[], worker text)
RETURNS TABLE (id uuid, kind text, payload bytea, attempts integer, max_attempts integer, fence bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    wanted integer;
    candidate record;
BEGIN
    FOR i IN 1 .. cardinality(kinds) LOOP
        wanted := counts[i];
        FOR level IN REVERSE 2 .. 0 LOOP
            EXIT WHEN wanted <= 0;
            FOR candidate IN
                SELECT j.id, j.attempts, j.max_attempts FROM core.jobs j
                WHERE j.kind = kinds[i] AND j.priority = level AND j.run_at <= moment
                ORDER BY j.run_at LIMIT wanted FOR UPDATE SKIP LOCKED
            LOOP
                IF candidate.attempts >= candidate.max_attempts THEN
                    PERFORM core.bury_job(candidate.id, 'its worker was lost in the last attempt');
                    CONTINUE;
                END IF;
                wanted := wanted - 1;
                RETURN QUERY
                    UPDATE core.jobs j
                    SET run_at = moment + make_interval(secs => leases[i]), locked_by = worker, fence = j.fence + 1,
                        attempts = j.attempts + 1
                    WHERE j.id = candidate.id
                    RETURNING j.id, j.kind, j.payload, j.attempts, j.max_attempts, j.fence;
            END LOOP;
        END LOOP;
    END LOOP;
END $$;

-- Notes that an attempt failed: the job is tried again after `delay_seconds`, or is dead. Says 'retried', 'dead', or
-- 'refused' if the claim is not the last one.
CREATE FUNCTION core.fail_job(
    the_job uuid, the_fence bigint, reason text, delay_seconds double precision, is_permanent boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    known core.jobs%ROWTYPE;
BEGIN
    SELECT * INTO known FROM core.jobs WHERE id = the_job AND fence = the_fence FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'refused';
    END IF;
    IF is_permanent OR known.attempts >= known.max_attempts THEN
        PERFORM core.bury_job(the_job, reason);
        RETURN 'dead';
    END IF;
    UPDATE core.jobs
    SET run_at = clock_timestamp() + make_interval(secs => delay_seconds), locked_by = NULL, fence = fence + 1,
        last_error = reason
    WHERE id = the_job;
    RETURN 'retried';
END $$;

-- Fails unless that claim is the last one; the job cannot be claimed again before the caller's transaction has ended.
CREATE FUNCTION core.require_job(the_job uuid, the_fence bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM core.jobs WHERE id = the_job AND fence = the_fence FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the job has been taken over' USING ERRCODE = 'PJ001';
    END IF;
END $$;

-- Puts dead jobs back into the queue, with all their attempts before them: one of them, or all of a kind, or all. One whose
-- dedupe key is in the queue again is dropped, for it will be done. Returns how many were put back.
CREATE FUNCTION core.retry_dead_jobs(the_job uuid, the_kind text) RETURNS bigint LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM core.dead_jobs
        WHERE (the_job IS NULL OR id = the_job) AND (the_kind IS NULL OR kind = the_kind) RETURNING *
    ), back AS (
        INSERT INTO core.jobs (id, kind, priority, payload, dedupe_key, created_at, run_at, max_attempts, last_error)
        SELECT id, kind, priority, payload, dedupe_key, created_at, clock_timestamp(), max_attempts, last_error FROM gone
        ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT count(*) FROM back
$$;

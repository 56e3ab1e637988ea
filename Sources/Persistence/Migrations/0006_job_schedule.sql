-- Scheduled jobs (stories 3.6, 3.7 and 3.9): when each is due, who does it, and what became of it. One row a job; a hub
-- that wants to run it claims the row for a while. All times are the database's, which all hubs share.

CREATE TABLE core.job_schedule (
    name             text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    next_run_at      timestamptz NOT NULL,
    -- Counts the claims; whoever shows an older number has been overtaken.
    fence            bigint NOT NULL DEFAULT 0,
    locked_until     timestamptz,
    locked_by        text,
    last_started_at  timestamptz,
    last_finished_at timestamptz,
    -- 'done', 'failed', 'timed_out', 'lease_lost' or 'cancelled'.
    last_result      text,
    -- What it did or what went wrong, in one line.
    last_report      text
);

-- Fails unless that claim is the last one; the claim cannot be overtaken before the caller's transaction has ended.
CREATE FUNCTION core.require_job_run(the_name text, the_fence bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM core.job_schedule WHERE name = the_name AND fence = the_fence FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the run has been taken over' USING ERRCODE = 'PJ001';
    END IF;
END $$;

-- Drops the oldest partition all of whose rows were received before `cutoff`; returns how many rows went with it, or null
-- if there is none. One a transaction: a drop locks core.locations, and nothing is counted under that lock. Rather than let
-- writers queue up behind a long reader it gives up with lock_not_available after a moment.
CREATE FUNCTION core.drop_oldest_location_partition(cutoff timestamptz) RETURNS bigint
LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
    old_partition record;
    has_newer boolean;
    rows_in_it bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('core.locations'), 1);
    FOR old_partition IN
        SELECT c.relname, to_date(substr(c.relname, 11), 'YYYYMMDD') AS day
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'core.locations'::regclass AND c.relname ~ '^locations_[0-9]{8}$'
        ORDER BY c.relname
    LOOP
        EXIT WHEN (old_partition.day + 1)::timestamp AT TIME ZONE 'UTC' > cutoff;
        EXECUTE format('LOCK TABLE core.%I IN SHARE MODE', old_partition.relname);
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM core.%I WHERE created_at >= %L)', old_partition.relname, cutoff)
            INTO has_newer;
        CONTINUE WHEN has_newer;
        EXECUTE format('SELECT count(*) FROM core.%I', old_partition.relname) INTO rows_in_it;
        EXECUTE format('DROP TABLE core.%I', old_partition.relname);
        RETURN rows_in_it;
    END LOOP;
    RETURN NULL;
END $$;

-- The partitions, the default one included, that hold rows received before `cutoff`; the block range indexes know.
CREATE FUNCTION core.location_partitions_before(cutoff timestamptz) RETURNS SETOF text
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    partition_name text;
    has_old boolean;
BEGIN
    FOR partition_name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'core.locations'::regclass ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM core.%I WHERE created_at < %L)', partition_name, cutoff)
            INTO has_old;
        IF has_old THEN
            RETURN NEXT partition_name;
        END IF;
    END LOOP;
END $$;

-- Deletes up to `row_limit` rows of one partition that were received from `low` on (null: ever) and before `cutoff`; gives
-- how many, and when the newest of them was received. Rows lie in about that order, so that a caller who hands the newest
-- back as `low` is spared the pages that are empty by now. One partition at a time, because a join of core.locations with
-- itself by ctid would look into every partition for every row.
CREATE FUNCTION core.delete_location_batch_of(
    partition_name text, low timestamptz, cutoff timestamptz, row_limit integer
) RETURNS TABLE (removed bigint, newest timestamptz) LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'WITH old AS MATERIALIZED (
            SELECT ctid, created_at FROM core.%1$I WHERE created_at >= %2$L AND created_at < %3$L LIMIT %4$L
        ), gone AS (
            DELETE FROM core.%1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1
        )
        SELECT (SELECT count(*) FROM gone), (SELECT max(created_at) FROM old)',
        partition_name, coalesce(low, '-infinity'::timestamptz), cutoff, row_limit);
END $$;

-- Fills a migrated, empty database as a hub of some size has it, for psql:
--   psql -v groups=10000 -v devices=200000 -v locations=2000000 -v days=7 -f scripts/fill-database.sql URL
-- Devices are spread over the groups, one in twenty has been deactivated; each has its share of the locations, spread over
-- the days up to now. The device numbered n is 00000000-0000-4000-8000-, then n in hexadecimal; its group is
-- fill-, then n modulo the groups. The API key numbered n is 00000000-0000-7000-8000-, then n, of 1000.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET statement_timeout = 0;

SELECT core.ensure_location_partitions(today - :days, today + 1)
FROM (SELECT (now() AT TIME ZONE 'UTC')::date) AS t (today);

INSERT INTO core.groups (id) SELECT 'fill-' || g FROM generate_series(0, :groups - 1) AS g;

INSERT INTO core.devices (device_id, display_name, group_id, active, last_seen_at)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Device ' || n, 'fill-' || n % :groups,
       n % 20 <> 7, now() - interval '1 day' * (n % 100)
FROM generate_series(0, :devices - 1) AS n;

-- In the order of time, as they would have come.
INSERT INTO core.locations (device_id, captured_at, created_at, latitude, longitude, accuracy, speed, battery_level)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(k % :devices), 12, '0'))::uuid, at, at,
       48 + k % 1000 / 1000.0, 17 + k % 777 / 1000.0, 8, 1.4, 80
FROM generate_series(1::bigint, :locations) AS k,
     LATERAL (SELECT now() - interval '1 second' * (86400.0 * :days * (:locations - k) / :locations) AS at) AS t;

INSERT INTO core.api_keys (id, key_hash, key_prefix, name, is_admin, last_used_at)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, sha256(n::text::bytea), 'pm_fill' || n % 10, 'Key ' || n, n % 10 = 0, now()
FROM generate_series(1, 1000) AS n;

-- A day of kept answers, and a queue that is behind: the job numbered n is 00000000-0000-4000-8000-, then n.
INSERT INTO core.idempotency_keys (key_hash, body_hash, claim, status, body, created_at)
SELECT sha256(n::text::bytea), sha256(''), n, 200, '{}', now() - n * interval '1 second'
FROM generate_series(1, 100000) AS n;
INSERT INTO core.job_schedule (name, next_run_at, fence) VALUES ('stream_tickets', now(), 7);
INSERT INTO core.jobs (id, kind, priority, payload, run_at, fence, attempts, max_attempts)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'kind_' || n % 5, n % 3, '',
       now() + (n - 10000) * interval '1 second', 1, 1, 8
FROM generate_series(1, 50000) AS n;
INSERT INTO core.dead_jobs (id, kind, priority, payload, created_at, attempts, max_attempts, last_error, died_at)
SELECT gen_random_uuid(), 'kind_' || n % 5, 1, '', now(), 8, 8, 'no', now() - n * interval '3 minutes'
FROM generate_series(1, 20000) AS n;

REFRESH MATERIALIZED VIEW core.group_member_counts;
VACUUM (ANALYZE) core.groups, core.devices, core.locations, core.api_keys, core.group_member_counts,
    core.idempotency_keys, core.jobs, core.dead_jobs;

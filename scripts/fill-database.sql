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

REFRESH MATERIALIZED VIEW core.group_member_counts;
VACUUM (ANALYZE) core.groups, core.devices, core.locations, core.api_keys, core.group_member_counts;

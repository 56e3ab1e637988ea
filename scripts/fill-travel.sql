-- Fills the schema `travel` for the tests of query plans and for measurements: psql -v points=… -v cells=… -f this file, after
-- fill-accounts.sql. Person 1 has gone a long way, and as much again has been gone by a thousand others together.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL synchronous_commit = off;

CREATE FUNCTION pg_temp.person(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid
$$;
-- Whose the nth row is: every second one person 1's.
CREATE FUNCTION pg_temp.traveller(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_temp.person(CASE n % 2 WHEN 0 THEN 1 ELSE 2 + n / 2 % 1000 END)
$$;

INSERT INTO travel.travellers (user_id, map_number, version, worked_to, cells_res8, visits, dirty_from, dirty_to)
SELECT pg_temp.person(n), 1, 1, now(), 1, 1, CASE n % 100 WHEN 0 THEN now() END, CASE n % 100 WHEN 0 THEN now() END
FROM generate_series(1, 6000) AS n;

INSERT INTO travel.tracked_devices (user_id, device_id, since)
SELECT pg_temp.person(n), ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, timestamptz '2020-01-01'
FROM generate_series(1, 6000) AS n;

-- Devices count while they are their traveller's: fill-accounts.sql leaves the first ones nobody's. Persons 2, who is given one, and
-- 500, who is removed, have none.
UPDATE core.devices d SET owner_id = k.user_id FROM travel.tracked_devices k
WHERE d.device_id = k.device_id AND d.owner_id IS NULL AND k.user_id NOT IN (pg_temp.person(2), pg_temp.person(500));

-- Numbers in the order of time stand for cells; plans do not mind.
INSERT INTO travel.h3_cells (cell, res, country, region, is_land, is_northern, map_number)
SELECT n, CASE n % 8 WHEN 0 THEN 6 ELSE 8 END, 'C' || chr((65 + n / 10000 % 26)::integer), NULL, true, true, 1
FROM generate_series(1, :cells) AS n;

INSERT INTO travel.points (user_id, captured_at, latitude, longitude)
SELECT pg_temp.traveller(n), timestamptz '2020-01-01' + n * interval '1 minute', n % 90, n % 180
FROM generate_series(1, :points) AS n;

INSERT INTO travel.visits (user_id, res, entered_at, left_at, cell)
SELECT pg_temp.traveller(n), CASE n % 3 WHEN 0 THEN 6 ELSE 8 END, timestamptz '2020-01-01' + n * interval '1 minute',
    timestamptz '2020-01-01' + (n + 1) * interval '1 minute', 1 + n % :cells
FROM generate_series(1, :points) AS n;

INSERT INTO travel.user_cells (user_id, cell, res, first_visited_at, last_visited_at, visit_count)
SELECT pg_temp.traveller(h.cell + half), h.cell, h.res, timestamptz '2020-01-01' + h.cell * interval '2 minutes',
    timestamptz '2023-01-01' + h.cell * interval '2 minutes', 3
FROM travel.h3_cells h, generate_series(0, 1) AS half;

INSERT INTO travel.user_regions (
    user_id, country, region, cells, land_cells, first_visited_at, first_cell, last_visited_at)
SELECT pg_temp.person(1), c, CASE n WHEN 0 THEN '' ELSE c || '-' || n END, 1000, 1000,
    timestamptz '2020-01-01' + n * interval '1 day', n + 1, now()
FROM (SELECT 'C' || chr(65 + k) AS c FROM generate_series(0, 25) AS k) AS countries, generate_series(0, 100) AS n;
INSERT INTO travel.user_regions (
    user_id, country, region, cells, land_cells, first_visited_at, first_cell, last_visited_at)
SELECT pg_temp.person(1 + n), 'C' || chr((65 + k)::integer), '', 10, 10,
    timestamptz '2020-01-01' + n * interval '1 day', n + 1, now()
FROM generate_series(1, 1000) AS n, generate_series(0, 4) AS k;

INSERT INTO travel.user_days (user_id, day)
SELECT pg_temp.traveller(n), date '2000-01-01' + (n / 2)::integer FROM generate_series(1, 16000) AS n;

INSERT INTO travel.stays (user_id, began_at, ended_at, latitude, longitude)
SELECT pg_temp.traveller(n), timestamptz '2020-01-01' + n * interval '1 hour',
    timestamptz '2020-01-01' + n * interval '1 hour' + interval '20 minutes', 48, 17
FROM generate_series(1, 40000) AS n;

INSERT INTO travel.trips (user_id, began_at, ended_at, metres, top_speed, path)
SELECT pg_temp.traveller(n), timestamptz '2020-01-01' + n * interval '1 hour' + interval '20 minutes',
    timestamptz '2020-01-01' + (n + 1) * interval '1 hour', 1000 + n, 14, decode(repeat('0102', 100), 'hex')
FROM generate_series(1, 40000) AS n;

INSERT INTO travel.unseen_ways (user_id, began_at, ended_at, metres)
SELECT pg_temp.traveller(n), timestamptz '2020-01-01' + n * interval '5 hours',
    timestamptz '2020-01-01' + n * interval '5 hours' + interval '1 hour', 1000
FROM generate_series(1, 12000) AS n;

INSERT INTO travel.landmarks (user_id, passed_at, settled_at)
SELECT pg_temp.traveller(n), timestamptz '2020-01-01' + n * interval '1 hour',
    timestamptz '2020-01-01' + n * interval '1 hour' + interval '5 minutes'
FROM generate_series(1, 40000) AS n;

-- The first person has sent many files, one of which is being read; pieces of some are still there.
INSERT INTO travel.imports (id, user_id, name, state, created_at, touched_at, bytes, pieces)
SELECT ('00000000-0000-4000-a000-' || lpad(to_hex(n), 12, '0'))::uuid,
    ('00000000-0000-4000-9000-' || lpad(to_hex(CASE WHEN n <= 2000 THEN 1 ELSE 1 + n % 1000 END), 12, '0'))::uuid, 'file',
    CASE n WHEN 5 THEN 'reading' ELSE 'done' END, timestamptz '2020-01-01' + n * interval '1 hour', now(), 1000, 20
FROM generate_series(1, 12000) AS n;
INSERT INTO travel.import_pieces (import_id, number, bytes)
SELECT ('00000000-0000-4000-a000-' || lpad(to_hex(n), 12, '0'))::uuid, k, repeat('x', 1000)::bytea
FROM generate_series(1, 500) AS n, generate_series(0, 19) AS k;
COMMIT;
-- Vacuumed too: whether an index alone is read depends on it, and must not on when autovacuum comes by.
VACUUM (ANALYZE);

-- Fills the schemas `phones` and `shares` for the tests of query plans: psql -f this file, after fill-accounts.sql. Every
-- device has a token, the hash of phone- and its number; the person numbered n shares the device numbered n, in the share
-- 00000000-0000-4000-c000-, then n in hexadecimal, with the hash of share- and n. What is shared by those of higher numbers is
-- not over.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL synchronous_commit = off;

INSERT INTO phones.tokens (device_id, token_hash, created_at)
SELECT d.device_id, sha256(('phone-' || row_number() OVER (ORDER BY d.device_id))::bytea), now() FROM core.devices d;

INSERT INTO shares.shares (id, token_hash, user_id, device_id, created_at, expires_at)
SELECT ('00000000-0000-4000-c000-' || right(u.id::text, 12))::uuid, sha256(('share-' || u.id)::bytea), u.id, d.device_id,
    now() + n * interval '1 second' - interval '6 days', now() + n * interval '1 second'
FROM (SELECT u.id, row_number() OVER (ORDER BY u.id) - 1000 AS n FROM core.users u) AS u
JOIN core.devices d ON d.device_id = ('00000000-0000-4000-8000-' || right(u.id::text, 12))::uuid;
COMMIT;

VACUUM (ANALYZE) phones.tokens, shares.shares;

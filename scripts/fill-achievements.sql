-- Fills the schema `achievements` for the tests of query plans: psql -f this file, after fill-accounts.sql and
-- fill-travel.sql. Each of the first 20,000 people has unlocked six.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL synchronous_commit = off;
ALTER TABLE achievements.unlocked DISABLE TRIGGER announce;
INSERT INTO achievements.unlocked (user_id, code, unlocked_at, transaction)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, a.code, now() - n * interval '1 minute',
    (1 + n % 500)::text::xid8
FROM generate_series(1, 20000) AS n, (SELECT code FROM achievements.achievements WHERE position <= 6) AS a;
ALTER TABLE achievements.unlocked ENABLE TRIGGER announce;
COMMIT;
ANALYZE;

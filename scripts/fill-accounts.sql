-- Fills accounts after fill-database.sql, for psql: -v people=100000
-- The person numbered n is 00000000-0000-4000-9000-, then n in hexadecimal, called fill-n, and has signed in once, in
-- 00000000-0000-4000-a000-, then n; the token is the hash of token-n. Each is in one group, and owns the device numbered n.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET statement_timeout = 0;

INSERT INTO core.users (id, username, username_key, display_name)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'fill-' || n, 'fill-' || n, 'Person ' || n
FROM generate_series(1, :people) AS n;
INSERT INTO accounts.credentials (user_id, email, email_key, password_hash)
SELECT u.id, u.username || '@example.org', u.username || '@example.org', repeat('x', 97) FROM core.users u;
INSERT INTO accounts.sign_ins (id, user_id, created_at, last_used_at, expires_at, client_address)
SELECT ('00000000-0000-4000-a000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), now(),
       now() + (n - 1000) * interval '1 minute', '::1'
FROM generate_series(1, :people) AS n;
-- One in use and one spent of each.
INSERT INTO accounts.refresh_tokens (token_hash, sign_in_id, issued_at, expires_at, spent_at)
SELECT sha256((kind || n)::bytea), ('00000000-0000-4000-a000-' || lpad(to_hex(n), 12, '0'))::uuid, now(),
       now() + (n - 1000) * interval '1 minute', CASE kind WHEN 'spent-' THEN now() END
FROM generate_series(1, :people) AS n, unnest(ARRAY['token-', 'spent-']) AS kind;
INSERT INTO accounts.attempts (subject, failures, tried_at, blocked_until)
SELECT sha256(n::text::bytea), 3, now() - n * interval '2 seconds', now() FROM generate_series(1, :people) AS n;
INSERT INTO core.group_members (group_id, user_id, role)
SELECT g.id, ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
       CASE WHEN n <= (SELECT count(*) FROM core.groups) THEN 'owner' ELSE 'member' END
FROM generate_series(1, :people) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM core.groups) AS g
    ON g.number = (n - 1) % (SELECT count(*) FROM core.groups);
UPDATE core.devices d SET owner_id = u.id FROM core.users u
WHERE d.device_id = ('00000000-0000-4000-8000-' || right(u.id::text, 12))::uuid
    AND u.id > '00000000-0000-4000-9000-000000001000';

VACUUM (ANALYZE) core.users, core.group_members, core.devices, accounts.credentials, accounts.sign_ins,
    accounts.refresh_tokens, accounts.attempts;

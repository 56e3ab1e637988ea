-- Fills accounts after fill-database.sql, for psql: -v people=100000
-- The person numbered n is 00000000-0000-4000-9000-, then n in hexadecimal, called fill-n, and has signed in once, in
-- 00000000-0000-4000-a000-, then n; the token is the hash of token-n. Each is in one
-- group, fill- and n modulo the groups, which the first of each owns, owns the device numbered n, and blocks the next. The
-- invitation numbered n is 00000000-0000-4000-b000-, then n, of that group's owner; those of even numbers are for anybody,
-- the others for the next person.
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
SELECT 'fill-' || n % size, ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
       CASE WHEN n <= size THEN 'owner' ELSE 'member' END
FROM generate_series(1, :people) AS n, (SELECT count(*) AS size FROM core.groups) AS g;
INSERT INTO core.blocks (blocker_id, blocked_id)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-4000-9000-' || lpad(to_hex(n + 1), 12, '0'))::uuid
FROM generate_series(1, :people - 1) AS n;
INSERT INTO accounts.invitations (
    id, group_id, code, role, invited_by, invitee_name, invitee_key, invitee_id, max_uses, created_at, expires_at)
SELECT ('00000000-0000-4000-b000-' || lpad(to_hex(n), 12, '0'))::uuid, 'fill-' || n % size,
       lpad(upper(to_hex(n)), 12, '0'), 'member',
       ('00000000-0000-4000-9000-' || lpad(to_hex((n - 1) % size + 1), 12, '0'))::uuid,
       CASE n % 2 WHEN 1 THEN 'fill-' || n + 1 END, CASE n % 2 WHEN 1 THEN 'fill-' || n + 1 END,
       CASE n % 2 WHEN 1 THEN ('00000000-0000-4000-9000-' || lpad(to_hex(n + 1), 12, '0'))::uuid END,
       1, now(), now() + n * interval '1 minute'
FROM generate_series(1, :people - 1) AS n, (SELECT count(*) AS size FROM core.groups) AS g;
UPDATE core.devices d SET owner_id = u.id FROM core.users u
WHERE d.device_id = ('00000000-0000-4000-8000-' || right(u.id::text, 12))::uuid
    AND u.id > '00000000-0000-4000-9000-000000001000';

VACUUM (ANALYZE) core.users, core.group_members, core.blocks, accounts.invitations, core.devices, accounts.credentials, accounts.sign_ins,
    accounts.refresh_tokens, accounts.attempts;

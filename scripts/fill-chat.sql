-- Conversations at the size at which plans are looked at: psql -v people=100000 -v messages=400000 -f scripts/fill-chat.sql
-- After fill-accounts.sql, whose people it takes. The person numbered 1 is in a thousand conversations, the others in few.

INSERT INTO chat.conversations (id, kind, name, created_at, last_seq, last_sent_at)
SELECT ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid, 'group', 'Conversation ' || n,
       now() - interval '30 days', :messages / 2000, now()
FROM generate_series(1, 2000) AS n;

INSERT INTO chat.members (conversation_id, user_id, role, joined_at)
SELECT ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid, p.id,
       CASE p.place WHEN 0 THEN 'owner' ELSE 'member' END, now() - interval '30 days'
FROM generate_series(1, 2000) AS n,
     LATERAL (
         SELECT place, ('00000000-0000-4000-9000-' || lpad(to_hex(
             CASE WHEN place = 0 AND n <= 1000 THEN 1 ELSE 2 + (n * 5 + place) % (:people - 2) END), 12, '0'))::uuid AS id
         FROM generate_series(0, 4) AS place
     ) AS p;

INSERT INTO chat.messages (conversation_id, seq, sender_id, client_id, text, sent_at, change)
SELECT ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid, k,
       ('00000000-0000-4000-9000-' || lpad(to_hex(2 + (n * 5 + 1 + k % 4) % (:people - 2)), 12, '0'))::uuid,
       ('00000000-0000-4000-a000-' || lpad(to_hex(n * 100000 + k), 12, '0'))::uuid,
       'message ' || k || ' of ' || n || ' about common things', now() - interval '1 minute' * (:messages / 2000 - k),
       CASE WHEN k % 50 = 0 THEN k / 50 ELSE 0 END
FROM generate_series(1, 2000) AS n, generate_series(1, :messages / 2000) AS k;

INSERT INTO chat.reactions (conversation_id, seq, user_id, emoji, reacted_at)
SELECT m.conversation_id, m.seq, m.sender_id, '👍', now() FROM chat.messages m WHERE m.seq % 20 = 0;

INSERT INTO core.blocks (blocker_id, blocked_id)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-4000-9000-' || lpad(to_hex(n + 1), 12, '0'))::uuid
FROM generate_series(10, 10009) AS n ON CONFLICT DO NOTHING;

VACUUM (ANALYZE) chat.conversations, chat.members, chat.messages, chat.reactions, core.blocks;

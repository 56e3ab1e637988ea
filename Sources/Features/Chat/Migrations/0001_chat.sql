-- Conversations, who is in them and what they said (docs/adr/0029 and 0030).
--
-- Whoever changes a conversation, its members or its messages holds the lock of the conversation's row, taken in the order
-- of the ids where several are needed. So numbers have no gaps, and nobody writes after they were removed.

CREATE TABLE chat.conversations (
    id          uuid PRIMARY KEY,
    -- direct: two people. group: those who were added. location: the people of a location group.
    kind        text NOT NULL CHECK (kind IN ('direct', 'group', 'location')),
    name        text CHECK (char_length(name) BETWEEN 1 AND 100),
    group_id    text UNIQUE REFERENCES core.groups (id) ON DELETE CASCADE,
    -- The two of a direct conversation, the smaller id first, so that a pair has one. One is null once the account is gone.
    pair_low    uuid REFERENCES core.users (id) ON DELETE SET NULL,
    pair_high   uuid REFERENCES core.users (id) ON DELETE SET NULL,
    created_at  timestamptz NOT NULL,
    -- The newest message's number, and how often anything in it was changed since.
    last_seq    bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    last_change bigint NOT NULL DEFAULT 0 CHECK (last_change >= 0),
    last_sent_at timestamptz,
    -- Nobody is in it any more, nothing leads to it, and a job removes it.
    is_retired  boolean NOT NULL DEFAULT false,
    UNIQUE (pair_low, pair_high),
    CHECK (pair_low < pair_high),
    CHECK (kind = 'direct' OR pair_low IS NULL AND pair_high IS NULL),
    CHECK ((kind = 'location' AND NOT is_retired) = (group_id IS NOT NULL)),
    CHECK ((kind = 'group' AND NOT is_retired) = (name IS NOT NULL))
);
CREATE INDEX conversations_pair_high ON chat.conversations (pair_high);

-- Somebody who left keeps the row, and sees what was said until then. Somebody who was removed has none.
CREATE TABLE chat.members (
    conversation_id uuid NOT NULL REFERENCES chat.conversations (id) ON DELETE CASCADE,
    user_id     uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    role        text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    joined_at   timestamptz NOT NULL,
    left_at     timestamptz,
    -- Sees what has a greater number, and no greater one than that where they left.
    visible_after bigint NOT NULL DEFAULT 0 CHECK (visible_after >= 0),
    visible_until bigint CHECK (visible_until >= 0),
    read_seq    bigint NOT NULL DEFAULT 0 CHECK (read_seq >= 0),
    -- Not in their list while they have deleted it for themselves, or were never written to: the next message changes that.
    is_listed   boolean NOT NULL DEFAULT true,
    -- Was added by somebody they block: the others see them here, they see nothing of it.
    is_unaware  boolean NOT NULL DEFAULT false,
    muted_until timestamptz,
    PRIMARY KEY (conversation_id, user_id),
    CHECK ((left_at IS NULL) = (visible_until IS NULL))
);
CREATE INDEX members_user ON chat.members (user_id);
CREATE INDEX members_unlisted ON chat.members (conversation_id) WHERE NOT is_listed;

CREATE TABLE chat.messages (
    conversation_id uuid NOT NULL REFERENCES chat.conversations (id) ON DELETE CASCADE,
    seq         bigint NOT NULL CHECK (seq > 0),
    -- Null once the account is gone.
    sender_id   uuid REFERENCES core.users (id) ON DELETE SET NULL,
    client_id   uuid NOT NULL,
    -- Null once it was deleted.
    text        text CHECK (char_length(text) BETWEEN 1 AND 4000),
    -- What the sender sees in its place: edited while the other one blocked them.
    own_text    text CHECK (char_length(own_text) BETWEEN 1 AND 4000),
    sent_at     timestamptz NOT NULL,
    edited_at   timestamptz,
    own_edited_at timestamptz,
    deleted_at  timestamptz,
    -- Sent while the other one blocked the sender, who alone sees it.
    is_withheld boolean NOT NULL DEFAULT false,
    -- The conversation's last_change when this was last changed (an edit, a deletion, a reaction); 0 if never.
    change      bigint NOT NULL DEFAULT 0 CHECK (change >= 0),
    reply_to    bigint CHECK (reply_to > 0),
    -- A location or a place.
    attachment  jsonb,
    PRIMARY KEY (conversation_id, seq),
    CHECK ((text IS NULL) = (deleted_at IS NOT NULL)),
    CHECK (own_text IS NULL OR text IS NOT NULL)
);
-- Sent twice, stored once.
CREATE UNIQUE INDEX messages_client ON chat.messages (conversation_id, sender_id, client_id);
CREATE INDEX messages_sender ON chat.messages (sender_id, conversation_id);
CREATE INDEX messages_change ON chat.messages (conversation_id, change) WHERE change > 0;

-- What a search compares: the words, and the conversation as one more word that no text can hold. So a search of one's own
-- conversations meets no other's messages, however common its words are.
CREATE FUNCTION chat.words(conversation uuid, text text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('pg_catalog.simple'::regconfig, normalize(text, NFKC))
        || array_to_tsvector(ARRAY[chr(1) || conversation::text])
$$;
CREATE FUNCTION chat.word(conversation uuid) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT quote_literal(chr(1) || conversation::text)::tsquery
$$;
CREATE INDEX messages_words ON chat.messages USING gin (chat.words(conversation_id, text)) WHERE text IS NOT NULL;
-- A sender finds what they see in its place.
CREATE INDEX messages_own_words ON chat.messages USING gin (chat.words(conversation_id, own_text))
    WHERE own_text IS NOT NULL;

CREATE TABLE chat.reactions (
    conversation_id uuid NOT NULL,
    seq        bigint NOT NULL,
    user_id    uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    emoji      text NOT NULL CHECK (octet_length(emoji) BETWEEN 1 AND 64),
    reacted_at timestamptz NOT NULL,
    -- Made while the other one blocked them: they alone see it.
    is_withheld boolean NOT NULL DEFAULT false,
    PRIMARY KEY (conversation_id, seq, user_id, emoji),
    FOREIGN KEY (conversation_id, seq) REFERENCES chat.messages (conversation_id, seq) ON DELETE CASCADE
);
CREATE INDEX reactions_user ON chat.reactions (user_id);

-- Locks a conversation for a change by somebody who takes part in it. Nothing if they do not.
CREATE FUNCTION chat.enter(conversation uuid, person uuid) RETURNS chat.members LANGUAGE plpgsql AS $$
DECLARE
    entered chat.members;
BEGIN
    PERFORM FROM chat.conversations c WHERE c.id = conversation FOR NO KEY UPDATE;
    SELECT * INTO entered FROM chat.members m
    WHERE m.conversation_id = conversation AND m.user_id = person AND m.left_at IS NULL AND NOT m.is_unaware;
    RETURN entered;
END $$;

-- Of a direct conversation: `mine` if that person blocks the other one, else `theirs` if the other one blocks them.
CREATE FUNCTION chat.block_in(conversation uuid, person uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    other uuid;
BEGIN
    SELECT CASE WHEN c.pair_low = person THEN c.pair_high ELSE c.pair_low END INTO other
    FROM chat.conversations c WHERE c.id = conversation AND c.kind = 'direct';
    IF other IS NULL THEN
        RETURN NULL;
    ELSIF EXISTS (SELECT FROM core.blocks b WHERE b.blocker_id = person AND b.blocked_id = other) THEN
        RETURN 'mine';
    ELSIF EXISTS (SELECT FROM core.blocks b WHERE b.blocker_id = other AND b.blocked_id = person) THEN
        RETURN 'theirs';
    END IF;
    RETURN NULL;
END $$;

-- Stores messages, those of each conversation numbered in the order in which they come. One row an item: `stored`,
-- `duplicate`, `not_member`, `blocked` or `unknown_reply`. `revealed` are those, with commas, who had not listed it.
CREATE FUNCTION chat.append_messages(
    conversations uuid[], senders uuid[], client_ids uuid[], texts text[], replies bigint[], attachments text[],
    now timestamptz
) RETURNS TABLE (item bigint, outcome text, number bigint, at timestamptz, withheld boolean, revealed text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM chat.conversations c WHERE c.id = ANY (conversations) ORDER BY c.id FOR NO KEY UPDATE;
    -- A statement of its own, so that it sees what was committed before the locks were had.
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT i.*
        FROM unnest(conversations, senders, client_ids, texts, replies, attachments)
            WITH ORDINALITY AS i (conversation, sender, client, text, reply, attachment, position)
    ), judged AS MATERIALIZED (
        SELECT g.*, c.last_seq, greatest(append_messages.now, c.last_sent_at) AS sent_at, d.seq AS old_seq,
            d.sent_at AS old_sent_at, block.kind AS block,
            CASE WHEN m.user_id IS NULL THEN 'not_member'
                WHEN d.seq IS NOT NULL THEN 'duplicate'
                WHEN block.kind = 'mine' THEN 'blocked'
                WHEN g.reply IS NOT NULL AND NOT EXISTS (
                    SELECT FROM chat.messages r
                    WHERE r.conversation_id = g.conversation AND r.seq = g.reply AND r.seq > m.visible_after
                        AND (NOT r.is_withheld OR r.sender_id = g.sender)) THEN 'unknown_reply'
                ELSE 'stored' END AS verdict
        FROM given g
        LEFT JOIN chat.members m ON m.conversation_id = g.conversation AND m.user_id = g.sender
            AND m.left_at IS NULL AND NOT m.is_unaware
        LEFT JOIN chat.conversations c ON c.id = m.conversation_id
        LEFT JOIN chat.messages d ON d.conversation_id = m.conversation_id AND d.sender_id = g.sender
            AND d.client_id = g.client
        LEFT JOIN LATERAL (
            SELECT chat.block_in(c.id, g.sender) AS kind WHERE c.kind = 'direct') block ON true
    ), ranked AS MATERIALIZED (
        SELECT j.*, j.verdict = 'stored' AND row_number() OVER (
            PARTITION BY j.conversation, j.sender, j.client, j.verdict ORDER BY j.position) = 1 AS is_new
        FROM judged j
    ), numbered AS MATERIALIZED (
        SELECT r.*, r.last_seq + row_number() OVER (PARTITION BY r.conversation ORDER BY r.position) AS seq,
            coalesce(r.block = 'theirs', false) AS is_withheld
        FROM ranked r WHERE r.is_new
    ), inserted AS (
        INSERT INTO chat.messages (
            conversation_id, seq, sender_id, client_id, text, sent_at, is_withheld, reply_to, attachment)
        SELECT n.conversation, n.seq, n.sender, n.client, n.text, n.sent_at, n.is_withheld, n.reply, n.attachment::jsonb
        FROM numbered n
    ), counted AS (
        UPDATE chat.conversations c SET last_seq = n.seq, last_sent_at = n.sent_at
        FROM (SELECT conversation, max(seq) AS seq, max(sent_at) AS sent_at FROM numbered GROUP BY conversation) n
        WHERE c.id = n.conversation
    ), listed AS (
        UPDATE chat.members m SET is_listed = true
        FROM (SELECT DISTINCT n.conversation, CASE WHEN n.is_withheld THEN n.sender END AS alone FROM numbered n) n
        WHERE m.conversation_id = n.conversation AND NOT m.is_listed AND m.left_at IS NULL AND NOT m.is_unaware
            AND (n.alone IS NULL OR m.user_id = n.alone)
        RETURNING m.conversation_id, m.user_id
    ), first_of AS (
        SELECT n.conversation, min(n.seq) AS seq,
            (SELECT string_agg(l.user_id::text, ',') FROM listed l WHERE l.conversation_id = n.conversation) AS people
        FROM numbered n GROUP BY n.conversation
    )
    SELECT r.position, CASE WHEN r.verdict = 'stored' AND NOT r.is_new THEN 'duplicate' ELSE r.verdict END,
        coalesce(n.seq, r.old_seq, t.seq), coalesce(n.sent_at, r.old_sent_at, t.sent_at),
        coalesce(n.is_withheld, false), f.people
    FROM ranked r
    LEFT JOIN numbered n ON n.position = r.position
    -- The first of those that came twice at once.
    LEFT JOIN numbered t ON r.verdict = 'stored' AND NOT r.is_new AND t.conversation = r.conversation
        AND t.sender = r.sender AND t.client = r.client
    LEFT JOIN first_of f ON f.conversation = n.conversation AND f.seq = n.seq
    ORDER BY r.position;
END $$;

-- Moves read marks forward. One row an item: `marked`, `beyond_end` or `not_member`.
CREATE FUNCTION chat.mark_read(conversations uuid[], people uuid[], marks bigint[])
RETURNS TABLE (item bigint, outcome text, mark bigint, moved boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM chat.members m
    JOIN (SELECT DISTINCT i.* FROM unnest(conversations, people) AS i (conversation, person)) i
        ON m.conversation_id = i.conversation AND m.user_id = i.person
    ORDER BY m.conversation_id, m.user_id FOR NO KEY UPDATE OF m;
    RETURN QUERY
    WITH judged AS MATERIALIZED (
        SELECT i.*, m.read_seq, m.user_id IS NOT NULL AS is_member,
            i.mark > least(c.last_seq, m.visible_until) AS is_beyond
        FROM unnest(conversations, people, marks) WITH ORDINALITY AS i (conversation, person, mark, position)
        LEFT JOIN chat.members m ON m.conversation_id = i.conversation AND m.user_id = i.person AND NOT m.is_unaware
        LEFT JOIN chat.conversations c ON c.id = m.conversation_id
    ), newest AS MATERIALIZED (
        SELECT j.conversation, j.person, max(j.mark) AS mark FROM judged j
        WHERE j.is_member AND NOT j.is_beyond GROUP BY j.conversation, j.person
    ), moved AS (
        UPDATE chat.members m SET read_seq = n.mark FROM newest n
        WHERE m.conversation_id = n.conversation AND m.user_id = n.person AND m.read_seq < n.mark
    )
    SELECT j.position,
        CASE WHEN NOT j.is_member THEN 'not_member' WHEN j.is_beyond THEN 'beyond_end' ELSE 'marked' END,
        greatest(j.read_seq, n.mark), coalesce(n.mark > j.read_seq, false)
    FROM judged j LEFT JOIN newest n ON n.conversation = j.conversation AND n.person = j.person
    ORDER BY j.position;
END $$;

-- The conversation of two people; made if they have none. `blocked` or not, whoever asks is told the same.
CREATE FUNCTION chat.open_direct(opener uuid, other uuid, new_id uuid, now timestamptz)
RETURNS TABLE (outcome text, id uuid) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    the_id uuid;
    is_new boolean := false;
BEGIN
    IF opener = other OR NOT EXISTS (SELECT FROM core.users u WHERE u.id = other FOR KEY SHARE) THEN
        RETURN QUERY SELECT 'unknown_user', NULL::uuid;
        RETURN;
    END IF;
    INSERT INTO chat.conversations (id, kind, pair_low, pair_high, created_at)
    VALUES (new_id, 'direct', least(opener, other), greatest(opener, other), now)
    ON CONFLICT (pair_low, pair_high) DO NOTHING;
    is_new := FOUND;
    SELECT c.id INTO the_id FROM chat.conversations c
    WHERE c.pair_low = least(opener, other) AND c.pair_high = greatest(opener, other) FOR NO KEY UPDATE;
    IF is_new THEN
        INSERT INTO chat.members (conversation_id, user_id, joined_at, is_listed)
        VALUES (the_id, opener, now, true), (the_id, other, now, false);
    ELSE
        UPDATE chat.members m SET is_listed = true
        WHERE m.conversation_id = the_id AND m.user_id = opener AND NOT m.is_listed;
    END IF;
    RETURN QUERY SELECT CASE WHEN is_new THEN 'created' ELSE 'found' END, the_id;
END $$;

-- Puts people into a group conversation whose row is locked. Who blocks the adder is in it without knowing.
CREATE FUNCTION chat.admit(conversation uuid, adder uuid, people uuid[], now timestamptz)
RETURNS TABLE (person uuid, is_unaware boolean) LANGUAGE sql AS $$
    INSERT INTO chat.members AS m (
        conversation_id, user_id, joined_at, visible_after, read_seq, is_listed, is_unaware)
    SELECT c.id, u.id, admit.now, c.last_seq, c.last_seq, true,
        EXISTS (SELECT FROM core.blocks b WHERE b.blocker_id = u.id AND b.blocked_id = adder)
    FROM chat.conversations c, core.users u
    WHERE c.id = conversation AND u.id = ANY (people)
    -- Those who left come back; those who do not know that they are in it learn of it from somebody whom they do not block.
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = 'member', joined_at = excluded.joined_at, left_at = NULL,
        visible_after = excluded.visible_after, visible_until = NULL, read_seq = excluded.read_seq, is_listed = true,
        is_unaware = excluded.is_unaware
    WHERE m.left_at IS NOT NULL OR m.is_unaware AND NOT excluded.is_unaware
    RETURNING m.user_id, m.is_unaware
$$;

-- `added` are those, with commas, who are in it and know of it, but for the creator.
CREATE FUNCTION chat.create_group(new_id uuid, creator uuid, title text, people uuid[], now timestamptz)
RETURNS TABLE (outcome text, added text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    admitted text;
BEGIN
    IF (SELECT count(*) FROM core.users u WHERE u.id = ANY (people)) < cardinality(people) THEN
        RETURN QUERY SELECT 'unknown_user', NULL::text;
        RETURN;
    END IF;
    INSERT INTO chat.conversations (id, kind, name, created_at) VALUES (new_id, 'group', title, now);
    INSERT INTO chat.members (conversation_id, user_id, role, joined_at) VALUES (new_id, creator, 'owner', now);
    SELECT string_agg(a.person::text, ',') INTO admitted
    FROM chat.admit(new_id, creator, people, now) a WHERE NOT a.is_unaware;
    RETURN QUERY SELECT 'created', admitted;
END $$;

-- `added` as above.
CREATE FUNCTION chat.add_members(conversation uuid, adder uuid, people uuid[], most integer, now timestamptz)
RETURNS TABLE (outcome text, added text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    admitted text;
BEGIN
    IF (chat.enter(conversation, adder)).user_id IS NULL THEN
        RETURN QUERY SELECT 'not_member', NULL::text;
    ELSIF NOT EXISTS (SELECT FROM chat.conversations c WHERE c.id = conversation AND c.kind = 'group') THEN
        RETURN QUERY SELECT 'fixed_members', NULL::text;
    ELSIF (SELECT count(*) FROM core.users u WHERE u.id = ANY (people)) < cardinality(people) THEN
        RETURN QUERY SELECT 'unknown_user', NULL::text;
    ELSIF (
        SELECT count(*) FROM (
            SELECT m.user_id FROM chat.members m WHERE m.conversation_id = conversation AND m.left_at IS NULL
            UNION SELECT unnest(people)) everybody) > most
    THEN
        RETURN QUERY SELECT 'full', NULL::text;
    ELSE
        SELECT string_agg(a.person::text, ',') INTO admitted
        FROM chat.admit(conversation, adder, people, now) a WHERE NOT a.is_unaware;
        RETURN QUERY SELECT 'done', admitted;
    END IF;
END $$;

-- A group conversation that lost its owner gets another: the admin, else the member, who has been in it longest.
CREATE FUNCTION chat.hand_over(conversation uuid, leaving uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE chat.members m SET role = 'owner' WHERE m.conversation_id = conversation AND m.user_id = (
        SELECT o.user_id FROM chat.members o
        WHERE o.conversation_id = conversation AND o.user_id <> leaving AND o.left_at IS NULL AND NOT o.is_unaware
        ORDER BY o.role = 'admin' DESC, o.joined_at, o.user_id LIMIT 1)
$$;

-- The owner removes anybody, an admin removes members. Who is removed sees nothing of it any more.
CREATE FUNCTION chat.remove_member(conversation uuid, remover uuid, person uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    entered chat.members := chat.enter(conversation, remover);
    removed chat.members;
BEGIN
    IF entered.user_id IS NULL THEN
        RETURN 'not_member';
    ELSIF NOT EXISTS (SELECT FROM chat.conversations c WHERE c.id = conversation AND c.kind = 'group') THEN
        RETURN 'fixed_members';
    END IF;
    SELECT * INTO removed FROM chat.members m
    WHERE m.conversation_id = conversation AND m.user_id = person AND m.left_at IS NULL;
    IF removed.user_id IS NULL THEN
        RETURN 'unknown_user';
    ELSIF person = remover OR NOT (entered.role = 'owner' OR entered.role = 'admin' AND removed.role = 'member') THEN
        RETURN 'forbidden';
    END IF;
    DELETE FROM chat.members m WHERE m.conversation_id = conversation AND m.user_id = person;
    RETURN CASE WHEN removed.is_unaware THEN 'unaware' ELSE 'done' END;
END $$;

CREATE FUNCTION chat.leave(conversation uuid, person uuid, now timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    entered chat.members := chat.enter(conversation, person);
BEGIN
    IF entered.user_id IS NULL THEN
        RETURN 'not_member';
    ELSIF NOT EXISTS (SELECT FROM chat.conversations c WHERE c.id = conversation AND c.kind = 'group') THEN
        RETURN 'fixed_members';
    END IF;
    UPDATE chat.members m SET left_at = leave.now, role = 'member',
        visible_until = (SELECT c.last_seq FROM chat.conversations c WHERE c.id = conversation)
    WHERE m.conversation_id = conversation AND m.user_id = person;
    IF entered.role = 'owner' THEN
        PERFORM chat.hand_over(conversation, person);
    END IF;
    RETURN 'done';
END $$;

CREATE FUNCTION chat.rename(conversation uuid, person uuid, title text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF (chat.enter(conversation, person)).user_id IS NULL THEN
        RETURN 'not_member';
    END IF;
    UPDATE chat.conversations c SET name = title WHERE c.id = conversation AND c.kind = 'group';
    RETURN CASE WHEN FOUND THEN 'done' ELSE 'fixed_name' END;
END $$;

-- Deletes a conversation for one person: what has been said is gone for them, and who had left it has it no more.
CREATE FUNCTION chat.forget(conversation uuid, person uuid) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM chat.conversations c WHERE c.id = conversation FOR NO KEY UPDATE;
    DELETE FROM chat.members m
    WHERE m.conversation_id = conversation AND m.user_id = person AND m.left_at IS NOT NULL;
    IF FOUND THEN
        IF NOT EXISTS (SELECT FROM chat.members m WHERE m.conversation_id = conversation) THEN
            PERFORM chat.retire(conversation);
        END IF;
        RETURN 'done';
    END IF;
    UPDATE chat.members m SET is_listed = false, visible_after = c.last_seq, read_seq = c.last_seq
    FROM chat.conversations c
    WHERE c.id = conversation AND m.conversation_id = conversation AND m.user_id = person AND NOT m.is_unaware;
    RETURN CASE WHEN FOUND THEN 'done' ELSE 'not_member' END;
END $$;

CREATE FUNCTION chat.next_change(conversation uuid) RETURNS bigint LANGUAGE sql AS $$
    UPDATE chat.conversations c SET last_change = last_change + 1 WHERE c.id = conversation RETURNING last_change
$$;

-- What is wrong with the change of a message by its sender; null if nothing is.
CREATE FUNCTION chat.change_refusal(
    entered chat.members, message chat.messages, now timestamptz, most_age interval
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN entered.user_id IS NULL THEN 'not_member'
        WHEN message.seq IS NULL OR message.deleted_at IS NOT NULL OR message.seq <= entered.visible_after
            OR message.is_withheld AND message.sender_id <> entered.user_id THEN 'not_found'
        WHEN message.sender_id IS DISTINCT FROM entered.user_id THEN 'forbidden'
        WHEN message.sent_at + most_age < now THEN 'too_late' END
$$;

CREATE FUNCTION chat.edit_message(
    conversation uuid, person uuid, number bigint, new_text text, now timestamptz, most_age interval
) RETURNS TABLE (outcome text, alone boolean, change bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    entered chat.members := chat.enter(conversation, person);
    message chat.messages;
    refusal text;
    block text;
    new_change bigint;
BEGIN
    SELECT * INTO message FROM chat.messages x WHERE x.conversation_id = conversation AND x.seq = number;
    refusal := chat.change_refusal(entered, message, now, most_age);
    block := chat.block_in(conversation, person);
    IF refusal IS NULL AND block = 'mine' THEN
        refusal := 'blocked';
    END IF;
    IF refusal IS NOT NULL THEN
        RETURN QUERY SELECT refusal, NULL::boolean, NULL::bigint;
        RETURN;
    END IF;
    new_change := chat.next_change(conversation);
    IF block = 'theirs' AND NOT message.is_withheld THEN
        UPDATE chat.messages x SET own_text = new_text, own_edited_at = edit_message.now, change = new_change
        WHERE x.conversation_id = conversation AND x.seq = number;
    ELSE
        UPDATE chat.messages x SET text = new_text, own_text = NULL, edited_at = edit_message.now, own_edited_at = NULL,
            change = new_change
        WHERE x.conversation_id = conversation AND x.seq = number;
    END IF;
    RETURN QUERY SELECT 'done', message.is_withheld OR coalesce(block = 'theirs', false), new_change;
END $$;

-- Its reactions go too, and what it carried.
CREATE FUNCTION chat.delete_message(
    conversation uuid, person uuid, number bigint, now timestamptz, most_age interval
) RETURNS TABLE (outcome text, alone boolean, change bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    entered chat.members := chat.enter(conversation, person);
    message chat.messages;
    refusal text;
    new_change bigint;
BEGIN
    SELECT * INTO message FROM chat.messages x WHERE x.conversation_id = conversation AND x.seq = number;
    refusal := chat.change_refusal(entered, message, now, most_age);
    IF refusal IS NOT NULL THEN
        RETURN QUERY SELECT refusal, NULL::boolean, NULL::bigint;
        RETURN;
    END IF;
    new_change := chat.next_change(conversation);
    UPDATE chat.messages x SET text = NULL, own_text = NULL, own_edited_at = NULL, attachment = NULL,
        deleted_at = delete_message.now, change = new_change
    WHERE x.conversation_id = conversation AND x.seq = number;
    DELETE FROM chat.reactions r WHERE r.conversation_id = conversation AND r.seq = number;
    RETURN QUERY SELECT 'done', message.is_withheld, new_change;
END $$;

-- Adds or takes back a reaction. `unchanged` if it is as asked already.
CREATE FUNCTION chat.react(
    conversation uuid, person uuid, number bigint, symbol text, is_added boolean, most integer, now timestamptz
) RETURNS TABLE (outcome text, alone boolean, change bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    entered chat.members := chat.enter(conversation, person);
    message chat.messages;
    block text := chat.block_in(conversation, person);
    was_withheld boolean;
    refusal text;
    new_change bigint;
BEGIN
    SELECT * INTO message FROM chat.messages x WHERE x.conversation_id = conversation AND x.seq = number;
    refusal := CASE WHEN entered.user_id IS NULL THEN 'not_member'
        WHEN message.seq IS NULL OR message.deleted_at IS NOT NULL OR message.seq <= entered.visible_after
            OR message.is_withheld AND message.sender_id IS DISTINCT FROM person THEN 'not_found'
        WHEN is_added AND block = 'mine' THEN 'blocked'
        WHEN is_added AND EXISTS (
            SELECT FROM chat.reactions r WHERE r.conversation_id = conversation AND r.seq = number
                AND r.user_id = person AND r.emoji = symbol) THEN 'unchanged'
        WHEN is_added AND (
            SELECT count(*) FROM chat.reactions r WHERE r.conversation_id = conversation AND r.seq = number
                AND r.user_id = person) >= most THEN 'full' END;
    IF refusal IS NOT NULL THEN
        RETURN QUERY SELECT refusal, NULL::boolean, NULL::bigint;
        RETURN;
    END IF;
    was_withheld := message.is_withheld OR coalesce(block = 'theirs', false);
    IF is_added THEN
        INSERT INTO chat.reactions VALUES (conversation, number, person, symbol, now, was_withheld);
    ELSE
        DELETE FROM chat.reactions r WHERE r.conversation_id = conversation AND r.seq = number AND r.user_id = person
            AND r.emoji = symbol RETURNING r.is_withheld INTO was_withheld;
        IF NOT FOUND THEN
            RETURN QUERY SELECT 'unchanged', NULL::boolean, NULL::bigint;
            RETURN;
        END IF;
    END IF;
    new_change := chat.next_change(conversation);
    UPDATE chat.messages x SET change = new_change WHERE x.conversation_id = conversation AND x.seq = number;
    RETURN QUERY SELECT 'done', was_withheld, new_change;
END $$;

-- A version 7 UUID, as the hub makes them.
CREATE FUNCTION chat.new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(
        set_bit(set_bit(overlay(
            uuid_send(gen_random_uuid())
            PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid
$$;

-- Ends a conversation that nobody is in any more: nothing leads to it from now on, and a job removes what was said in it
-- (docs/adr/0033). Called by who holds its row.
CREATE FUNCTION chat.retire(conversation uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat.conversations c SET is_retired = true, group_id = NULL, pair_low = NULL, pair_high = NULL, name = NULL
    WHERE c.id = conversation AND NOT c.is_retired;
    IF FOUND THEN
        DELETE FROM chat.members m WHERE m.conversation_id = conversation;
        INSERT INTO core.jobs (id, kind, priority, payload, dedupe_key, run_at, max_attempts)
        VALUES (
            chat.new_id(), 'erase_conversation', 0, convert_to(conversation::text, 'UTF8'), conversation::text,
            clock_timestamp(), 100)
        ON CONFLICT (kind, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING;
    END IF;
END $$;

-- Removes up to `most` rows of a retired conversation, itself the last; returns whether it is gone. A short transaction.
CREATE FUNCTION chat.erase_conversation(conversation uuid, most integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM chat.conversations c WHERE c.id = conversation AND c.is_retired FOR UPDATE;
    IF NOT FOUND THEN
        RETURN true;
    END IF;
    DELETE FROM chat.reactions r WHERE r.ctid = ANY (ARRAY(
        SELECT o.ctid FROM chat.reactions o WHERE o.conversation_id = conversation LIMIT most));
    IF FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM chat.messages x WHERE x.conversation_id = conversation AND x.seq <= (
        SELECT max(o.seq) FROM (
            SELECT y.seq FROM chat.messages y WHERE y.conversation_id = conversation ORDER BY y.seq LIMIT most) o);
    IF FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM chat.conversations c WHERE c.id = conversation;
    RETURN true;
END $$;

-- The people of a location group are in its conversation, as of the same moment: whoever joins, from there on; whoever is
-- out sees nothing of it any more. It ends with the last of them: who comes into the group later begins another.
CREATE FUNCTION chat.follow_group() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    theirs chat.conversations;
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT * INTO theirs FROM chat.conversations c WHERE c.group_id = OLD.group_id FOR UPDATE;
        IF EXISTS (SELECT FROM core.group_members m WHERE m.group_id = OLD.group_id) THEN
            DELETE FROM chat.members m WHERE m.conversation_id = theirs.id AND m.user_id = OLD.user_id;
        ELSE
            PERFORM chat.retire(theirs.id);
        END IF;
        RETURN NULL;
    END IF;
    INSERT INTO chat.conversations (id, kind, group_id, created_at)
    VALUES (chat.new_id(), 'location', NEW.group_id, now()) ON CONFLICT (group_id) DO NOTHING;
    SELECT * INTO theirs FROM chat.conversations c WHERE c.group_id = NEW.group_id FOR NO KEY UPDATE;
    INSERT INTO chat.members (conversation_id, user_id, role, joined_at, visible_after, read_seq)
    VALUES (theirs.id, NEW.user_id, NEW.role, NEW.joined_at, theirs.last_seq, theirs.last_seq)
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = excluded.role;
    RETURN NULL;
END $$;

CREATE TRIGGER chat_follows_group AFTER INSERT OR DELETE OR UPDATE OF role ON core.group_members
    FOR EACH ROW EXECUTE FUNCTION chat.follow_group();

INSERT INTO chat.conversations (id, kind, group_id, created_at)
SELECT chat.new_id(), 'location', g.group_id, now() FROM (SELECT DISTINCT group_id FROM core.group_members) g;
INSERT INTO chat.members (conversation_id, user_id, role, joined_at)
SELECT c.id, g.user_id, g.role, g.joined_at
FROM core.group_members g JOIN chat.conversations c ON c.group_id = g.group_id;

-- A group's row takes its conversation along, which is left no time to be removed in parts.
CREATE FUNCTION chat.outlive_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chat.retire(c.id) FROM chat.conversations c WHERE c.group_id = OLD.id;
    RETURN OLD;
END $$;

CREATE TRIGGER chat_outlives_group BEFORE DELETE ON core.groups
    FOR EACH ROW EXECUTE FUNCTION chat.outlive_group();

-- Takes somebody who is being erased out of up to `most` conversations, those of location groups excepted, which follow the
-- groups. One that nobody is left in is retired. Gives how many there were, 0 when they are in none, and which, with commas.
CREATE FUNCTION chat.withdraw(person uuid, most integer) RETURNS TABLE (removed bigint, touched text)
LANGUAGE plpgsql AS $$
DECLARE
    mine record;
    their_role text;
    ids uuid[] := '{}';
BEGIN
    FOR mine IN
        -- Row by row, so that it ends with the last that is wanted; those of location groups are few.
        SELECT p.id, p.kind FROM (
            SELECT c.id, c.kind FROM chat.members m
            JOIN LATERAL (SELECT * FROM chat.conversations o WHERE o.id = m.conversation_id OFFSET 0) c ON true
            WHERE m.user_id = person AND c.kind <> 'location' LIMIT most) p
        ORDER BY p.id
    LOOP
        PERFORM FROM chat.conversations c WHERE c.id = mine.id FOR UPDATE;
        DELETE FROM chat.members m WHERE m.conversation_id = mine.id AND m.user_id = person
        RETURNING m.role INTO their_role;
        ids := ids || mine.id;
        IF NOT EXISTS (SELECT FROM chat.members m WHERE m.conversation_id = mine.id) THEN
            PERFORM chat.retire(mine.id);
        ELSIF mine.kind = 'direct' THEN
            UPDATE chat.conversations c SET
                pair_low = nullif(c.pair_low, person), pair_high = nullif(c.pair_high, person)
            WHERE c.id = mine.id;
        ELSIF their_role = 'owner' THEN
            PERFORM chat.hand_over(mine.id, person);
        END IF;
    END LOOP;
    RETURN QUERY SELECT cardinality(ids)::bigint, array_to_string(ids, ',');
END $$;

-- Removes what somebody who is being erased has said, up to `most` messages or reactions: their messages with the reactions
-- to them, then their own reactions. The numbers stay, without a sender or a text, so that clients learn to forget their
-- copies. Gives how many rows went, 0 when none are left, and the conversations in which others may see that, with commas.
--
-- Whose a row is is asked again under the locks, in words that no index serves, and conversations are not joined: all of
-- one person's messages may be in one conversation, and a plan that goes by either would look at all of them for each.
CREATE FUNCTION chat.erase_person(person uuid, most integer) RETURNS TABLE (removed bigint, touched text)
LANGUAGE plpgsql AS $$
DECLARE
    places uuid[];
    numbers bigint[];
BEGIN
    SELECT array_agg(p.conversation_id), array_agg(p.seq) INTO places, numbers FROM (
        SELECT x.conversation_id, x.seq FROM chat.messages x WHERE x.sender_id = person
        ORDER BY x.conversation_id LIMIT most) p;
    IF places IS NOT NULL THEN
        PERFORM FROM chat.conversations c WHERE c.id = ANY (places) ORDER BY c.id FOR NO KEY UPDATE;
        -- There may be many more of them than messages.
        DELETE FROM chat.reactions r WHERE r.ctid = ANY (ARRAY(
            SELECT o.ctid FROM unnest(places, numbers) AS p (conversation, seq)
            JOIN chat.reactions o ON o.conversation_id = p.conversation AND o.seq = p.seq LIMIT most));
        GET DIAGNOSTICS removed = ROW_COUNT;
        IF removed = most THEN
            touched := '';
            RETURN NEXT;
            RETURN;
        END IF;
        DELETE FROM chat.messages x USING unnest(places, numbers) AS p (conversation, seq)
        WHERE x.conversation_id = p.conversation AND x.seq = p.seq AND x.sender_id IS NOT DISTINCT FROM person
            AND x.is_withheld;
        WITH gone AS MATERIALIZED (
            SELECT x.conversation_id, x.seq,
                (SELECT c.last_change FROM chat.conversations c WHERE c.id = x.conversation_id)
                    + row_number() OVER (PARTITION BY x.conversation_id ORDER BY x.seq) AS change
            FROM unnest(places, numbers) AS p (conversation, seq)
            JOIN chat.messages x ON x.conversation_id = p.conversation AND x.seq = p.seq
            WHERE x.sender_id IS NOT DISTINCT FROM person
        ), counted AS (
            UPDATE chat.conversations c SET last_change = g.change
            FROM (SELECT conversation_id, max(change) AS change FROM gone GROUP BY conversation_id) g
            WHERE c.id = g.conversation_id
        )
        UPDATE chat.messages x SET sender_id = NULL, client_id = gen_random_uuid(), text = NULL, own_text = NULL,
            edited_at = NULL, own_edited_at = NULL, reply_to = NULL, attachment = NULL,
            deleted_at = coalesce(x.deleted_at, now()), change = g.change
        FROM gone g WHERE x.conversation_id = g.conversation_id AND x.seq = g.seq;
    ELSE
        SELECT array_agg(p.conversation_id), array_agg(p.seq) INTO places, numbers FROM (
            SELECT r.conversation_id, r.seq FROM chat.reactions r WHERE r.user_id = person LIMIT most) p;
        PERFORM FROM chat.conversations c WHERE c.id = ANY (places) ORDER BY c.id FOR NO KEY UPDATE;
        DELETE FROM chat.reactions r USING unnest(places, numbers) AS p (conversation, seq)
        WHERE r.conversation_id = p.conversation AND r.seq = p.seq AND r.user_id IS NOT DISTINCT FROM person;
        WITH changed AS MATERIALIZED (
            SELECT p.conversation, p.seq,
                c.last_change + row_number() OVER (PARTITION BY p.conversation ORDER BY p.seq) AS change
            FROM (SELECT DISTINCT * FROM unnest(places, numbers) AS p (conversation, seq)) p
            JOIN chat.conversations c ON c.id = p.conversation
        ), counted AS (
            UPDATE chat.conversations c SET last_change = g.change
            FROM (SELECT conversation, max(change) AS change FROM changed GROUP BY conversation) g
            WHERE c.id = g.conversation
        )
        UPDATE chat.messages x SET change = g.change
        FROM changed g WHERE x.conversation_id = g.conversation AND x.seq = g.seq;
    END IF;
    removed := coalesce(cardinality(places), 0);
    touched := coalesce((SELECT string_agg(DISTINCT p::text, ',') FROM unnest(places) p), '');
    RETURN NEXT;
END $$;

-- Whoever's row goes has nothing left here: an erasure has removed it in parts, and what came since goes now.
CREATE FUNCTION chat.forget_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        EXIT WHEN (SELECT w.removed FROM chat.withdraw(OLD.id, 1000) w) = 0;
    END LOOP;
    LOOP
        EXIT WHEN (SELECT e.removed FROM chat.erase_person(OLD.id, 1000) e) = 0;
    END LOOP;
    RETURN OLD;
END $$;

CREATE TRIGGER chat_forgets_user BEFORE DELETE ON core.users
    FOR EACH ROW EXECUTE FUNCTION chat.forget_user();

-- Conversations, who is in them and what they said.

CREATE TABLE chat.conversations (
    id          uuid PRIMARY KEY,
    -- direct: two people. group: those who were added. location: whoever is in the location group, see core.group_members.
    kind        text NOT NULL CHECK (kind IN ('direct', 'group', 'location')),
    name        text CHECK (char_length(name) BETWEEN 1 AND 100),
    group_id    text UNIQUE REFERENCES core.groups (id) ON DELETE CASCADE,
    -- The two of a direct conversation, the smaller id first, so that a pair has one.
    pair_low    uuid REFERENCES core.users (id) ON DELETE CASCADE,
    pair_high   uuid REFERENCES core.users (id) ON DELETE CASCADE,
    created_by  uuid REFERENCES core.users (id) ON DELETE SET NULL,
    created_at  timestamptz NOT NULL,
    -- The newest message's number, and how often anything in it was changed since.
    last_seq    bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    last_change bigint NOT NULL DEFAULT 0 CHECK (last_change >= 0),
    last_sent_at timestamptz,
    UNIQUE (pair_low, pair_high),
    CHECK (pair_low < pair_high),
    CHECK ((kind = 'direct') = (pair_low IS NOT NULL) AND (pair_low IS NULL) = (pair_high IS NULL)),
    CHECK ((kind = 'location') = (group_id IS NOT NULL)),
    CHECK (kind <> 'group' OR name IS NOT NULL)
);
CREATE INDEX conversations_pair_high ON chat.conversations (pair_high);
CREATE INDEX conversations_created_by ON chat.conversations (created_by);

-- Somebody who left keeps the row: what they have read, and what they may still see. Of a location conversation the row is
-- made with the first read mark or setting, and core.group_members says who is in.
CREATE TABLE chat.members (
    conversation_id uuid NOT NULL REFERENCES chat.conversations (id) ON DELETE CASCADE,
    user_id     uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    role        text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    joined_at   timestamptz NOT NULL,
    left_at     timestamptz,
    -- Sees what has a greater number.
    visible_after bigint NOT NULL DEFAULT 0 CHECK (visible_after >= 0),
    read_seq    bigint NOT NULL DEFAULT 0 CHECK (read_seq >= 0),
    -- Deleted the conversation for themselves: it is listed again when something newer comes.
    hidden_seq  bigint CHECK (hidden_seq >= 0),
    muted_until timestamptz,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX members_user ON chat.members (user_id);

CREATE TABLE chat.messages (
    conversation_id uuid NOT NULL REFERENCES chat.conversations (id) ON DELETE CASCADE,
    seq         bigint NOT NULL CHECK (seq > 0),
    -- Null once the account is gone.
    sender_id   uuid REFERENCES core.users (id) ON DELETE SET NULL,
    client_id   uuid NOT NULL,
    -- Null once it was deleted.
    text        text CHECK (char_length(text) BETWEEN 1 AND 4000),
    sent_at     timestamptz NOT NULL,
    edited_at   timestamptz,
    deleted_at  timestamptz,
    -- The conversation's last_change when this was last changed (an edit, a deletion, a reaction); 0 if never.
    change      bigint NOT NULL DEFAULT 0 CHECK (change >= 0),
    reply_to    bigint,
    -- A location or a place.
    attachment  jsonb,
    PRIMARY KEY (conversation_id, seq),
    CHECK ((text IS NULL) = (deleted_at IS NOT NULL))
);
-- Sent twice, stored once.
CREATE UNIQUE INDEX messages_client ON chat.messages (conversation_id, sender_id, client_id);
CREATE INDEX messages_sender ON chat.messages (sender_id);
CREATE INDEX messages_change ON chat.messages (conversation_id, change) WHERE change > 0;
CREATE INDEX messages_text ON chat.messages USING gin (to_tsvector('simple', text)) WHERE text IS NOT NULL;

CREATE TABLE chat.reactions (
    conversation_id uuid NOT NULL,
    seq        bigint NOT NULL,
    user_id    uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    emoji      text NOT NULL CHECK (octet_length(emoji) BETWEEN 1 AND 64),
    reacted_at timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, seq, user_id, emoji),
    FOREIGN KEY (conversation_id, seq) REFERENCES chat.messages (conversation_id, seq) ON DELETE CASCADE
);
CREATE INDEX reactions_user ON chat.reactions (user_id);

-- People, their groups and whom they block (docs/adr/0020). Who somebody is and where they belong are the core's, because
-- every area asks; how they sign in is the schema `accounts`'.

CREATE TABLE core.users (
    id           uuid PRIMARY KEY,
    username     text NOT NULL CHECK (char_length(username) BETWEEN 1 AND 50),
    -- What two names have in common that count as one: folded by the hub.
    username_key text NOT NULL UNIQUE CHECK (octet_length(username_key) BETWEEN 1 AND 400),
    display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 50),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

-- A device of nobody's belongs to whoever holds an API key. A user cannot go before their devices have been erased.
ALTER TABLE core.devices ADD COLUMN owner_id uuid REFERENCES core.users (id);
CREATE INDEX devices_owner ON core.devices (owner_id) WHERE owner_id IS NOT NULL;

-- A group of people is a group with a name; one that only devices made has none.
ALTER TABLE core.groups ADD COLUMN name text CHECK (char_length(name) BETWEEN 1 AND 100);

CREATE TABLE core.group_members (
    group_id  text NOT NULL REFERENCES core.groups (id) ON DELETE CASCADE,
    user_id   uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    role      text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_members_user ON core.group_members (user_id);
-- At most one; who hands a group over steps down first.
CREATE UNIQUE INDEX group_members_owner ON core.group_members (group_id) WHERE role = 'owner';

-- A blocked person can neither message, invite nor see presence, and cannot tell.
CREATE TABLE core.blocks (
    blocker_id uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    blocked_id uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX blocks_blocked ON core.blocks (blocked_id);

-- A ticket is a key's or a user's.
ALTER TABLE core.stream_tickets ALTER COLUMN key_id DROP NOT NULL;
ALTER TABLE core.stream_tickets ADD COLUMN user_id uuid REFERENCES core.users (id) ON DELETE CASCADE;
ALTER TABLE core.stream_tickets ADD COLUMN session_id uuid;
ALTER TABLE core.stream_tickets ADD CHECK (
    (key_id IS NULL) <> (user_id IS NULL) AND (user_id IS NULL) = (session_id IS NULL));

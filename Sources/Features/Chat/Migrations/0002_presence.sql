-- How people want to be seen, and when they last were (docs/adr/0032).

CREATE TABLE chat.presence (
    user_id     uuid PRIMARY KEY REFERENCES core.users (id) ON DELETE CASCADE,
    -- What they last declared, on whichever device; it outlives their sessions.
    status      text NOT NULL DEFAULT 'online' CHECK (status IN ('online', 'away', 'busy', 'invisible')),
    note        text CHECK (char_length(note) <= 140),
    -- Null if they never declared anything.
    declared_at timestamptz,
    -- As others may know it: it stands still while they are invisible. To the millisecond here, to the minute for others.
    last_seen_at timestamptz,
    shows_last_seen boolean NOT NULL DEFAULT true
);

-- Those who may see how a person is: who is in a group or in a conversation with them, and neither blocks the other. A
-- direct conversation counts once the person has written in it: to begin one does not open a stranger's presence.
CREATE FUNCTION chat.presence_watchers(person uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT w.user_id FROM (
        SELECT o.user_id FROM core.group_members m JOIN core.group_members o ON o.group_id = m.group_id
        WHERE m.user_id = person
        UNION
        SELECT o.user_id
        FROM chat.members m
        JOIN chat.conversations c ON c.id = m.conversation_id
        JOIN chat.members o ON o.conversation_id = m.conversation_id
        WHERE m.user_id = person AND m.left_at IS NULL AND NOT m.is_unaware AND o.left_at IS NULL AND NOT o.is_unaware
            AND (c.kind <> 'direct' OR EXISTS (
                SELECT FROM chat.messages x
                WHERE x.sender_id = person AND x.conversation_id = c.id AND NOT x.is_withheld))
    ) w
    WHERE w.user_id <> person
        AND NOT EXISTS (SELECT FROM core.blocks b WHERE b.blocker_id = person AND b.blocked_id = w.user_id)
        AND NOT EXISTS (SELECT FROM core.blocks b WHERE b.blocker_id = w.user_id AND b.blocked_id = person)
$$;

-- Those of some people whose presence a watcher may see, by the same rule; and the watcher themselves. Between two of whom
-- one blocks the other nobody is left out, which would tell: they are hidden, and look like somebody who is never there.
CREATE FUNCTION chat.presence_shown(watcher uuid, people uuid[]) RETURNS TABLE (person uuid, is_hidden boolean)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT p.person,
        EXISTS (SELECT FROM core.blocks b WHERE b.blocker_id = p.person AND b.blocked_id = watcher)
            OR EXISTS (SELECT FROM core.blocks b WHERE b.blocker_id = watcher AND b.blocked_id = p.person)
    FROM unnest(people) AS p(person)
    WHERE p.person = watcher
        OR (EXISTS (
                SELECT FROM core.group_members m JOIN core.group_members o ON o.group_id = m.group_id
                WHERE m.user_id = watcher AND o.user_id = p.person)
            OR EXISTS (
                SELECT FROM chat.members m
                JOIN chat.conversations c ON c.id = m.conversation_id
                JOIN chat.members o ON o.conversation_id = m.conversation_id AND o.user_id = p.person
                WHERE m.user_id = watcher AND m.left_at IS NULL AND NOT m.is_unaware
                    AND o.left_at IS NULL AND NOT o.is_unaware
                    AND (c.kind <> 'direct' OR EXISTS (
                        SELECT FROM chat.messages x
                        WHERE x.sender_id = p.person AND x.conversation_id = c.id AND NOT x.is_withheld))))
$$;

-- Counts the changes of who takes part in a conversation and from where on, under the lock of its row. A message is stored with the count, so
-- that whoever tells of it knows whether they know to whom.
ALTER TABLE chat.conversations ADD COLUMN members_version bigint NOT NULL DEFAULT 0;

CREATE FUNCTION chat.count_members_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat.conversations c SET members_version = members_version + 1
    WHERE c.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.conversation_id ELSE NEW.conversation_id END;
    RETURN NULL;
END $$;

CREATE TRIGGER members_are_counted AFTER INSERT OR DELETE OR UPDATE OF left_at, is_unaware, visible_after ON chat.members
    FOR EACH ROW EXECUTE FUNCTION chat.count_members_change();

-- Volatile, so that it sees what the transaction waited for.
CREATE FUNCTION chat.members_version(conversation uuid) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT c.members_version FROM chat.conversations c WHERE c.id = conversation);
END $$;

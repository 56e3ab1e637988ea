-- Invitations into groups.

-- A code lets whoever has it into a group; one that was sent to a person by name lets in that person alone. It is kept as
-- it is: admins of the group are shown it, and who can read this table can read who is in which group (docs/adr/0026).
CREATE TABLE accounts.invitations (
    id           uuid PRIMARY KEY,
    group_id     text NOT NULL REFERENCES core.groups (id) ON DELETE CASCADE,
    code         text NOT NULL UNIQUE CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{12}$'),
    role         text NOT NULL CHECK (role IN ('admin', 'member')),
    invited_by   uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    -- The name as it was written, and folded; null for an invitation to whoever has the code.
    invitee_name text CHECK (char_length(invitee_name) BETWEEN 1 AND 50),
    invitee_key  text CHECK (octet_length(invitee_key) BETWEEN 1 AND 400),
    -- Nobody, if nobody had the name when it was sent: whoever takes it later was not meant.
    invitee_id   uuid REFERENCES core.users (id) ON DELETE CASCADE,
    max_uses     integer NOT NULL CHECK (max_uses BETWEEN 1 AND 100),
    uses         integer NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND max_uses),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CHECK ((invitee_name IS NULL) = (invitee_key IS NULL) AND (invitee_name IS NOT NULL OR invitee_id IS NULL)),
    CHECK (invitee_name IS NULL OR max_uses = 1)
);
CREATE INDEX invitations_group ON accounts.invitations (group_id, id);
CREATE INDEX invitations_invitee ON accounts.invitations (invitee_id, id) WHERE invitee_id IS NOT NULL;
CREATE INDEX invitations_inviter ON accounts.invitations (invited_by);

-- Whether an inviter may still let somebody in as that: an invitation holds no longer than the right to make it.
CREATE FUNCTION accounts.may_invite(inviter uuid, in_group text, as_role text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM core.group_members m
        WHERE m.group_id = in_group AND m.user_id = inviter
            AND (m.role = 'owner' OR m.role = 'admin' AND as_role = 'member'))
$$;

-- Whether an invitation of that moment serves somebody: not one from before they were last removed from the group. Who left
-- by themselves comes back as they came.
CREATE FUNCTION accounts.serves(in_group text, made_at timestamptz, who uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM core.group_removals r WHERE r.group_id = in_group AND r.user_id = who AND r.removed_at >= made_at)
$$;

-- Makes an invitation. `outcome` is 'invited', 'not_found' (the inviter is in no such group), 'forbidden', 'already' (the person is
-- a member) or 'too_many' (as many are open as may be). One to a name that nobody has is made like any other, so that
-- nobody can tell; one to the same name replaces the last. `notified` is who is to hear of it: the person, unless they block
-- the inviter.
CREATE FUNCTION accounts.invite(
    inviter uuid, in_group text, new_id uuid, new_code text, as_role text, use_limit integer, at_time timestamptz,
    until timestamptz, to_name text, to_key text, open_limit integer
) RETURNS TABLE (outcome text, notified uuid) LANGUAGE plpgsql AS $$
DECLARE
    invitee uuid;
BEGIN
    PERFORM FROM core.groups g WHERE g.id = in_group FOR NO KEY UPDATE;
    IF to_key IS NOT NULL THEN
        SELECT u.id INTO invitee FROM core.users u WHERE u.username_key = to_key FOR KEY SHARE;
    END IF;
    DELETE FROM accounts.invitations i WHERE i.group_id = in_group AND i.expires_at <= at_time;
    outcome := CASE
        WHEN NOT EXISTS (SELECT FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = inviter)
            THEN 'not_found'
        WHEN NOT accounts.may_invite(inviter, in_group, as_role) THEN 'forbidden'
        WHEN EXISTS (SELECT FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = invitee)
            THEN 'already'
        WHEN (SELECT count(*) FROM accounts.invitations i
            WHERE i.group_id = in_group AND i.uses < i.max_uses AND (to_key IS NULL OR i.invitee_key IS DISTINCT FROM to_key)
            ) >= open_limit
            THEN 'too_many'
        ELSE 'invited'
    END;
    IF outcome = 'invited' THEN
        DELETE FROM accounts.invitations i WHERE i.group_id = in_group AND i.invitee_key = to_key AND i.uses = 0;
        INSERT INTO accounts.invitations (
            id, group_id, code, role, invited_by, invitee_name, invitee_key, invitee_id, max_uses, created_at, expires_at)
        VALUES (
            new_id, in_group, new_code, as_role, inviter, to_name, to_key, invitee, use_limit, at_time, until);
        SELECT invitee INTO notified WHERE NOT EXISTS (
            SELECT FROM core.blocks b WHERE b.blocker_id = invitee AND b.blocked_id = inviter);
    END IF;
    RETURN NEXT;
END $$;

-- Lets somebody into the group of an invitation. `outcome` is 'joined', 'already' (they are in it; nothing is used up),
-- 'not_found' (no such code, or its time, its uses or its inviter's right are over, or it is for another person, or older than
-- the joiner's removal), 'full' or 'too_many'. The locks are in the order of core.register_device: the user, then the group.
CREATE FUNCTION accounts.join_group(
    joiner uuid, with_code text, member_limit integer, membership_limit integer, at_time timestamptz
) RETURNS TABLE (outcome text, group_id text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    invitation accounts.invitations%ROWTYPE;
BEGIN
    outcome := 'not_found';
    PERFORM FROM core.users u WHERE u.id = joiner FOR NO KEY UPDATE;
    IF FOUND THEN
        SELECT * INTO invitation FROM accounts.invitations i WHERE i.code = with_code;
        PERFORM FROM core.groups g WHERE g.id = invitation.group_id FOR NO KEY UPDATE;
        SELECT * INTO invitation FROM accounts.invitations i WHERE i.code = with_code FOR UPDATE;
        group_id := invitation.group_id;
        outcome := CASE
            WHEN invitation.id IS NULL OR invitation.expires_at <= at_time THEN 'not_found'
            WHEN invitation.invitee_key IS NOT NULL AND invitation.invitee_id IS DISTINCT FROM joiner THEN 'not_found'
            WHEN EXISTS (
                SELECT FROM core.group_members m WHERE m.group_id = invitation.group_id AND m.user_id = joiner
            ) THEN 'already'
            WHEN invitation.uses >= invitation.max_uses THEN 'not_found'
            WHEN NOT accounts.serves(invitation.group_id, invitation.created_at, joiner) THEN 'not_found'
            WHEN NOT accounts.may_invite(invitation.invited_by, invitation.group_id, invitation.role) THEN 'not_found'
            WHEN (SELECT count(*) FROM core.group_members m WHERE m.group_id = invitation.group_id) >= member_limit
                THEN 'full'
            WHEN (SELECT count(*) FROM core.group_members m WHERE m.user_id = joiner) >= membership_limit
                THEN 'too_many'
            ELSE 'joined'
        END;
        IF outcome = 'joined' THEN
            INSERT INTO core.group_members (group_id, user_id, role, joined_at)
                VALUES (invitation.group_id, joiner, invitation.role, at_time);
            UPDATE accounts.invitations i SET uses = i.uses + 1 WHERE i.id = invitation.id;
        END IF;
    END IF;
    RETURN NEXT;
END $$;

-- Lets somebody in who is about to have an account, in the transaction that makes it: fails unless they join.
CREATE FUNCTION accounts.join_first_group(
    joiner uuid, with_code text, member_limit integer, membership_limit integer, at_time timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    joining record;
BEGIN
    SELECT j.outcome, j.group_id INTO joining
    FROM accounts.join_group(joiner, with_code, member_limit, membership_limit, at_time) j;
    IF joining.outcome <> 'joined' THEN
        RAISE EXCEPTION 'the invitation does not hold' USING ERRCODE = 'check_violation', CONSTRAINT = 'invitation';
    END IF;
    RETURN joining.group_id;
END $$;

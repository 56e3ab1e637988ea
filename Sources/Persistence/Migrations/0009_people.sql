-- People, their groups and whom they block (docs/adr/0020). Who somebody is and where they belong are the core's, because
-- every area asks; how they sign in is the schema `accounts`'.

CREATE TABLE core.users (
    id           uuid PRIMARY KEY,
    username     text NOT NULL CHECK (char_length(username) BETWEEN 1 AND 50),
    -- What two names have in common that count as one: folded by the hub.
    username_key text NOT NULL UNIQUE CHECK (octet_length(username_key) BETWEEN 1 AND 400),
    display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 50),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    -- While an administrator has shut their account: what opens without signing in, as tokens of devices do, opens nothing.
    disabled_at  timestamptz
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

-- Who was removed from a group by somebody else, and when last. Codes from before that do not serve them (docs/adr/0026).
CREATE TABLE core.group_removals (
    group_id   text NOT NULL REFERENCES core.groups (id) ON DELETE CASCADE,
    user_id    uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    removed_at timestamptz NOT NULL,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_removals_user ON core.group_removals (user_id);

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

-- Registration (0003) by users as well: DROP and CREATE, because it takes more; who calls it as before is served as before.
--
-- registrant: Whose device it is to be; null for the holder of an API key, who may register any device in any group and
-- leaves its owner as it is. A user registers in groups they are in, and only devices that are theirs already or are not
-- there yet. owner_limit bounds their active devices, and ten times that all of them.
--
-- Further values of `outcome`: 'no_group' (there is none, or they are not in it), 'taken' (the device is somebody else's or
-- nobody's) and 'too_many'.
--
-- Locks are taken in one order here and in all functions below: users by id, devices by id, the group. Whoever takes a
-- membership away holds the user's row, so that a device cannot come into a group which its owner is leaving.
DROP FUNCTION core.register_device(uuid, text, text, text, text, integer, timestamptz);
CREATE FUNCTION core.register_device(
    device uuid, new_name text, new_group text, new_platform text, new_token text, group_limit integer,
    at_time timestamptz, registrant uuid DEFAULT NULL, owner_limit integer DEFAULT 0
) RETURNS TABLE (
    outcome text, display_name text, group_id text, platform text, active boolean, created_at timestamptz,
    updated_at timestamptz, last_seen_at timestamptz, previous_group text, captured_at timestamptz,
    latitude double precision, longitude double precision, accuracy double precision, altitude double precision,
    bearing double precision, speed double precision, provider text, battery_level smallint, network_type text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    known core.devices%ROWTYPE;
    is_known boolean;
    members integer;
    owned_active integer;
    owned integer;
BEGIN
    IF registrant IS NOT NULL THEN
        PERFORM FROM core.users u WHERE u.id = registrant FOR NO KEY UPDATE;
        IF NOT EXISTS (
            SELECT FROM core.group_members m WHERE m.group_id = new_group AND m.user_id = registrant
        ) THEN
            outcome := 'no_group';
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    SELECT * INTO known FROM core.devices d WHERE d.device_id = device FOR NO KEY UPDATE;
    is_known := FOUND;
    IF registrant IS NOT NULL THEN
        IF is_known AND known.owner_id IS DISTINCT FROM registrant THEN
            outcome := 'taken';
            RETURN NEXT;
            RETURN;
        END IF;
        IF NOT is_known OR NOT known.active THEN
            SELECT count(*) FILTER (WHERE d.active), count(*) INTO owned_active, owned
            FROM core.devices d WHERE d.owner_id = registrant;
            IF owned_active >= owner_limit OR NOT is_known AND owned >= 10 * owner_limit THEN
                outcome := 'too_many';
                RETURN NEXT;
                RETURN;
            END IF;
        END IF;
    END IF;
    IF NOT is_known OR NOT known.active OR known.group_id <> new_group THEN
        INSERT INTO core.groups (id, created_at) VALUES (new_group, at_time) ON CONFLICT DO NOTHING;
        PERFORM FROM core.groups g WHERE g.id = new_group FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the group is being dissolved' USING ERRCODE = 'serialization_failure';
        END IF;
        SELECT count(*) INTO members FROM core.devices d WHERE d.group_id = new_group AND d.active;
        IF members >= group_limit THEN
            outcome := 'full';
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    IF is_known THEN
        UPDATE core.devices d
        SET display_name = new_name, group_id = new_group, platform = coalesce(new_platform, d.platform),
            push_token = coalesce(new_token, d.push_token), active = true,
            updated_at = greatest(at_time, d.updated_at), last_seen_at = greatest(at_time, d.last_seen_at)
        WHERE d.device_id = device;
    ELSE
        INSERT INTO core.devices (
            device_id, display_name, group_id, platform, push_token, active, created_at, updated_at, last_seen_at,
            owner_id)
        VALUES (
            device, new_name, new_group, coalesce(new_platform, 'android'), new_token, true, at_time, at_time, at_time,
            registrant)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the device is being registered elsewhere' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    RETURN QUERY
        SELECT 'registered', d.display_name, d.group_id, d.platform, d.active, d.created_at, d.updated_at,
               d.last_seen_at, CASE WHEN is_known AND known.active THEN known.group_id END,
               d.captured_at, d.latitude, d.longitude, d.accuracy, d.altitude, d.bearing, d.speed, d.provider,
               d.battery_level, d.network_type
        FROM core.devices_with_last_location d WHERE d.device_id = device;
END $$;

-- Makes a group of people, whose owner is who makes it. Returns 'made', 'taken' (there is a group of that id), 'too_many'
-- (they are in as many as they may be in) or 'not_found' (there is no such user).
CREATE FUNCTION core.make_group(
    maker uuid, new_id text, new_name text, membership_limit integer, at_time timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM core.users u WHERE u.id = maker FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    END IF;
    IF (SELECT count(*) FROM core.group_members m WHERE m.user_id = maker) >= membership_limit THEN
        RETURN 'too_many';
    END IF;
    INSERT INTO core.groups (id, name, created_at) VALUES (new_id, new_name, at_time) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'taken';
    END IF;
    INSERT INTO core.group_members (group_id, user_id, role, joined_at) VALUES (new_id, maker, 'owner', at_time);
    RETURN 'made';
END $$;

-- Makes a group without members what it was before people came: gone, or, while devices refer to it, without a name. Who was
-- removed from it stays removed, because its codes from before may hold again for who becomes its owner. Called by who holds
-- the group's row.
CREATE FUNCTION core.retire_group(in_group text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM core.groups g
    WHERE g.id = in_group AND NOT EXISTS (SELECT FROM core.devices d WHERE d.group_id = in_group);
    IF NOT FOUND THEN
        UPDATE core.groups g SET name = NULL WHERE g.id = in_group;
    END IF;
END $$;

-- Ends a membership: one's own, or somebody else's, which an owner may end of anybody and an admin of members. Their devices
-- in the group are deactivated in the same transaction.
--
-- The first row has the outcome: 'left', 'dissolved' (they were the last), 'not_found' (the actor is in no such group),
-- 'no_member' (the leaver is not in it), 'forbidden', or 'owner' (who owns a group hands it over before they leave). A row
-- for each device that was deactivated follows.
CREATE FUNCTION core.end_membership(actor uuid, leaver uuid, in_group text, at_time timestamptz) RETURNS TABLE (
    outcome text, device_id uuid, display_name text, group_id text, platform text, active boolean,
    created_at timestamptz, updated_at timestamptz, last_seen_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    actor_role text;
    leaver_role text;
    has_others boolean;
BEGIN
    PERFORM FROM core.users u WHERE u.id = leaver FOR NO KEY UPDATE;
    PERFORM FROM core.devices d WHERE d.owner_id = leaver AND d.group_id = in_group AND d.active
        ORDER BY d.device_id FOR NO KEY UPDATE;
    PERFORM FROM core.groups g WHERE g.id = in_group FOR NO KEY UPDATE;
    SELECT m.role INTO actor_role FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = actor;
    SELECT m.role INTO leaver_role FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = leaver;
    has_others := EXISTS (SELECT FROM core.group_members m WHERE m.group_id = in_group AND m.user_id <> leaver);
    outcome := CASE
        WHEN actor_role IS NULL THEN 'not_found'
        WHEN leaver_role IS NULL THEN 'no_member'
        WHEN actor <> leaver AND (actor_role = 'member' OR actor_role = 'admin' AND leaver_role <> 'member')
            THEN 'forbidden'
        WHEN leaver_role = 'owner' AND has_others THEN 'owner'
        WHEN has_others THEN 'left'
        ELSE 'dissolved'
    END;
    RETURN NEXT;
    IF outcome NOT IN ('left', 'dissolved') THEN
        RETURN;
    END IF;
    DELETE FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = leaver;
    IF actor <> leaver THEN
        INSERT INTO core.group_removals AS r (group_id, user_id, removed_at) VALUES (in_group, leaver, at_time)
        ON CONFLICT (group_id, user_id) DO UPDATE SET removed_at = greatest(r.removed_at, excluded.removed_at);
    END IF;
    RETURN QUERY
        UPDATE core.devices d SET active = false, updated_at = greatest(at_time, d.updated_at)
        WHERE d.owner_id = leaver AND d.group_id = in_group AND d.active
        RETURNING 'device', d.device_id, d.display_name, d.group_id, d.platform, d.active, d.created_at, d.updated_at,
            d.last_seen_at;
    IF NOT has_others THEN
        PERFORM core.retire_group(in_group);
    END IF;
END $$;

-- Ends all memberships of a group, which its owner may. Members' devices in it are deactivated; a device of nobody's stays.
--
-- The first row has the outcome: 'dissolved', 'not_found' (the actor is in no such group) or 'forbidden'. A row for each
-- device that was deactivated follows.
CREATE FUNCTION core.dissolve_group(actor uuid, in_group text, at_time timestamptz) RETURNS TABLE (
    outcome text, device_id uuid, display_name text, group_id text, platform text, active boolean,
    created_at timestamptz, updated_at timestamptz, last_seen_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    actor_role text;
    members uuid[];
BEGIN
    SELECT m.role INTO actor_role FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = actor;
    IF actor_role = 'owner' THEN
        members := ARRAY(SELECT m.user_id FROM core.group_members m WHERE m.group_id = in_group);
        PERFORM FROM core.users u WHERE u.id = ANY (members) ORDER BY u.id FOR NO KEY UPDATE;
        PERFORM FROM core.devices d WHERE d.group_id = in_group AND d.active AND d.owner_id IS NOT NULL
            ORDER BY d.device_id FOR NO KEY UPDATE;
        PERFORM FROM core.groups g WHERE g.id = in_group FOR NO KEY UPDATE;
        SELECT m.role INTO actor_role FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = actor;
        IF EXISTS (
            SELECT FROM core.group_members m WHERE m.group_id = in_group AND m.user_id <> ALL (members)
        ) THEN
            RAISE EXCEPTION 'somebody has joined meanwhile' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    outcome := CASE
        WHEN actor_role IS NULL THEN 'not_found' WHEN actor_role <> 'owner' THEN 'forbidden' ELSE 'dissolved' END;
    RETURN NEXT;
    IF outcome <> 'dissolved' THEN
        RETURN;
    END IF;
    DELETE FROM core.group_members m WHERE m.group_id = in_group;
    RETURN QUERY
        UPDATE core.devices d SET active = false, updated_at = greatest(at_time, d.updated_at)
        WHERE d.group_id = in_group AND d.active AND d.owner_id IS NOT NULL
        RETURNING 'device', d.device_id, d.display_name, d.group_id, d.platform, d.active, d.created_at, d.updated_at,
            d.last_seen_at;
    PERFORM core.retire_group(in_group);
END $$;

-- Gives a member another role, 'admin' or 'member', which the owner may. Returns 'done', 'not_found' (the actor is in no such
-- group), 'forbidden', 'no_member', or 'owner' (one's own role changes by handing the group over).
CREATE FUNCTION core.change_role(actor uuid, target uuid, in_group text, new_role text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    actor_role text;
BEGIN
    PERFORM FROM core.groups g WHERE g.id = in_group FOR NO KEY UPDATE;
    SELECT m.role INTO actor_role FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = actor;
    IF actor_role IS NULL THEN
        RETURN 'not_found';
    ELSIF actor_role <> 'owner' THEN
        RETURN 'forbidden';
    ELSIF actor = target THEN
        RETURN 'owner';
    END IF;
    UPDATE core.group_members m SET role = new_role WHERE m.group_id = in_group AND m.user_id = target;
    RETURN CASE WHEN FOUND THEN 'done' ELSE 'no_member' END;
END $$;

-- Makes another member the owner; who was it becomes an admin. Returns 'done', 'not_found' (the actor is in no such group),
-- 'forbidden' (the actor is not the owner) or 'no_member'.
CREATE FUNCTION core.hand_over_group(actor uuid, target uuid, in_group text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    actor_role text;
BEGIN
    PERFORM FROM core.groups g WHERE g.id = in_group FOR NO KEY UPDATE;
    SELECT m.role INTO actor_role FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = actor;
    IF actor_role IS NULL THEN
        RETURN 'not_found';
    ELSIF actor_role <> 'owner' THEN
        RETURN 'forbidden';
    ELSIF actor = target THEN
        RETURN 'done';
    END IF;
    -- Locked, because an account that is being deleted takes its memberships along without asking for the group.
    PERFORM FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = target FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'no_member';
    END IF;
    UPDATE core.group_members m SET role = 'admin' WHERE m.group_id = in_group AND m.user_id = actor;
    UPDATE core.group_members m SET role = 'owner' WHERE m.group_id = in_group AND m.user_id = target;
    RETURN 'done';
END $$;

-- Gives a group another name, which its owner and admins may. Returns 'done', 'not_found' or 'forbidden'.
CREATE FUNCTION core.rename_group(actor uuid, in_group text, new_name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    actor_role text;
BEGIN
    PERFORM FROM core.groups g WHERE g.id = in_group FOR NO KEY UPDATE;
    SELECT m.role INTO actor_role FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = actor;
    IF actor_role IS NULL THEN
        RETURN 'not_found';
    ELSIF actor_role = 'member' THEN
        RETURN 'forbidden';
    END IF;
    UPDATE core.groups g SET name = new_name WHERE g.id = in_group;
    RETURN 'done';
END $$;

-- Makes a user the owner of a group that is there, for administrators: so a group that devices made gets its first person.
-- Who was the owner becomes an admin. Returns 'joined', 'done' (they were in it already), 'not_found' (no such group),
-- 'no_user', 'full' or 'too_many'.
CREATE FUNCTION core.appoint_owner(
    appointee uuid, in_group text, member_limit integer, membership_limit integer, at_time timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    is_member boolean;
BEGIN
    PERFORM FROM core.users u WHERE u.id = appointee FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'no_user';
    END IF;
    PERFORM FROM core.groups g WHERE g.id = in_group FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    END IF;
    is_member := EXISTS (
        SELECT FROM core.group_members m WHERE m.group_id = in_group AND m.user_id = appointee);
    IF NOT is_member THEN
        IF (SELECT count(*) FROM core.group_members m WHERE m.group_id = in_group) >= member_limit THEN
            RETURN 'full';
        END IF;
        IF (SELECT count(*) FROM core.group_members m WHERE m.user_id = appointee) >= membership_limit THEN
            RETURN 'too_many';
        END IF;
    END IF;
    UPDATE core.groups g SET name = g.id WHERE g.id = in_group AND g.name IS NULL;
    UPDATE core.group_members m SET role = 'admin'
        WHERE m.group_id = in_group AND m.role = 'owner' AND m.user_id <> appointee;
    INSERT INTO core.group_members AS m (group_id, user_id, role, joined_at)
        VALUES (in_group, appointee, 'owner', at_time)
        ON CONFLICT (group_id, user_id) DO UPDATE SET role = 'owner';
    RETURN CASE WHEN is_member THEN 'done' ELSE 'joined' END;
END $$;

-- Blocks somebody. Returns 'done', also for one who is blocked already, 'not_found' (no such user) or 'too_many'.
CREATE FUNCTION core.block_user(blocker uuid, target uuid, block_limit integer, at_time timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM core.users u WHERE u.id = blocker FOR NO KEY UPDATE;
    PERFORM FROM core.users u WHERE u.id = target FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    END IF;
    IF EXISTS (SELECT FROM core.blocks b WHERE b.blocker_id = blocker AND b.blocked_id = target) THEN
        RETURN 'done';
    END IF;
    IF (SELECT count(*) FROM core.blocks b WHERE b.blocker_id = blocker) >= block_limit THEN
        RETURN 'too_many';
    END IF;
    INSERT INTO core.blocks (blocker_id, blocked_id, created_at) VALUES (blocker, target, at_time);
    RETURN 'done';
END $$;

-- Tells the workers of all hubs, when the transaction commits, of jobs that may be had now or later. Once for all of them.
CREATE FUNCTION core.announce_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('core_jobs', '');
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OF run_at ON core.jobs
    FOR EACH ROW WHEN (NEW.locked_by IS NULL) EXECUTE FUNCTION core.announce_job();

-- The audit log tells of users too, who export and erase what is theirs.
ALTER TABLE core.audit_log ALTER COLUMN key_id DROP NOT NULL;
ALTER TABLE core.audit_log ALTER COLUMN key_prefix DROP NOT NULL;
ALTER TABLE core.audit_log ADD COLUMN user_id uuid;
ALTER TABLE core.audit_log ADD CHECK (
    (key_id IS NULL) <> (user_id IS NULL) AND (key_id IS NULL) = (key_prefix IS NULL));

-- How people sign in. Who they are is in core.users.

CREATE TABLE accounts.credentials (
    user_id             uuid PRIMARY KEY REFERENCES core.users (id) ON DELETE CASCADE,
    email               text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254),
    -- What two spellings of one address have in common: folded by the hub.
    email_key           text NOT NULL UNIQUE CHECK (octet_length(email_key) BETWEEN 3 AND 800),
    email_verified_at   timestamptz,
    -- Argon2id, as libsodium writes it; null for somebody who signs in elsewhere only.
    password_hash       text CHECK (octet_length(password_hash) BETWEEN 32 AND 200),
    password_changed_at timestamptz,
    -- Access tokens of older versions are refused.
    token_version       integer NOT NULL DEFAULT 1 CHECK (token_version > 0),
    provider            text NOT NULL DEFAULT 'local' CHECK (octet_length(provider) BETWEEN 1 AND 50),
    provider_subject    text CHECK (octet_length(provider_subject) <= 255),
    last_sign_in_at     timestamptz,
    -- An administrator's word: nothing opens the account until it is taken back.
    disabled_at         timestamptz,
    CHECK ((provider = 'local') = (provider_subject IS NULL)),
    CHECK (provider <> 'local' OR password_hash IS NOT NULL),
    UNIQUE (provider, provider_subject)
);

-- One sign-in, on one client, until it is ended or has not been used for as long as its refresh token lives.
CREATE TABLE accounts.sign_ins (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    -- One that has ended has expired too, so that it is swept up.
    ended_at     timestamptz,
    client_address text NOT NULL CHECK (octet_length(client_address) <= 64),
    user_agent   text CHECK (char_length(user_agent) <= 400),
    device_name  text CHECK (char_length(device_name) BETWEEN 1 AND 100),
    platform     text CHECK (char_length(platform) BETWEEN 1 AND 50),
    app_version  text CHECK (char_length(app_version) BETWEEN 1 AND 50),
    push_token   text CHECK (octet_length(push_token) <= 4096),
    -- The refresh token that was spent last, and its successor, sealed with it: a client that lost the answer gets that one
    -- again, for seconds (docs/adr/0023).
    spent_token  bytea CHECK (octet_length(spent_token) = 32),
    successor    bytea CHECK (octet_length(successor) = 60),
    rotated_at   timestamptz,
    CHECK ((spent_token IS NULL) = (successor IS NULL) AND (spent_token IS NULL) = (rotated_at IS NULL))
);
CREATE INDEX sign_ins_user ON accounts.sign_ins (user_id);
CREATE INDEX sign_ins_expiry ON accounts.sign_ins (expires_at);

-- Only hashes. A token that is used a second time ends its sign-in (RFC 9700, section 4.14.2).
CREATE TABLE accounts.refresh_tokens (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    sign_in_id uuid NOT NULL REFERENCES accounts.sign_ins (id) ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at   timestamptz
);
CREATE INDEX refresh_tokens_sign_in ON accounts.refresh_tokens (sign_in_id);
CREATE INDEX refresh_tokens_expiry ON accounts.refresh_tokens (expires_at);

-- Failures to sign in, by what was tried from where: a hash, which holds no address of anybody's in clear and is there for
-- accounts that are not, too.
CREATE TABLE accounts.attempts (
    subject       bytea PRIMARY KEY CHECK (octet_length(subject) = 32),
    failures      integer NOT NULL,
    tried_at      timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);
CREATE INDEX attempts_tried_at ON accounts.attempts (tried_at);

-- Counts a try of every subject as a failure, before the password is looked at, so that many at once are not more than
-- may be; accounts.forget_attempts takes it back. Beyond `free` failures each makes the next wait twice as long. Gives the
-- seconds that have to pass first, and then counts nothing; 0 if it may be tried.
CREATE FUNCTION accounts.attempt(subjects bytea[], free integer[], at_time timestamptz) RETURNS double precision
LANGUAGE plpgsql AS $$
DECLARE
    pause double precision := 0;
    blocked timestamptz;
BEGIN
    -- In one order for all, so that two cannot wait for each other.
    FOR i IN 1 .. cardinality(subjects) LOOP
        INSERT INTO accounts.attempts AS a (subject, failures, tried_at, blocked_until)
        VALUES (subjects[i], 0, at_time, to_timestamp(0))
        ON CONFLICT (subject) DO UPDATE SET
            failures = CASE WHEN a.tried_at < at_time - interval '1 day' THEN 0 ELSE a.failures END
        RETURNING a.blocked_until INTO blocked;
        pause := greatest(pause, extract(epoch FROM blocked - at_time));
    END LOOP;
    IF pause > 0 THEN
        RETURN pause;
    END IF;
    UPDATE accounts.attempts a SET
        failures = a.failures + 1,
        tried_at = at_time,
        -- Nothing before that counts: of two at once the one that began later may be counted first.
        blocked_until = CASE
            WHEN a.failures + 1 < f.free THEN to_timestamp(0)
            ELSE at_time + least(900, power(2, least(a.failures + 1 - f.free, 20))) * interval '1 second' END
    FROM unnest(subjects, free) AS f(subject, free) WHERE a.subject = f.subject;
    RETURN 0;
END $$;

-- Ends sign-ins of somebody; gives their ids. `which` is the one that ends, `stays` the one that does not.
CREATE FUNCTION accounts.end_sign_ins(who uuid, which uuid, stays uuid, at_time timestamptz) RETURNS SETOF uuid
LANGUAGE sql AS $$
    UPDATE accounts.sign_ins s SET ended_at = at_time, expires_at = least(s.expires_at, at_time)
    WHERE s.user_id = who AND s.ended_at IS NULL AND (which IS NULL OR s.id = which)
        AND (stays IS NULL OR s.id <> stays)
    RETURNING s.id
$$;

-- Begins a sign-in and forgets the failures before it, if the account still is what the password was compared with: same
-- version, not disabled. Past `most` sign-ins those end that were not used for longest; gives their ids, separated by
-- commas, in one row. No row: the account is not what it was.
CREATE FUNCTION accounts.begin_sign_in(
    who uuid, version integer, sign_in uuid, token bytea, at_time timestamptz, expiry timestamptz, address text,
    agent text, device text, device_platform text, device_version text, device_token text, most integer,
    subjects bytea[]
) RETURNS TABLE (ended text) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts.credentials c SET last_sign_in_at = at_time
    WHERE c.user_id = who AND c.token_version = version AND c.disabled_at IS NULL;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    WITH surplus AS (
        UPDATE accounts.sign_ins s SET ended_at = at_time, expires_at = least(s.expires_at, at_time)
        WHERE s.id IN (
            SELECT o.id FROM accounts.sign_ins o
            WHERE o.user_id = who AND o.ended_at IS NULL AND o.expires_at > at_time
            ORDER BY o.last_used_at DESC, o.id DESC OFFSET most - 1)
        RETURNING s.id
    )
    SELECT coalesce(string_agg(s.id::text, ','), '') INTO ended FROM surplus s;
    INSERT INTO accounts.sign_ins (
        id, user_id, created_at, last_used_at, expires_at, client_address, user_agent, device_name, platform,
        app_version, push_token)
    VALUES (
        sign_in, who, at_time, at_time, expiry, address, agent, device, device_platform, device_version, device_token);
    INSERT INTO accounts.refresh_tokens (token_hash, sign_in_id, issued_at, expires_at)
    VALUES (token, sign_in, at_time, expiry);
    DELETE FROM accounts.attempts a WHERE a.subject = ANY (subjects);
    RETURN NEXT;
END $$;

-- Spends a refresh token and issues its successor, once. A token that comes again ends its sign-in, whoever the second was,
-- unless nothing says that they are two (docs/adr/0023): it is the one that was spent last, less than `grace` ago, by the
-- same address and user agent; `answer` is then its successor as it was sealed. `outcome` is 'rotated', 'repeated',
-- 'reused', 'expired', 'ended' or 'unknown'.
CREATE FUNCTION accounts.rotate(
    token bytea, new_token bytea, sealed bytea, at_time timestamptz, grace interval, expiry timestamptz, address text,
    agent text
) RETURNS TABLE (outcome text, owner_id uuid, sign_in uuid, answer bytea) LANGUAGE plpgsql AS $$
DECLARE
    known accounts.refresh_tokens%ROWTYPE;
BEGIN
    -- What is over costs whoever sends it again no more than a look.
    SELECT CASE WHEN s.ended_at IS NOT NULL THEN 'ended' ELSE 'live' END, t.sign_in_id INTO outcome, sign_in
    FROM accounts.refresh_tokens t JOIN accounts.sign_ins s ON s.id = t.sign_in_id WHERE t.token_hash = token;
    IF outcome IS DISTINCT FROM 'live' THEN
        outcome := coalesce(outcome, 'unknown');
        RETURN NEXT;
        RETURN;
    END IF;
    outcome := 'unknown';
    SELECT * INTO known FROM accounts.refresh_tokens t WHERE t.token_hash = token FOR NO KEY UPDATE;
    IF FOUND THEN
        IF known.spent_at IS NOT NULL THEN
            SELECT s.user_id, s.successor INTO owner_id, answer
            FROM accounts.sign_ins s JOIN accounts.credentials c ON c.user_id = s.user_id
            WHERE s.id = sign_in AND s.ended_at IS NULL AND s.expires_at > at_time AND c.disabled_at IS NULL
                AND s.spent_token = token AND s.rotated_at > at_time - grace AND s.client_address = address
                AND s.user_agent IS NOT DISTINCT FROM agent;
            IF FOUND THEN
                outcome := 'repeated';
            ELSE
                UPDATE accounts.sign_ins s SET ended_at = at_time, expires_at = least(s.expires_at, at_time)
                WHERE s.id = sign_in AND s.ended_at IS NULL;
                outcome := CASE WHEN FOUND THEN 'reused' ELSE 'ended' END;
            END IF;
        ELSIF known.expires_at <= at_time THEN
            outcome := 'expired';
        ELSE
            UPDATE accounts.sign_ins s SET
                last_used_at = greatest(s.last_used_at, at_time), expires_at = expiry, client_address = address,
                user_agent = agent, spent_token = token, successor = sealed, rotated_at = at_time
            FROM accounts.credentials c
            WHERE s.id = sign_in AND s.ended_at IS NULL AND s.expires_at > at_time AND c.user_id = s.user_id
                AND c.disabled_at IS NULL
            RETURNING s.user_id INTO owner_id;
            IF FOUND THEN
                outcome := 'rotated';
                UPDATE accounts.refresh_tokens t SET spent_at = at_time WHERE t.token_hash = token;
                INSERT INTO accounts.refresh_tokens (token_hash, sign_in_id, issued_at, expires_at)
                VALUES (new_token, sign_in, at_time, expiry);
            ELSE
                outcome := 'ended';
            END IF;
        END IF;
    END IF;
    RETURN NEXT;
END $$;

-- Sets another password if the account still has `version`, raises the version and ends every sign-in but `stays`; gives
-- their ids, separated by commas, in one row. No row: the account is not what it was.
CREATE FUNCTION accounts.change_password(
    who uuid, version integer, new_hash text, stays uuid, at_time timestamptz
) RETURNS TABLE (ended text) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts.credentials c SET
        password_hash = new_hash, password_changed_at = at_time, token_version = c.token_version + 1
    WHERE c.user_id = who AND (version IS NULL OR c.token_version = version);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(string_agg(e::text, ','), '') INTO ended FROM accounts.end_sign_ins(who, NULL, stays, at_time) AS e;
    RETURN NEXT;
END $$;

-- Takes somebody out of every group they are in; with `shared_only`, out of one of those that others are in as well, if one
-- is left: so that not the rows of several groups, and of their conversations, are held at a time. A group that was theirs
-- goes to its oldest admin, or else to its oldest member; one that nobody is left in is dissolved, and its row stays only
-- while devices are in it. Gives what became of each: 'left', 'handed_over' or 'dissolved'.
CREATE FUNCTION accounts.leave_groups(who uuid, shared_only boolean) RETURNS TABLE (group_id text, change text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    mine record;
    heir uuid;
BEGIN
    -- Whoever takes a membership away holds the user's row first, and then the group's. Whoever only refers to them, as a
    -- message does, waits only if they go.
    IF shared_only THEN
        PERFORM FROM core.users u WHERE u.id = who FOR NO KEY UPDATE;
    ELSE
        PERFORM FROM core.users u WHERE u.id = who FOR UPDATE;
    END IF;
    FOR mine IN
        SELECT m.group_id AS id FROM core.group_members m
        WHERE m.user_id = who AND (NOT shared_only OR EXISTS (
            SELECT FROM core.group_members o WHERE o.group_id = m.group_id AND o.user_id <> who))
        ORDER BY m.group_id
    LOOP
        -- Whoever changes a group's members holds its row.
        IF shared_only THEN
            PERFORM FROM core.groups g WHERE g.id = mine.id FOR NO KEY UPDATE;
        ELSE
            PERFORM FROM core.groups g WHERE g.id = mine.id FOR UPDATE;
        END IF;
        CONTINUE WHEN shared_only AND NOT EXISTS (
            SELECT FROM core.group_members m WHERE m.group_id = mine.id AND m.user_id <> who);
        DELETE FROM core.group_members m WHERE m.group_id = mine.id AND m.user_id = who;
        CONTINUE WHEN NOT FOUND;
        group_id := mine.id;
        change := 'left';
        IF NOT EXISTS (SELECT FROM core.group_members m WHERE m.group_id = mine.id AND m.role = 'owner') THEN
            SELECT m.user_id INTO heir FROM core.group_members m WHERE m.group_id = mine.id
            ORDER BY m.role <> 'admin', m.joined_at, m.user_id LIMIT 1;
            IF FOUND THEN
                change := 'handed_over';
                UPDATE core.group_members m SET role = 'owner' WHERE m.group_id = mine.id AND m.user_id = heir;
            ELSE
                change := 'dissolved';
                PERFORM core.retire_group(mine.id);
            END IF;
        END IF;
        RETURN NEXT;
        EXIT WHEN shared_only;
    END LOOP;
END $$;

-- Takes whoever has closed their account out of what others see, before any of it is erased: their devices are deactivated,
-- and they leave a group that others are in; it is called again until it gives none. One that is theirs alone stays with
-- them until their devices are gone, so that it goes with them; nobody sees it. Gives the group they left, as
-- accounts.leave_groups does.
CREATE FUNCTION accounts.withdraw(who uuid, at_time timestamptz) RETURNS TABLE (group_id text, change text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    -- Users, devices, groups: the order of all who lock them.
    PERFORM FROM core.users u WHERE u.id = who FOR NO KEY UPDATE;
    PERFORM FROM core.devices d WHERE d.owner_id = who AND d.active ORDER BY d.device_id FOR NO KEY UPDATE;
    UPDATE core.devices d SET active = false, updated_at = greatest(at_time, d.updated_at)
    WHERE d.owner_id = who AND d.active;
    RETURN QUERY SELECT l.group_id, l.change FROM accounts.leave_groups(who, true) l;
END $$;

-- Nothing opens the account from now on, no invitation of theirs holds, and its address and name are free again; what is
-- left of it is removed by a job. Gives the sign-ins that ended, separated by commas, in one row. No row: there is no such account.
CREATE FUNCTION accounts.close(who uuid, at_time timestamptz) RETURNS TABLE (ended text) LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM accounts.credentials c WHERE c.user_id = who;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(string_agg(e::text, ','), '') INTO ended FROM accounts.end_sign_ins(who, NULL, NULL, at_time) AS e;
    -- Else somebody could join a group of theirs while it is being taken apart.
    DELETE FROM accounts.invitations i WHERE i.invited_by = who;
    -- Whoever looks for the name finds nobody; no folded name begins with a control character.
    UPDATE core.users u SET
        username = 'deleted', username_key = chr(1) || who::text, display_name = 'deleted',
        updated_at = greatest(at_time, u.updated_at)
    WHERE u.id = who;
    RETURN NEXT;
END $$;

-- Shuts an account, which ends its sign-ins, or opens it again; gives the sign-ins that ended, separated by commas, in one
-- row. No row: there is no such account. The core keeps it too, for areas whose tokens outlive a sign-in.
CREATE FUNCTION accounts.set_disabled(who uuid, is_disabled boolean, at_time timestamptz) RETURNS TABLE (ended text)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts.credentials c SET
        disabled_at = CASE WHEN is_disabled THEN coalesce(c.disabled_at, at_time) END
    WHERE c.user_id = who;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    ended := '';
    IF is_disabled THEN
        SELECT coalesce(string_agg(e::text, ','), '') INTO ended
        FROM accounts.end_sign_ins(who, NULL, NULL, at_time) AS e;
    END IF;
    UPDATE core.users u SET
        disabled_at = CASE WHEN is_disabled THEN coalesce(u.disabled_at, at_time) END
    WHERE u.id = who;
    RETURN NEXT;
END $$;

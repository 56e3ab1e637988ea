-- One-time tokens that go by mail (docs/adr/0027), and how people want to be notified (docs/adr/0028).

-- Only hashes: who reads this can neither reset a password nor confirm an address.
CREATE TABLE accounts.mail_tokens (
    token_hash   bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id      uuid NOT NULL REFERENCES accounts.credentials (user_id) ON DELETE CASCADE,
    purpose      text NOT NULL CHECK (purpose IN ('reset_password', 'verify_email')),
    -- The mail it went with. A mail that is sent again takes another token, and both work.
    mail_id      uuid NOT NULL,
    -- The address it went to, hashed: it proves that one, and none that came later.
    address_hash bytea NOT NULL CHECK (octet_length(address_hash) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX mail_tokens_user ON accounts.mail_tokens (user_id, purpose, created_at);
CREATE INDEX mail_tokens_expiry ON accounts.mail_tokens (expires_at);

-- Whatever changes a password makes worthless what was sent to reset the one before.
CREATE FUNCTION accounts.void_reset_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM accounts.mail_tokens WHERE user_id = NEW.user_id AND purpose = 'reset_password';
    RETURN NULL;
END $$;
CREATE TRIGGER credentials_void_reset_tokens AFTER UPDATE OF password_changed_at ON accounts.credentials
    FOR EACH ROW WHEN (OLD.password_changed_at IS DISTINCT FROM NEW.password_changed_at)
    EXECUTE FUNCTION accounts.void_reset_tokens();

-- Spends a token that resets a password: another password, a higher token version, no sign-in left. Of two at the same
-- time one finds it spent. Who could read the mail has the address. `outcome` is 'reset', 'expired' or 'unknown'; `ended`
-- has the sign-ins that ended, separated by commas.
--
-- What others may have left goes as well: an account elsewhere that was joined, and, if the address was never confirmed, a
-- second factor, which whoever registered it before its owner came has set up.
CREATE FUNCTION accounts.reset_password(token bytea, new_hash text, at_time timestamptz)
RETURNS TABLE (outcome text, who uuid, ended text) LANGUAGE plpgsql AS $$
DECLARE
    known accounts.mail_tokens%ROWTYPE;
BEGIN
    outcome := 'unknown';
    -- The account first, as whoever changes a password has it.
    PERFORM FROM accounts.credentials c
        WHERE c.user_id = (SELECT t.user_id FROM accounts.mail_tokens t
            WHERE t.token_hash = token AND t.purpose = 'reset_password')
        FOR NO KEY UPDATE;
    SELECT t.* INTO known FROM accounts.mail_tokens t
        WHERE t.token_hash = token AND t.purpose = 'reset_password' FOR UPDATE;
    IF FOUND THEN
        outcome := 'expired';
        IF known.expires_at > at_time THEN
            outcome := 'reset';
            who := known.user_id;
            DELETE FROM accounts.second_factors f USING accounts.credentials c
                WHERE f.user_id = who AND c.user_id = who AND c.email_verified_at IS NULL;
            UPDATE accounts.credentials c SET email_verified_at = coalesce(c.email_verified_at, at_time)
                WHERE c.user_id = who AND sha256(convert_to(c.email_key, 'UTF8')) = known.address_hash;
            SELECT p.ended INTO ended FROM accounts.change_password(who, NULL, new_hash, NULL, at_time) p;
            UPDATE accounts.credentials c SET provider = 'local', provider_subject = NULL
                WHERE c.user_id = who AND c.provider <> 'local';
            -- The trigger does so only if the moment of the change is another.
            DELETE FROM accounts.mail_tokens t WHERE t.user_id = who AND t.purpose = 'reset_password';
        END IF;
    END IF;
    RETURN NEXT;
END $$;

-- Spends a token that confirms an address, and with it all others that would. `outcome` is 'verified', 'expired' or
-- 'unknown', which an address that has changed since makes it too.
CREATE FUNCTION accounts.verify_email(token bytea, at_time timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    known accounts.mail_tokens%ROWTYPE;
BEGIN
    SELECT t.* INTO known FROM accounts.mail_tokens t
        WHERE t.token_hash = token AND t.purpose = 'verify_email' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'unknown';
    END IF;
    IF known.expires_at <= at_time THEN
        RETURN 'expired';
    END IF;
    DELETE FROM accounts.mail_tokens t WHERE t.user_id = known.user_id AND t.purpose = 'verify_email';
    UPDATE accounts.credentials c SET email_verified_at = coalesce(c.email_verified_at, at_time)
        WHERE c.user_id = known.user_id AND sha256(convert_to(c.email_key, 'UTF8')) = known.address_hash;
    RETURN CASE WHEN FOUND THEN 'verified' ELSE 'unknown' END;
END $$;

-- Who has no row is notified of all messages, by mail, at any hour.
CREATE TABLE accounts.notification_preferences (
    user_id     uuid PRIMARY KEY REFERENCES core.users (id) ON DELETE CASCADE,
    -- Those that are on.
    channels    text[] NOT NULL CHECK (cardinality(channels) <= 10),
    messages    text NOT NULL CHECK (messages IN ('all', 'direct', 'none')),
    invitations boolean NOT NULL DEFAULT true,
    -- Minutes of the day in `quiet_zone`; all three or none.
    quiet_start smallint CHECK (quiet_start BETWEEN 0 AND 1439),
    quiet_end   smallint CHECK (quiet_end BETWEEN 0 AND 1439 AND quiet_end <> quiet_start),
    quiet_zone  text CHECK (octet_length(quiet_zone) BETWEEN 1 AND 60),
    updated_at  timestamptz NOT NULL,
    CHECK ((quiet_start IS NULL) = (quiet_end IS NULL) AND (quiet_start IS NULL) = (quiet_zone IS NULL))
);

-- What somebody is still to be told, gathered: a row for all messages of one conversation. Never a text.
CREATE TABLE accounts.notices (
    user_id         uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    kind            text NOT NULL CHECK (kind IN ('direct_message', 'group_message', 'mention', 'invitation')),
    -- All zeros for what is of none.
    conversation_id uuid NOT NULL,
    count           integer NOT NULL,
    -- Of the newest; null for what has no number.
    last_seq        bigint,
    -- Who it came from last. No foreign key: it may be told of somebody who is gone, by no name.
    sender_id       uuid,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (user_id, kind, conversation_id)
) WITH (fillfactor = 80);

-- When quiet hours end that `at_time` lies in; null if it lies in none. Hours are those of the wall clock there: a night in
-- which it is moved is an hour shorter or longer. What the wall clock skips ends with the skip, what it shows twice ends
-- with the second time.
CREATE FUNCTION accounts.quiet_until(from_minute smallint, to_minute smallint, zone text, at_time timestamptz)
RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    wall timestamp;
    minute integer;
    day date;
BEGIN
    IF from_minute IS NULL THEN
        RETURN NULL;
    END IF;
    wall := at_time AT TIME ZONE zone;
    minute := extract(hour FROM wall) * 60 + extract(minute FROM wall);
    day := wall::date;
    IF from_minute < to_minute THEN
        IF minute < from_minute OR minute >= to_minute THEN
            RETURN NULL;
        END IF;
    ELSIF minute >= from_minute THEN
        day := day + 1;
    ELSIF minute >= to_minute THEN
        RETURN NULL;
    END IF;
    RETURN greatest((day + make_interval(mins => to_minute)) AT TIME ZONE zone, at_time + interval '1 second');
EXCEPTION WHEN invalid_parameter_value THEN
    -- A zone that Postgres does not know any more.
    RETURN NULL;
END $$;

-- Removes up to `most` rows of somebody's, of those of which there may be very many, so that few are left to go with their
-- row in core.users; returns how many, 0 if none are left (docs/adr/0033). One table a call, one short transaction.
CREATE FUNCTION accounts.erase_slice(who uuid, most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    DELETE FROM accounts.refresh_tokens t WHERE t.token_hash = ANY (ARRAY(
        SELECT r.token_hash FROM accounts.sign_ins s JOIN accounts.refresh_tokens r ON r.sign_in_id = s.id
        WHERE s.user_id = who LIMIT most));
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        RETURN gone;
    END IF;
    DELETE FROM accounts.sign_ins s WHERE s.id = ANY (ARRAY(
        SELECT o.id FROM accounts.sign_ins o WHERE o.user_id = who LIMIT most));
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        RETURN gone;
    END IF;
    DELETE FROM accounts.invitations i WHERE i.id = ANY (ARRAY(
        (SELECT o.id FROM accounts.invitations o WHERE o.invited_by = who LIMIT most)
        UNION ALL (SELECT o.id FROM accounts.invitations o WHERE o.invitee_id = who LIMIT most)
        LIMIT most));
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        RETURN gone;
    END IF;
    DELETE FROM accounts.notices n USING (
        SELECT o.user_id, o.kind, o.conversation_id FROM accounts.notices o WHERE o.user_id = who LIMIT most) o
    WHERE n.user_id = o.user_id AND n.kind = o.kind AND n.conversation_id = o.conversation_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        RETURN gone;
    END IF;
    -- What others are still to be told, by their name no more. Notices wait for minutes, so that they are few; they have no
    -- index by who it was.
    UPDATE accounts.notices n SET sender_id = NULL FROM (
        SELECT o.user_id, o.kind, o.conversation_id FROM accounts.notices o WHERE o.sender_id = who
        ORDER BY o.user_id, o.kind, o.conversation_id LIMIT most FOR UPDATE) o
    WHERE n.user_id = o.user_id AND n.kind = o.kind AND n.conversation_id = o.conversation_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        RETURN gone;
    END IF;
    DELETE FROM core.blocks b USING (
        (SELECT o.blocker_id, o.blocked_id FROM core.blocks o WHERE o.blocker_id = who LIMIT most)
        UNION ALL (SELECT o.blocker_id, o.blocked_id FROM core.blocks o WHERE o.blocked_id = who LIMIT most)
        LIMIT most) o
    WHERE b.blocker_id = o.blocker_id AND b.blocked_id = o.blocked_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;

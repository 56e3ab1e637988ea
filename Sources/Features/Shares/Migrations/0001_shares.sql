-- Where somebody is, shown for a while to whoever has the link (docs/adr/0048). Only the hash of what is in the link is kept.

CREATE TABLE shares.shares (
    id         uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    user_id    uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    device_id  uuid NOT NULL REFERENCES core.devices (device_id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at AND expires_at <= created_at + interval '7 days')
);
CREATE INDEX shares_user ON shares.shares (user_id, id);
CREATE INDEX shares_device ON shares.shares (device_id);
CREATE INDEX shares_expiry ON shares.shares (expires_at);

-- Makes a share of a device that is the user's and active, unless as many are open as may be. Returns 'made', 'not_found' or
-- 'too_many'. Whoever makes one holds the user's row, so that two at once are counted one after the other.
CREATE FUNCTION shares.make(
    new_id uuid, new_hash bytea, maker uuid, of_device uuid, at_time timestamptz, until_time timestamptz,
    open_limit integer
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM core.users u WHERE u.id = maker FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT FROM core.devices d WHERE d.device_id = of_device AND d.owner_id = maker AND d.active
    ) THEN
        RETURN 'not_found';
    END IF;
    IF (SELECT count(*) FROM shares.shares s WHERE s.user_id = maker AND s.expires_at > at_time) >= open_limit THEN
        RETURN 'too_many';
    END IF;
    INSERT INTO shares.shares (id, token_hash, user_id, device_id, created_at, expires_at)
    VALUES (new_id, new_hash, maker, of_device, at_time, until_time);
    RETURN 'made';
END $$;

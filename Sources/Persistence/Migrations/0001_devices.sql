-- API keys, groups and devices (stories 1.4, 2.1 to 2.6).

CREATE TABLE core.api_keys (
    id           uuid PRIMARY KEY,
    key_hash     bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    key_prefix   text NOT NULL CHECK (char_length(key_prefix) BETWEEN 1 AND 16),
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    is_admin     boolean NOT NULL DEFAULT false,
    is_active    boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_keys_prefix ON core.api_keys (key_prefix);

-- A group is made by the first device that registers in it; whoever may change the number of its active devices
-- holds this row's lock.
CREATE TABLE core.groups (
    id         text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{2,50}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Room in the pages keeps the frequent update of last_seen_at within the page and out of the indexes.
CREATE TABLE core.devices (
    device_id    uuid PRIMARY KEY,
    display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 2 AND 50),
    group_id     text NOT NULL REFERENCES core.groups (id),
    platform     text NOT NULL DEFAULT 'android' CHECK (char_length(platform) BETWEEN 1 AND 50),
    push_token   text CHECK (char_length(push_token) <= 4096),
    active       boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX devices_active_by_group ON core.devices (group_id) WHERE active;

-- A writer that sets updated_at itself is believed; any other change of what people see is stamped.
CREATE FUNCTION core.stamp_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER devices_updated_at
    BEFORE UPDATE OF display_name, group_id, platform, push_token, active ON core.devices
    FOR EACH ROW EXECUTE FUNCTION core.stamp_updated_at();

CREATE MATERIALIZED VIEW core.group_member_counts AS
    SELECT g.id AS group_id,
           count(d.device_id)::integer AS member_count,
           max(d.last_seen_at) AS last_activity
    FROM core.groups g
    LEFT JOIN core.devices d ON d.group_id = g.id AND d.active
    GROUP BY g.id;
CREATE UNIQUE INDEX group_member_counts_group ON core.group_member_counts (group_id);

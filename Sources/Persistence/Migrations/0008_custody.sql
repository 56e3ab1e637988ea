-- The audit log, erasure, and what administrators need (stories 4.7 and 4.8).

-- Who did what, and what came of it. No foreign keys: an entry outlives the key and the device it tells of. Positions
-- never come here.
CREATE TABLE core.audit_log (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL,
    key_id         uuid NOT NULL,
    key_prefix     text NOT NULL CHECK (octet_length(key_prefix) <= 64),
    operation      text NOT NULL CHECK (octet_length(operation) BETWEEN 1 AND 100),
    target         text CHECK (octet_length(target) <= 200),
    outcome        text NOT NULL CHECK (
        outcome IN ('started', 'done', 'refused', 'not_found', 'conflict', 'cut_off', 'failed')),
    affected       bigint,
    attempts       integer NOT NULL DEFAULT 1 CHECK (attempts >= 1),
    detail         text CHECK (octet_length(detail) <= 200),
    request_id     text NOT NULL CHECK (octet_length(request_id) <= 200),
    client_address text NOT NULL CHECK (octet_length(client_address) <= 200)
);
CREATE INDEX audit_log_at ON core.audit_log (at, id);
CREATE INDEX audit_log_target ON core.audit_log (target, id) WHERE target IS NOT NULL;

-- The log takes additions only. What is older than the retention goes through core.remove_old_audit, and through nothing
-- else that does not first drop the triggers.
CREATE FUNCTION core.keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('core.audit_retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log takes additions only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_log_append_only
    BEFORE UPDATE OR DELETE ON core.audit_log FOR EACH ROW EXECUTE FUNCTION core.keep_audit_log();
CREATE TRIGGER audit_log_not_truncated
    BEFORE TRUNCATE ON core.audit_log FOR EACH STATEMENT EXECUTE FUNCTION core.keep_audit_log();

-- Removes up to row_limit entries from before cutoff; returns how many. One short transaction a call.
CREATE FUNCTION core.remove_old_audit(cutoff timestamptz, row_limit integer) RETURNS bigint
LANGUAGE plpgsql SET core.audit_retention = 'on' AS $$
DECLARE
    gone bigint;
BEGIN
    DELETE FROM core.audit_log WHERE id IN (
        SELECT a.id FROM core.audit_log a WHERE a.at < cutoff ORDER BY a.at, a.id LIMIT row_limit);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;

-- Devices that were erased, for as long as some hub may still hold what they reported before. A device that registers
-- again under the same id takes nothing that was received before that.
CREATE TABLE core.erasures (
    device_id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
CREATE INDEX erasures_at ON core.erasures (erased_at);

ALTER TABLE core.devices ADD COLUMN accepts_since timestamptz;

CREATE FUNCTION core.remember_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM core.erasures e WHERE e.device_id = NEW.device_id) THEN
        NEW.accepts_since := NEW.created_at;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER devices_remember_erasure
    BEFORE INSERT ON core.devices FOR EACH ROW EXECUTE FUNCTION core.remember_erasure();

-- For lists of administrators. Not on last_seen_at, whose many updates would then touch every index.
CREATE INDEX devices_inactive ON core.devices (device_id) WHERE NOT active;
CREATE INDEX devices_by_group ON core.devices (group_id, device_id);
CREATE INDEX stream_tickets_device ON core.stream_tickets (device_id) WHERE device_id IS NOT NULL;

DROP FUNCTION core.erase_device(uuid);

-- Deletes up to row_limit of a device's locations, the oldest first; returns how many. One short transaction a call, which
-- shuts nobody out.
--
-- inactive_since: if given, only of a device that is inactive and was last seen before it.
CREATE FUNCTION core.erase_location_batch(device uuid, row_limit integer, inactive_since timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    boundary timestamptz;
    gone bigint;
BEGIN
    IF inactive_since IS NOT NULL THEN
        PERFORM FROM core.devices d
            WHERE d.device_id = device AND NOT d.active AND d.last_seen_at < inactive_since FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RETURN 0;
        END IF;
    END IF;
    SELECT max(captured_at) INTO boundary FROM (
        SELECT l.captured_at FROM core.locations l WHERE l.device_id = device ORDER BY l.captured_at LIMIT row_limit
    ) AS oldest;
    DELETE FROM core.locations l WHERE l.device_id = device AND l.captured_at <= boundary;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;

-- Removes a device and what locations are left of it, for ever. Gives one row, the device as it was, or none if it is
-- not there (or, with inactive_since, is not inactive and unseen since then).
--
-- Writers of locations are shut out from before it deletes until it commits, so that no batch under way can leave one
-- behind; core.erase_location_batch is called first until little is left, so that this is a moment. The lock is of the
-- parent alone, by way of which everybody writes. The device's row comes first: whoever waits for that holds nothing.
CREATE FUNCTION core.erase_device(device uuid, at_time timestamptz, inactive_since timestamptz) RETURNS TABLE (
    removed bigint, display_name text, group_id text, platform text, active boolean, created_at timestamptz,
    updated_at timestamptz, last_seen_at timestamptz
) LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
#variable_conflict use_column
DECLARE
    known core.devices%ROWTYPE;
    gone bigint;
BEGIN
    SELECT * INTO known FROM core.devices d WHERE d.device_id = device FOR UPDATE;
    IF NOT FOUND OR (inactive_since IS NOT NULL AND (known.active OR known.last_seen_at >= inactive_since)) THEN
        RETURN;
    END IF;
    LOCK TABLE ONLY core.locations IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM core.locations l WHERE l.device_id = device;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM core.devices d WHERE d.device_id = device;
    DELETE FROM core.stream_tickets t WHERE t.device_id = device;
    INSERT INTO core.erasures AS e (device_id, erased_at) VALUES (device, at_time)
        ON CONFLICT (device_id) DO UPDATE SET erased_at = greatest(e.erased_at, excluded.erased_at);
    RETURN QUERY SELECT gone, known.display_name, known.group_id, known.platform, known.active, known.created_at,
        known.updated_at, known.last_seen_at;
END $$;

-- Brings a deactivated device back into its group, deciding the group's limit as core.register_device does: the device's
-- row, then its group's. Gives one row: `outcome` is 'reactivated', 'active' (it was already), 'full' or 'not_found'; the
-- rest is null for the last two.
CREATE FUNCTION core.reactivate_device(device uuid, group_limit integer, at_time timestamptz) RETURNS TABLE (
    outcome text, display_name text, group_id text, platform text, active boolean, created_at timestamptz,
    updated_at timestamptz, last_seen_at timestamptz, captured_at timestamptz, latitude double precision,
    longitude double precision, accuracy double precision, altitude double precision, bearing double precision,
    speed double precision, provider text, battery_level smallint, network_type text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    known core.devices%ROWTYPE;
    members integer;
BEGIN
    SELECT * INTO known FROM core.devices d WHERE d.device_id = device FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    IF NOT known.active THEN
        PERFORM FROM core.groups g WHERE g.id = known.group_id FOR NO KEY UPDATE;
        SELECT count(*) INTO members FROM core.devices d WHERE d.group_id = known.group_id AND d.active;
        IF members >= group_limit THEN
            outcome := 'full';
            RETURN NEXT;
            RETURN;
        END IF;
        UPDATE core.devices d SET active = true, updated_at = greatest(at_time, d.updated_at)
        WHERE d.device_id = device;
    END IF;
    RETURN QUERY
        SELECT CASE WHEN known.active THEN 'active' ELSE 'reactivated' END, d.display_name, d.group_id, d.platform,
               d.active, d.created_at, d.updated_at, d.last_seen_at, d.captured_at, d.latitude, d.longitude, d.accuracy,
               d.altitude, d.bearing, d.speed, d.provider, d.battery_level, d.network_type
        FROM core.devices_with_last_location d WHERE d.device_id = device;
END $$;

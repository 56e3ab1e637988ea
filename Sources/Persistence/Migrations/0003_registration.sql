-- Registration in one round trip (stories 2.1 to 2.3).
--
-- Locks are taken in one order: the device, then the one group it goes to. Nobody holds a group's lock while waiting
-- for a device's, and nobody holds two groups', so registrations and moves cannot deadlock. Leaving a group needs no
-- lock of that group: it can only make room.
--
-- Gives one row. `outcome` is 'registered' or 'full'; the rest is null when it is 'full'. `previous_group` is the group
-- the device was active in before. Fails with serialization_failure, to be tried again, if the same new device is
-- being registered elsewhere at this moment.
CREATE FUNCTION core.register_device(
    device uuid, new_name text, new_group text, new_platform text, new_token text, group_limit integer,
    at_time timestamptz
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
BEGIN
    SELECT * INTO known FROM core.devices d WHERE d.device_id = device FOR NO KEY UPDATE;
    is_known := FOUND;
    IF NOT is_known OR NOT known.active OR known.group_id <> new_group THEN
        INSERT INTO core.groups (id, created_at) VALUES (new_group, at_time) ON CONFLICT DO NOTHING;
        PERFORM FROM core.groups g WHERE g.id = new_group FOR NO KEY UPDATE;
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
            device_id, display_name, group_id, platform, push_token, active, created_at, updated_at, last_seen_at)
        VALUES (
            device, new_name, new_group, coalesce(new_platform, 'android'), new_token, true, at_time, at_time, at_time)
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

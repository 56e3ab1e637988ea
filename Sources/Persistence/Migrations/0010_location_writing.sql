-- How the journal's batches of locations are written (ADR 56, 59).

-- How often devices were removed. It is no table's: whoever reads it sees the number as it is, whatever its snapshot, and a
-- removal that is rolled back has been counted too, which costs a look at the devices and no more.
CREATE SEQUENCE core.device_removals;
-- Without this the first removal would leave last_value as it is.
SELECT nextval('core.device_removals');

-- Counts behind the lock by which core.erase_device shuts writers out, and which is held until the commit: a writer reads the
-- number behind its own lock, so no removal is under way that has counted already and is not to be seen yet.
--
-- By hand: such a statement shuts writers out until its transaction ends, also if it finds no row.
CREATE FUNCTION core.count_device_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE ONLY core.locations IN SHARE ROW EXCLUSIVE MODE;
    PERFORM nextval('core.device_removals');
    RETURN NULL;
END $$;

CREATE TRIGGER devices_count_removals
    AFTER DELETE OR UPDATE OF device_id, accepts_since OR TRUNCATE ON core.devices
    FOR EACH STATEMENT EXECUTE FUNCTION core.count_device_removal();

-- Inserts the rows whose device is known; those that are there already are left alone, so that a batch may be written again.
--
-- A device that was erased and registered again takes nothing that was received before that (accepts_since), so that what a
-- journal still holds of it does not come back.
--
-- senders: the devices of the rows that are to be looked at. All of them, or with removals_seen those that were not known when
--   core.device_removals had that value: if it still has, the others are known (ADR 59).
-- are_new: whether the rows are believed not to be there. They are then inserted without a look for each of them, which
--   takes a third less; if one is there after all, they are inserted again with care, and the first attempt was in vain.
--
-- Gives one row: the devices that are not known (null if all are), whether rows that were called new were there, what
-- core.device_removals was while it looked, and the latest accepts_since of the devices it looked at.
CREATE FUNCTION core.write_locations(
    senders uuid[], removals_seen bigint, devices uuid[], captured timestamptz[], received timestamptz[],
    latitudes double precision[], longitudes double precision[], accuracies double precision[],
    altitudes double precision[], bearings double precision[], speeds double precision[], providers text[],
    battery_levels smallint[], network_types text[], are_new boolean,
    OUT unknown uuid[], OUT were_there boolean, OUT removals bigint, OUT accepts_since timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    known_senders bigint;
BEGIN
    were_there := false;
    -- Before the look at the devices: core.erase_device locks writers out from before it deletes until it commits, and who
    -- waited for it has to see that the device is gone.
    LOCK TABLE ONLY core.locations IN ROW EXCLUSIVE MODE;
    SELECT r.last_value INTO removals FROM core.device_removals r;
    IF removals_seen <> removals THEN
        senders := ARRAY(SELECT DISTINCT d.id FROM unnest(devices) AS d (id));
    END IF;
    -- LIMIT keeps the planner, which cannot see how long an array is, from reading all devices.
    SELECT count(*), max(known.accepts_since) INTO known_senders, accepts_since
        FROM unnest(senders) AS sender (device_id)
        CROSS JOIN LATERAL (
            SELECT d.accepts_since FROM core.devices d WHERE d.device_id = sender.device_id LIMIT 1
        ) AS known;
    IF are_new AND known_senders = cardinality(senders)
        AND (accepts_since IS NULL OR accepts_since < (SELECT min(r.at) FROM unnest(received) AS r (at)))
    THEN
        BEGIN
            -- Each array by itself, which gives row after row; in FROM they would be gathered in a table first.
            INSERT INTO core.locations (
                device_id, captured_at, created_at, latitude, longitude, accuracy, altitude, bearing, speed, provider,
                battery_level, network_type)
            SELECT unnest(devices), unnest(captured), unnest(received), unnest(latitudes), unnest(longitudes),
                unnest(accuracies), unnest(altitudes), unnest(bearings), unnest(speeds), unnest(providers),
                unnest(battery_levels), unnest(network_types);
            RETURN;
        EXCEPTION WHEN unique_violation THEN
            were_there := true;
        END;
    END IF;
    IF removals_seen IS NOT NULL THEN
        senders := ARRAY(SELECT DISTINCT d.id FROM unnest(devices) AS d (id));
    END IF;
    -- IS TRUE keeps the planner from joining by a nested loop: it looks each row's device up in a hash of the known ones.
    WITH known AS MATERIALIZED (
        SELECT d.device_id, d.accepts_since FROM core.devices d WHERE d.device_id = ANY (senders)
    ), written AS (
        INSERT INTO core.locations (
            device_id, captured_at, created_at, latitude, longitude, accuracy, altitude, bearing, speed, provider,
            battery_level, network_type)
        SELECT g.* FROM unnest(
            devices, captured, received, latitudes, longitudes, accuracies, altitudes, bearings, speeds, providers,
            battery_levels, network_types) AS g (device_id, captured_at, created_at)
        WHERE (g.device_id IN (SELECT k.device_id FROM known k)) IS TRUE
            AND (NOT EXISTS (SELECT FROM known k WHERE k.accepts_since IS NOT NULL)
                OR g.created_at > (
                    SELECT coalesce(k.accepts_since, '-infinity') FROM known k WHERE k.device_id = g.device_id))
        ON CONFLICT DO NOTHING
    )
    SELECT ARRAY(
            SELECT sender.device_id FROM unnest(senders) AS sender (device_id)
            WHERE sender.device_id NOT IN (SELECT k.device_id FROM known k)),
            (SELECT max(k.accepts_since) FROM known k)
        INTO unknown, accepts_since;
END $$;

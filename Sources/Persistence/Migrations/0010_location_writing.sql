-- How the journal's batches of locations are written (ADR 56).

-- Inserts the rows whose device is known. Gives the devices that are not, and null if some of the rows were there already;
-- those are left alone, so that a batch may be written again.
--
-- A device that was erased and registered again takes nothing that was received before that (accepts_since), so that what a
-- journal still holds of it does not come back.
--
-- senders: every device of the rows once.
-- are_new: whether the rows are believed not to be there. They are then inserted without a look for each of them, which
--   takes a third less; if one is there after all, they are inserted again with care, and the first attempt was in vain.
CREATE FUNCTION core.write_locations(
    senders uuid[], devices uuid[], captured timestamptz[], received timestamptz[], latitudes double precision[],
    longitudes double precision[], accuracies double precision[], altitudes double precision[],
    bearings double precision[], speeds double precision[], providers text[], battery_levels smallint[],
    network_types text[], are_new boolean
) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    known_senders bigint;
    bound timestamptz; -- the latest accepts_since of them
BEGIN
    -- Before the look at the devices: core.erase_device locks writers out from before it deletes until it commits, and who
    -- waited for it has to see that the device is gone.
    LOCK TABLE ONLY core.locations IN ROW EXCLUSIVE MODE;
    -- LIMIT keeps the planner, which cannot see how long an array is, from reading all devices.
    SELECT count(*), max(known.accepts_since) INTO known_senders, bound
        FROM unnest(senders) AS sender (device_id)
        CROSS JOIN LATERAL (
            SELECT d.accepts_since FROM core.devices d WHERE d.device_id = sender.device_id LIMIT 1
        ) AS known;
    IF are_new AND known_senders = cardinality(senders)
        AND (bound IS NULL OR bound < (SELECT min(r.at) FROM unnest(received) AS r (at)))
    THEN
        BEGIN
            INSERT INTO core.locations (
                device_id, captured_at, created_at, latitude, longitude, accuracy, altitude, bearing, speed, provider,
                battery_level, network_type)
            SELECT * FROM unnest(
                devices, captured, received, latitudes, longitudes, accuracies, altitudes, bearings, speeds, providers,
                battery_levels, network_types);
            RETURN;
        EXCEPTION WHEN unique_violation THEN
            RETURN NEXT NULL;
        END;
    END IF;
    -- IS TRUE keeps the planner from joining by a nested loop: it looks each row's device up in a hash of the known ones.
    RETURN QUERY
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
        SELECT sender.device_id FROM unnest(senders) AS sender (device_id)
        WHERE sender.device_id NOT IN (SELECT k.device_id FROM known k);
END $$;

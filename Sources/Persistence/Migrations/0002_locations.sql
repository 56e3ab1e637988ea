-- Locations, one partition a day of captured_at in UTC (stories 3.1 to 3.6).

-- There is no foreign key to core.devices: it would lock the device's row for every batch, and lock core.devices itself
-- whenever a partition comes or goes. The statement that inserts looks its devices up instead, which costs less, and
-- core.erase_device shuts writers out while it erases.
CREATE TABLE core.locations (
    device_id     uuid NOT NULL,
    captured_at   timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    latitude      double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude     double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    accuracy      double precision NOT NULL CHECK (accuracy >= 0 AND accuracy < 'Infinity'),
    altitude      double precision CHECK (altitude > '-Infinity' AND altitude < 'Infinity'),
    bearing       double precision CHECK (bearing BETWEEN 0 AND 360),
    speed         double precision CHECK (speed >= 0 AND speed < 'Infinity'),
    provider      text CHECK (octet_length(provider) <= 255),
    battery_level smallint CHECK (battery_level BETWEEN 0 AND 100),
    network_type  text CHECK (octet_length(network_type) <= 255),
    PRIMARY KEY (device_id, captured_at)
) PARTITION BY RANGE (captured_at);

-- Rows arrive in the order of created_at, so a block range index finds old ones and costs an insert next to nothing.
CREATE INDEX locations_created_at ON core.locations USING brin (created_at) WITH (pages_per_range = 32);

-- Takes what no day's partition takes (imports, a clock that jumped), so that nothing can fail for want of one.
CREATE TABLE core.locations_default PARTITION OF core.locations DEFAULT;

-- Makes the partitions of the days from first_day to last_day, both included, that are not there yet, and moves into
-- them what the default partition holds of those days. Returns how many it made. Safe to call from several hubs.
CREATE FUNCTION core.ensure_location_partitions(first_day date, last_day date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    this_day date;
    partition_name text;
    day_start timestamptz;
    day_end timestamptz;
    made integer := 0;
BEGIN
    IF last_day - first_day > 4000 THEN
        RAISE EXCEPTION 'refusing to make % partitions', last_day - first_day + 1
            USING ERRCODE = 'program_limit_exceeded';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('core.locations'), 1);
    FOR this_day IN SELECT generate_series(first_day, last_day, interval '1 day')::date LOOP
        partition_name := 'locations_' || to_char(this_day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('core.' || partition_name) IS NOT NULL;
        day_start := this_day::timestamp AT TIME ZONE 'UTC';
        day_end := (this_day + 1)::timestamp AT TIME ZONE 'UTC';
        EXECUTE format('CREATE TABLE core.%I (LIKE core.locations INCLUDING ALL)', partition_name);
        -- Nobody may put a row of this day into the default partition between the move and the attachment.
        LOCK TABLE core.locations_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format(
            'WITH moved AS (DELETE FROM core.locations_default WHERE captured_at >= %L AND captured_at < %L RETURNING *)
             INSERT INTO core.%I SELECT * FROM moved', day_start, day_end, partition_name);
        EXECUTE format(
            'ALTER TABLE core.locations ATTACH PARTITION core.%I FOR VALUES FROM (%L) TO (%L)',
            partition_name, day_start, day_end);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Deletes up to `row_limit` rows received before `cutoff`; returns how many. One short transaction a call.
CREATE FUNCTION core.delete_location_batch(cutoff timestamptz, row_limit integer) RETURNS bigint
LANGUAGE sql AS $$
    WITH old AS (
        SELECT tableoid, ctid FROM core.locations WHERE created_at < cutoff LIMIT row_limit
    ), gone AS (
        DELETE FROM core.locations l USING old WHERE l.tableoid = old.tableoid AND l.ctid = old.ctid RETURNING 1
    )
    SELECT count(*) FROM gone
$$;

-- Drops the partitions all of whose rows were received before `cutoff`; returns how many rows went with them.
-- Gives up with lock_not_available rather than holding up writers behind a long reader.
CREATE FUNCTION core.drop_old_location_partitions(cutoff timestamptz) RETURNS bigint
LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
DECLARE
    old_partition record;
    has_newer boolean;
    rows_in_it bigint;
    dropped bigint := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('core.locations'), 1);
    FOR old_partition IN
        SELECT c.relname, to_date(substr(c.relname, 11), 'YYYYMMDD') AS day
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'core.locations'::regclass AND c.relname ~ '^locations_[0-9]{8}$'
        ORDER BY c.relname
    LOOP
        EXIT WHEN (old_partition.day + 1)::timestamp AT TIME ZONE 'UTC' > cutoff;
        EXECUTE format('LOCK TABLE core.%I IN SHARE MODE', old_partition.relname);
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM core.%I WHERE created_at >= %L)', old_partition.relname, cutoff)
            INTO has_newer;
        CONTINUE WHEN has_newer;
        EXECUTE format('SELECT count(*) FROM core.%I', old_partition.relname) INTO rows_in_it;
        EXECUTE format('DROP TABLE core.%I', old_partition.relname);
        dropped := dropped + rows_in_it;
    END LOOP;
    RETURN dropped;
END $$;

-- Removes what was received more than retention_days ago (story 3.6): whole partitions, then the rest in batches of
-- 10,000. Returns how many rows went. The hub's job calls the two parts itself, so that every batch commits alone.
CREATE FUNCTION core.cleanup_old_locations(retention_days integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    cutoff timestamptz := now() - make_interval(days => retention_days);
    removed bigint;
    batch bigint;
BEGIN
    IF retention_days < 1 THEN
        RAISE EXCEPTION 'retention_days must be at least 1' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    removed := core.drop_old_location_partitions(cutoff);
    LOOP
        batch := core.delete_location_batch(cutoff, 10000);
        removed := removed + batch;
        EXIT WHEN batch = 0;
    END LOOP;
    RETURN removed;
END $$;

CREATE VIEW core.devices_with_last_location AS
    SELECT d.device_id, d.display_name, d.group_id, d.platform, d.active, d.created_at, d.updated_at, d.last_seen_at,
           l.captured_at, l.latitude, l.longitude, l.accuracy, l.altitude, l.bearing, l.speed, l.provider,
           l.battery_level, l.network_type
    FROM core.devices d
    LEFT JOIN LATERAL (
        SELECT * FROM core.locations l WHERE l.device_id = d.device_id ORDER BY l.captured_at DESC LIMIT 1
    ) l ON true;

-- Removes a device and every location of it. Writers are shut out from before it looks until it commits, so that no
-- batch under way can leave a location behind.
CREATE FUNCTION core.erase_device(device uuid) RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
BEGIN
    LOCK TABLE core.locations IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM core.locations WHERE device_id = device;
    DELETE FROM core.devices WHERE device_id = device;
    RETURN FOUND;
END $$;

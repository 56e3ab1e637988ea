-- What somebody's points have made of them (docs/adr/0040). All of it follows from the points; points come and never go
-- singly, so that the first and the last of anything, and what was ever visited, can be kept by comparing alone. They go with
-- the device that they came from; then it is counted anew (docs/adr/0051).

-- Cells that somebody has been in, for everybody: looked up once.
CREATE TABLE travel.h3_cells (
    cell    bigint PRIMARY KEY,
    res     smallint NOT NULL CHECK (res IN (6, 8)),
    -- ISO 3166-1 and 3166-2; nothing at sea, and no region where a country has none.
    country text COLLATE "C",
    region  text COLLATE "C",
    -- Whether its centre lies within borders and not off their coast: those count when a country's are counted.
    is_land boolean NOT NULL,
    -- Whether its centre is north of the equator.
    is_northern boolean NOT NULL,
    -- The number of the map in which it was looked up; 0 if there was none.
    map_number  integer NOT NULL,
    CHECK (region IS NULL OR country IS NOT NULL)
);
CREATE INDEX h3_cells_map_number ON travel.h3_cells (map_number);

CREATE TABLE travel.travellers (
    user_id       uuid PRIMARY KEY REFERENCES core.users (id) ON DELETE CASCADE,
    -- The device whose live locations count; nothing if none does.
    device_id     uuid,
    -- What the client calls it; nothing if it never said.
    device_uuid   uuid,
    -- Raised by every change to the record. Who made a change of an older one makes it again.
    version       bigint NOT NULL DEFAULT 0,
    -- Points that are not worked in yet; nothing if all are.
    dirty_from    timestamptz,
    dirty_to      timestamptz,
    -- The latest point that is worked in.
    worked_to     timestamptz,
    cells_res6    integer NOT NULL DEFAULT 0,
    cells_res8    integer NOT NULL DEFAULT 0,
    -- Visits of cells of resolution 8.
    visits        bigint NOT NULL DEFAULT 0,
    countries     integer NOT NULL DEFAULT 0,
    regions       integer NOT NULL DEFAULT 0,
    days          integer NOT NULL DEFAULT 0,
    has_northern  boolean NOT NULL DEFAULT false,
    has_southern  boolean NOT NULL DEFAULT false,
    -- The number of the map by which countries and regions are counted; 0 for none.
    map_number    integer NOT NULL DEFAULT 0,
    CHECK ((dirty_from IS NULL) = (dirty_to IS NULL))
);
-- One device counts for one person.
CREATE UNIQUE INDEX travellers_device ON travel.travellers (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX travellers_dirty ON travel.travellers (user_id) WHERE dirty_from IS NOT NULL;
CREATE INDEX travellers_map_number ON travel.travellers (map_number);

-- Points that came by ingestion and imports. Live ones are in core.locations.
CREATE TABLE travel.points (
    user_id     uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    captured_at timestamptz NOT NULL,
    latitude    double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude   double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    PRIMARY KEY (user_id, captured_at)
);

CREATE TABLE travel.visits (
    user_id    uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    res        smallint NOT NULL CHECK (res IN (6, 8)),
    entered_at timestamptz NOT NULL,
    left_at    timestamptz NOT NULL CHECK (left_at >= entered_at),
    cell       bigint NOT NULL,
    PRIMARY KEY (user_id, res, entered_at)
);

CREATE TABLE travel.user_cells (
    user_id          uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    cell             bigint NOT NULL REFERENCES travel.h3_cells (cell),
    res              smallint NOT NULL,
    first_visited_at timestamptz NOT NULL,
    last_visited_at  timestamptz NOT NULL CHECK (last_visited_at >= first_visited_at),
    visit_count      integer NOT NULL,
    PRIMARY KEY (user_id, cell)
);
-- Which one was the hundredth.
CREATE INDEX user_cells_first ON travel.user_cells (user_id, first_visited_at, cell) WHERE res = 8;

-- A row for each country, whose region is '', and one for each region.
CREATE TABLE travel.user_regions (
    user_id          uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    country          text COLLATE "C" NOT NULL,
    region           text COLLATE "C" NOT NULL,
    -- Of resolution 8, and those of them on land.
    cells            integer NOT NULL,
    land_cells       integer NOT NULL,
    first_visited_at timestamptz NOT NULL,
    first_cell       bigint NOT NULL,
    last_visited_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, country, region)
);

-- Days in UTC.
CREATE TABLE travel.user_days (
    user_id uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    day     date NOT NULL,
    PRIMARY KEY (user_id, day)
);

CREATE TABLE travel.stays (
    user_id   uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    began_at  timestamptz NOT NULL,
    ended_at  timestamptz NOT NULL CHECK (ended_at >= began_at),
    latitude  double precision NOT NULL,
    longitude double precision NOT NULL,
    PRIMARY KEY (user_id, began_at)
);

CREATE TABLE travel.trips (
    user_id   uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    began_at  timestamptz NOT NULL,
    ended_at  timestamptz NOT NULL CHECK (ended_at > began_at),
    metres    double precision NOT NULL,
    -- Metres a second.
    top_speed double precision NOT NULL,
    -- TripPath's bytes.
    path      bytea NOT NULL,
    PRIMARY KEY (user_id, began_at)
);

CREATE TABLE travel.unseen_ways (
    user_id  uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL CHECK (ended_at > began_at),
    metres   double precision NOT NULL,
    PRIMARY KEY (user_id, began_at)
);

-- Where a track can be read from as if nothing had been before.
CREATE TABLE travel.landmarks (
    user_id    uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    passed_at  timestamptz NOT NULL,
    settled_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, passed_at, settled_at)
);

-- Somebody's primary device, whose live locations count (docs/adr/0042): the chosen one, else the one that is it and active, else
-- the oldest active one, else the one that is it and no more active, else a new one in a group of its own if `fresh_id` is
-- given. Labels that are not null replace those it has. Makes a traveller of a user who is none.
--
-- Values of `outcome`: 'kept' (nothing has changed), 'changed' (its name or platform), 'made' (with its group), 'none' (there is
-- none, and none can be made within the limits) and 'not_found' (the chosen one is not theirs or not active, or no such user).
--
-- Locks users, devices, groups in that order, as all of the core's functions do.
CREATE FUNCTION travel.primary_device(
    traveller uuid, chosen uuid, new_uuid uuid, new_name text, new_platform text, fresh_id uuid, fresh_group text,
    group_limit integer, owner_limit integer, membership_limit integer, at_time timestamptz
) RETURNS TABLE (outcome text, device uuid) LANGUAGE plpgsql AS $$
DECLARE
    known core.devices%ROWTYPE;
    present_id uuid;
    made text;
BEGIN
    -- Nearly always: no lock.
    SELECT t.device_id INTO present_id FROM travel.travellers t JOIN core.devices d USING (device_id)
    WHERE t.user_id = traveller AND d.owner_id = traveller AND d.active AND d.device_id = coalesce(chosen, d.device_id)
        AND d.display_name = coalesce(new_name, d.display_name) AND d.platform = coalesce(new_platform, d.platform)
        AND (new_uuid IS NULL OR t.device_uuid IS NOT DISTINCT FROM new_uuid)
        AND EXISTS (
            SELECT FROM travel.tracked_devices k
            WHERE k.user_id = traveller AND k.device_id = t.device_id AND k.until IS NULL);
    IF FOUND THEN
        RETURN QUERY SELECT 'kept', present_id;
        RETURN;
    END IF;

    PERFORM FROM core.users u WHERE u.id = traveller FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'not_found', NULL::uuid;
        RETURN;
    END IF;
    INSERT INTO travel.travellers (user_id) VALUES (traveller) ON CONFLICT DO NOTHING;
    SELECT t.device_id INTO present_id FROM travel.travellers t WHERE t.user_id = traveller;
    SELECT d.* INTO known FROM core.devices d
    WHERE d.owner_id = traveller AND (d.active OR d.device_id = present_id AND chosen IS NULL)
        AND d.device_id = coalesce(chosen, d.device_id)
    ORDER BY d.active AND d.device_id = present_id IS TRUE DESC, d.active DESC, d.created_at, d.device_id
    LIMIT 1 FOR NO KEY UPDATE;
    IF FOUND THEN
        outcome := 'kept';
        device := known.device_id;
        IF known.display_name <> coalesce(new_name, known.display_name)
            OR known.platform <> coalesce(new_platform, known.platform)
        THEN
            UPDATE core.devices d
            SET display_name = coalesce(new_name, d.display_name), platform = coalesce(new_platform, d.platform),
                updated_at = greatest(at_time, d.updated_at)
            WHERE d.device_id = known.device_id;
            outcome := 'changed';
        END IF;
    ELSIF chosen IS NOT NULL THEN
        RETURN QUERY SELECT 'not_found', NULL::uuid;
        RETURN;
    ELSE
        outcome := 'none';
        IF fresh_id IS NULL
            OR (SELECT count(*) FROM core.devices d WHERE d.owner_id = traveller) >= 10 * owner_limit
            OR core.make_group(traveller, fresh_group, 'My devices', membership_limit, at_time) <> 'made'
        THEN
            RETURN NEXT;
            RETURN;
        END IF;
        device := coalesce(new_uuid, fresh_id);
        SELECT r.outcome INTO made FROM core.register_device(
            device, coalesce(new_name, 'My Phone'), fresh_group, coalesce(new_platform, 'unknown'), NULL, group_limit,
            at_time, traveller, owner_limit) AS r;
        IF made = 'taken' THEN
            device := fresh_id;
            SELECT r.outcome INTO made FROM core.register_device(
                device, coalesce(new_name, 'My Phone'), fresh_group, coalesce(new_platform, 'unknown'), NULL,
                group_limit, at_time, traveller, owner_limit) AS r;
        END IF;
        IF made <> 'registered' THEN
            RAISE EXCEPTION 'a first device was refused: %', made;
        END IF;
        outcome := 'made';
    END IF;

    -- It may be the one that it was, erased and registered again before anybody has looked.
    IF present_id IS DISTINCT FROM device OR NOT EXISTS (
        SELECT FROM travel.tracked_devices k
        WHERE k.user_id = traveller AND k.device_id = device AND k.until IS NULL)
    THEN
        -- Whose it was before it was erased and registered again.
        UPDATE travel.travellers t SET device_id = NULL WHERE t.device_id = device AND t.user_id <> traveller;
        DELETE FROM travel.tracked_devices k
        WHERE (k.user_id = traveller OR k.device_id = device) AND k.until IS NULL AND k.since >= at_time;
        UPDATE travel.tracked_devices k SET until = at_time
        WHERE (k.user_id = traveller OR k.device_id = device) AND k.until IS NULL;
        INSERT INTO travel.tracked_devices (user_id, device_id, since) VALUES (traveller, device, at_time)
        ON CONFLICT (user_id, device_id, since) DO UPDATE SET until = NULL;
    END IF;
    UPDATE travel.travellers t SET device_id = device, device_uuid = coalesce(new_uuid, t.device_uuid)
    WHERE t.user_id = traveller;
    RETURN NEXT;
END $$;

-- Begins a change to a record: fails if it is not the one that the change was made of.
CREATE FUNCTION travel.begin_change(traveller uuid, expected bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE travel.travellers t SET version = expected + 1 WHERE t.user_id = traveller AND t.version = expected;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the record has changed' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

-- Replaces the visits of one resolution that began in a span of time, whose end is excluded, and null for none. Their cells
-- have been noted. Rows are found by where they are, and cells' by the index that conflicts: after an import the planner knows
-- nothing yet of how many somebody has, and would compare all of them with each.
CREATE FUNCTION travel.replace_visits(
    traveller uuid, at_res smallint, span_start timestamptz, span_end timestamptz,
    entered timestamptz[], lefts timestamptz[], cells bigint[]
) RETURNS void LANGUAGE sql AS $$
    WITH fresh AS (
        SELECT * FROM unnest(entered, lefts, cells) AS f (entered_at, left_at, cell)
    ), former AS MATERIALIZED (
        SELECT v.ctid AS place, v.entered_at, v.left_at, v.cell FROM travel.visits v
        WHERE v.user_id = traveller AND v.res = at_res AND v.entered_at >= span_start
            AND v.entered_at < coalesce(span_end, 'infinity')
    ), gone AS (
        DELETE FROM travel.visits v
        WHERE v.ctid = ANY(ARRAY(
            SELECT o.place FROM former o WHERE (o.entered_at IN (SELECT f.entered_at FROM fresh f)) IS NOT TRUE))
    ), written AS (
        INSERT INTO travel.visits AS v (user_id, res, entered_at, left_at, cell)
        SELECT traveller, at_res, f.entered_at, f.left_at, f.cell FROM fresh f
        ON CONFLICT (user_id, res, entered_at) DO UPDATE SET left_at = excluded.left_at, cell = excluded.cell
        WHERE (v.left_at, v.cell) <> (excluded.left_at, excluded.cell)
    ), difference AS MATERIALIZED (
        SELECT c.cell, sum(c.more)::integer AS more
        FROM (SELECT f.cell, 1 AS more FROM fresh f UNION ALL SELECT o.cell, -1 FROM former o) AS c
        GROUP BY c.cell HAVING sum(c.more) <> 0
    ), totals AS (
        UPDATE travel.travellers t SET visits = t.visits + (SELECT coalesce(sum(d.more), 0) FROM difference d)
        WHERE t.user_id = traveller AND at_res = 8 AND EXISTS (SELECT FROM difference)
    )
    INSERT INTO travel.user_cells AS u (user_id, cell, res, first_visited_at, last_visited_at, visit_count)
    SELECT traveller, d.cell, at_res, 'epoch', 'epoch', d.more FROM difference d
    ON CONFLICT (user_id, cell) DO UPDATE SET visit_count = u.visit_count + excluded.visit_count
$$;

-- Notes that somebody was in cells, which are in travel.h3_cells: in each first and last at these times, of the points that
-- are worked in now. Called within a change, which keeps all others out.
--
-- Returns what is new to the traveller: 'cell' with its number and resolution, 'country' and 'region' with their codes.
CREATE FUNCTION travel.note_cells(
    traveller uuid, cells bigint[], firsts timestamptz[], lasts timestamptz[]
) RETURNS TABLE (kind text, code text, at_cell bigint, at_res smallint, at_time timestamptz) LANGUAGE sql AS $$
    WITH touched AS MATERIALIZED (
        SELECT n.cell, n.first, n.last, h.res, h.country, h.region, h.is_land, h.is_northern, h.map_number,
            NOT EXISTS (
                SELECT FROM travel.user_cells u WHERE u.user_id = traveller AND u.cell = n.cell) AS is_new
        FROM unnest(cells, firsts, lasts) AS n (cell, first, last) JOIN travel.h3_cells h USING (cell)
    ), written AS (
        INSERT INTO travel.user_cells AS u (user_id, cell, res, first_visited_at, last_visited_at, visit_count)
        SELECT traveller, t.cell, t.res, t.first, t.last, 0 FROM touched t
        ON CONFLICT (user_id, cell) DO UPDATE SET
            first_visited_at = least(u.first_visited_at, excluded.first_visited_at),
            last_visited_at = greatest(u.last_visited_at, excluded.last_visited_at)
    ), parts AS MATERIALIZED (
        SELECT p.country, p.region,
            (count(*) FILTER (WHERE t.is_new))::integer AS cells,
            (count(*) FILTER (WHERE t.is_new AND t.is_land))::integer AS land_cells,
            min(t.first) AS first, (array_agg(t.cell ORDER BY t.first, t.cell))[1] AS first_cell, max(t.last) AS last,
            NOT EXISTS (
                SELECT FROM travel.user_regions r
                WHERE (r.user_id, r.country, r.region) = (traveller, p.country, p.region)) AS is_new
        FROM touched t CROSS JOIN LATERAL (
            VALUES (t.country, ''), (t.country, t.region)) AS p (country, region)
        WHERE t.res = 8 AND p.country IS NOT NULL AND p.region IS NOT NULL
        GROUP BY p.country, p.region
    ), counted AS (
        INSERT INTO travel.user_regions AS r (
            user_id, country, region, cells, land_cells, first_visited_at, first_cell, last_visited_at)
        SELECT traveller, p.country, p.region, p.cells, p.land_cells, p.first, p.first_cell, p.last
        FROM parts p
        ON CONFLICT (user_id, country, region) DO UPDATE SET
            cells = r.cells + excluded.cells, land_cells = r.land_cells + excluded.land_cells,
            first_cell = CASE
                WHEN (excluded.first_visited_at, excluded.first_cell) < (r.first_visited_at, r.first_cell)
                    THEN excluded.first_cell
                ELSE r.first_cell END,
            first_visited_at = least(r.first_visited_at, excluded.first_visited_at),
            last_visited_at = greatest(r.last_visited_at, excluded.last_visited_at)
    ), totals AS (
        UPDATE travel.travellers v SET
            cells_res6 = v.cells_res6 + (SELECT count(*) FROM touched t WHERE t.is_new AND t.res = 6),
            cells_res8 = v.cells_res8 + (SELECT count(*) FROM touched t WHERE t.is_new AND t.res = 8),
            countries = v.countries + (SELECT count(*) FROM parts p WHERE p.is_new AND p.region = ''),
            regions = v.regions + (SELECT count(*) FROM parts p WHERE p.is_new AND p.region <> ''),
            has_northern = v.has_northern
                OR (SELECT coalesce(bool_or(t.is_northern), false) FROM touched t WHERE t.res = 8),
            has_southern = v.has_southern
                OR (SELECT coalesce(bool_or(NOT t.is_northern), false) FROM touched t WHERE t.res = 8),
            -- A hub that has an older map has looked one of them up: they are counted anew after that cell was.
            map_number = least(v.map_number, (SELECT min(t.map_number) FROM touched t))
        WHERE v.user_id = traveller
    )
    SELECT 'cell', NULL, t.cell, t.res, t.first FROM touched t WHERE t.is_new
    UNION ALL
    SELECT CASE p.region WHEN '' THEN 'country' ELSE 'region' END, CASE p.region WHEN '' THEN p.country ELSE p.region END,
        p.first_cell, NULL::smallint, p.first
    FROM parts p WHERE p.is_new
$$;

-- Replaces what a span of a track was read as: from the landmark it was read from, which stays, to the one where what was
-- known holds again. Null for the track's beginning, and for its end.
CREATE FUNCTION travel.forget_journeys(
    traveller uuid, start_passed timestamptz, start_settled timestamptz, end_passed timestamptz, end_settled timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := coalesce(start_passed, '-infinity');
    last timestamptz := coalesce(end_passed, 'infinity');
BEGIN
    DELETE FROM travel.landmarks l
    WHERE l.user_id = traveller
        AND (l.passed_at, l.settled_at) > (first, coalesce(start_settled, '-infinity'))
        AND (l.passed_at, l.settled_at) < (last, coalesce(end_settled, 'infinity'));
    DELETE FROM travel.stays s WHERE s.user_id = traveller AND s.began_at >= first AND s.began_at < last;
    DELETE FROM travel.trips t WHERE t.user_id = traveller AND t.began_at >= first AND t.began_at < last;
    DELETE FROM travel.unseen_ways w WHERE w.user_id = traveller AND w.began_at >= first AND w.began_at < last;
END $$;

-- Notes the days of points that are worked in. Returns how many of them are new.
CREATE FUNCTION travel.note_days(traveller uuid, days date[]) RETURNS bigint LANGUAGE sql AS $$
    WITH fresh AS (
        INSERT INTO travel.user_days (user_id, day) SELECT traveller, d FROM unnest(days) AS d
        ON CONFLICT DO NOTHING RETURNING 1
    ), totals AS (
        UPDATE travel.travellers t SET days = t.days + (SELECT count(*) FROM fresh)
        WHERE t.user_id = traveller AND EXISTS (SELECT FROM fresh)
    )
    SELECT count(*) FROM fresh
$$;

-- Which devices' live locations count for whom, and since when: while the device is theirs. One that was erased and registered
-- again by somebody else counts no more for who had it before.
CREATE TABLE travel.tracked_devices (
    user_id   uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    device_id uuid NOT NULL,
    since     timestamptz NOT NULL,
    -- Nothing while they do.
    until     timestamptz CHECK (until > since),
    PRIMARY KEY (user_id, device_id, since)
);
CREATE INDEX tracked_devices_device ON travel.tracked_devices (device_id);

-- Looks cells up anew that were looked up in an older map.
CREATE FUNCTION travel.relocate_cells(
    cells bigint[], countries text[], regions text[], lands boolean[], by_map integer
) RETURNS void LANGUAGE sql AS $$
    UPDATE travel.h3_cells h
    SET country = g.country, region = g.region, is_land = g.is_land, map_number = by_map
    FROM unnest(cells, countries, regions, lands) AS g (cell, country, region, is_land)
    WHERE h.cell = g.cell AND h.map_number < by_map
$$;

-- Counts somebody's countries and regions anew, after cells were looked up in another map.
CREATE FUNCTION travel.recount_regions(traveller uuid, by_map integer) RETURNS void LANGUAGE sql AS $$
    -- Keeps every other change out, and lets those that were made of the record as it was be made again.
    UPDATE travel.travellers t SET version = t.version + 1 WHERE t.user_id = traveller;
    DELETE FROM travel.user_regions r WHERE r.user_id = traveller;
    INSERT INTO travel.user_regions (
        user_id, country, region, cells, land_cells, first_visited_at, first_cell, last_visited_at)
    SELECT traveller, p.country, p.region, count(*), count(*) FILTER (WHERE h.is_land), min(u.first_visited_at),
        (array_agg(u.cell ORDER BY u.first_visited_at, u.cell))[1], max(u.last_visited_at)
    FROM travel.user_cells u JOIN travel.h3_cells h USING (cell)
    CROSS JOIN LATERAL (VALUES (h.country, ''), (h.country, h.region)) AS p (country, region)
    WHERE u.user_id = traveller AND u.res = 8 AND p.country IS NOT NULL AND p.region IS NOT NULL
    GROUP BY p.country, p.region;
    UPDATE travel.travellers t
    SET map_number = by_map,
        countries = (SELECT count(*) FROM travel.user_regions r WHERE r.user_id = traveller AND r.region = ''),
        regions = (SELECT count(*) FROM travel.user_regions r WHERE r.user_id = traveller AND r.region <> '')
    WHERE t.user_id = traveller
$$;

-- Up to when a hub has worked in, or marked, what it received of live locations. A hub that was killed leaves its row, and
-- whoever is there marks what came since.
CREATE TABLE travel.live_progress (
    hub         uuid PRIMARY KEY,
    received_to timestamptz NOT NULL,
    beat_at     timestamptz NOT NULL
);

-- Marks what devices reported, from the first to the last of each, as not worked in for those whom they count for. Returns
-- how many those are.
CREATE FUNCTION travel.mark_devices(devices uuid[], firsts timestamptz[], lasts timestamptz[]) RETURNS bigint
LANGUAGE sql AS $$
    WITH spans AS MATERIALIZED (
        SELECT d.user_id, min(greatest(g.first, d.since)) AS first, max(g.last) AS last
        FROM unnest(devices, firsts, lasts) AS g (device_id, first, last)
        JOIN travel.tracked_devices d ON d.device_id = g.device_id
        JOIN core.devices o ON o.device_id = d.device_id AND o.owner_id = d.user_id
        WHERE g.last >= d.since AND g.first < coalesce(d.until, 'infinity')
        GROUP BY d.user_id
    ), locked AS MATERIALIZED (
        SELECT t.user_id, s.first, s.last FROM spans s JOIN travel.travellers t USING (user_id)
        ORDER BY t.user_id FOR NO KEY UPDATE OF t
    ), marked AS (
        UPDATE travel.travellers t
        SET version = t.version + 1, dirty_from = least(t.dirty_from, l.first), dirty_to = greatest(t.dirty_to, l.last)
        FROM locked l WHERE t.user_id = l.user_id
        RETURNING 1
    )
    SELECT count(*) FROM marked
$$;

-- As mark_devices, for all that was received since a moment. Nothing is taken live that is older than a week. The index of
-- created_at is one of block ranges: which rows are the newest, the planner does not know.
CREATE FUNCTION travel.mark_received(since timestamptz) RETURNS bigint LANGUAGE sql SET enable_seqscan = off AS $$
    SELECT travel.mark_devices(array_agg(f.device_id), array_agg(f.first), array_agg(f.last))
    FROM (
        SELECT l.device_id, min(l.captured_at) AS first, max(l.captured_at) AS last FROM core.locations l
        WHERE l.created_at >= since AND l.captured_at >= since - interval '8 days'
        GROUP BY l.device_id
    ) AS f
$$;

-- Marks what a hub that is gone may not have worked in. Returns how many people that were, and null if no hub is gone.
CREATE FUNCTION travel.adopt_progress(silent_seconds integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz;
BEGIN
    DELETE FROM travel.live_progress p WHERE p.hub = (
        SELECT q.hub FROM travel.live_progress q
        WHERE q.beat_at < clock_timestamp() - make_interval(secs => silent_seconds)
        LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING p.received_to INTO since;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN coalesce(travel.mark_received(since - interval '60 seconds'), 0);
END $$;

-- What devices that were erased alone have left in records (docs/adr/0051): when their live locations counted for whom. A row
-- goes once the record is as if they never had.
CREATE TABLE travel.erased_devices (
    user_id   uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    device_id uuid NOT NULL,
    since     timestamptz NOT NULL,
    -- Nothing if they did until the device was erased, and that is not taken up yet.
    until     timestamptz,
    -- Whether the time is marked to be read again.
    is_marked boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, device_id, since)
);
CREATE INDEX erased_devices_device ON travel.erased_devices (device_id);

-- In the transaction that erases a device, and shuts the writers of locations out: it takes no lock of the record, which may be
-- held for seconds. From here on nobody reads a location of the device into a record.
CREATE FUNCTION travel.note_erased_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        DELETE FROM travel.tracked_devices d WHERE d.device_id = OLD.device_id RETURNING d.*
    )
    INSERT INTO travel.erased_devices AS e (user_id, device_id, since, until)
    SELECT g.user_id, g.device_id, g.since, g.until FROM gone g
    -- Of a person who goes at this moment nothing is left to be done.
    JOIN travel.travellers t USING (user_id)
    ON CONFLICT (user_id, device_id, since) DO UPDATE
    SET is_marked = false,
        until = CASE WHEN e.until < 'infinity' AND excluded.until < 'infinity' THEN greatest(e.until, excluded.until) END;
    RETURN NULL;
END $$;

CREATE TRIGGER devices_erased AFTER DELETE ON core.devices FOR EACH ROW EXECUTE FUNCTION travel.note_erased_device();

-- The times before `horizon` at which somebody's live locations counted: whatever there was of them may be gone. In order, and
-- none that touch. What an erased device counted in is none of them: of that nothing is missing.
CREATE FUNCTION travel.gaps(traveller uuid, horizon timestamptz) RETURNS TABLE (since timestamptz, until timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT lower(r), upper(r) FROM unnest(
        (SELECT coalesce(range_agg(tstzrange(d.since, least(d.until, horizon))), '{}')
         FROM travel.tracked_devices d WHERE d.user_id = traveller AND d.since < horizon)
        - (SELECT coalesce(range_agg(tstzrange(e.since, e.until)), '{}')
           FROM travel.erased_devices e WHERE e.user_id = traveller AND e.is_marked)
    ) AS r ORDER BY 1
$$;

-- Takes up what erased devices have left in somebody's record: marks their times to be read again, and cuts them off from those
-- that cannot be. Called again it changes nothing more.
CREATE FUNCTION travel.take_up_erased(traveller uuid, horizon timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    worked timestamptz;
    own record;
    next_gap timestamptz;
BEGIN
    -- Who works points in at this moment finds another record than the one they read.
    UPDATE travel.travellers t SET version = t.version + 1 WHERE t.user_id = traveller
    RETURNING greatest(t.worked_to, t.dirty_to) INTO worked;
    UPDATE travel.travellers t SET device_id = NULL, device_uuid = NULL
    WHERE t.user_id = traveller AND t.device_id IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM travel.tracked_devices k JOIN core.devices o USING (device_id)
            WHERE k.user_id = traveller AND k.device_id = t.device_id AND k.until IS NULL AND o.owner_id = traveller);
    -- Nothing of the device is in the record after what was worked in.
    UPDATE travel.erased_devices e
    SET is_marked = true, until = coalesce(e.until, greatest(e.since, worked) + interval '1 millisecond')
    WHERE e.user_id = traveller AND NOT e.is_marked;
    IF FOUND THEN
        UPDATE travel.travellers t
        SET dirty_from = least(t.dirty_from, e.since),
            dirty_to = greatest(t.dirty_to, e.until - interval '1 millisecond')
        FROM (
            SELECT min(d.since) AS since, max(d.until) AS until FROM travel.erased_devices d WHERE d.user_id = traveller
        ) AS e
        WHERE t.user_id = traveller;
    END IF;
    FOR own IN SELECT e.since FROM travel.erased_devices e WHERE e.user_id = traveller AND e.is_marked LOOP
        -- What went on when the device began to count ends there, as far as it is known; a way that led on goes.
        IF EXISTS (SELECT FROM travel.gaps(traveller, horizon) g WHERE g.until = own.since) THEN
            UPDATE travel.stays s SET ended_at = own.since - interval '1 millisecond'
            WHERE s.user_id = traveller AND s.began_at < own.since AND s.ended_at >= own.since;
            DELETE FROM travel.trips t
            WHERE t.user_id = traveller AND t.began_at < own.since AND t.ended_at >= own.since;
            DELETE FROM travel.unseen_ways w
            WHERE w.user_id = traveller AND w.began_at < own.since AND w.ended_at >= own.since;
            DELETE FROM travel.landmarks l
            WHERE l.user_id = traveller AND l.passed_at < own.since AND l.settled_at >= own.since;
        END IF;
        -- What went on when another device began to count, whose locations may be gone: that one's part of a visit is its own.
        SELECT min(g.since) INTO next_gap FROM travel.gaps(traveller, horizon) g WHERE g.since > own.since;
        INSERT INTO travel.visits (user_id, res, entered_at, left_at, cell)
        SELECT v.user_id, v.res, next_gap, v.left_at, v.cell
        FROM (VALUES (6::smallint), (8::smallint)) AS r (res)
        CROSS JOIN LATERAL (
            SELECT * FROM travel.visits v
            WHERE v.user_id = traveller AND v.res = r.res AND v.entered_at < next_gap ORDER BY v.entered_at DESC LIMIT 1
        ) AS v
        WHERE v.left_at >= next_gap
        ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- Counts a record anew once what erased devices have left in it is read again: every point that was worked in is in a visit, of
-- which the cells and days follow, but for points of times whose live locations are gone (ADR 41), which are marked to be noted.
-- Fails if the record is not the one that `expected` is the version of.
CREATE FUNCTION travel.finish_erased(traveller uuid, expected bigint, horizon timestamptz) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM travel.begin_change(traveller, expected);
    WITH counted AS MATERIALIZED (
        SELECT v.cell, min(v.entered_at) AS first, max(v.left_at) AS last, count(*)::integer AS visits
        FROM travel.visits v WHERE v.user_id = traveller AND v.res IN (6, 8) GROUP BY v.cell
    ), gone AS (
        DELETE FROM travel.user_cells u
        WHERE u.user_id = traveller AND NOT EXISTS (SELECT FROM counted c WHERE c.cell = u.cell)
    )
    UPDATE travel.user_cells u
    SET first_visited_at = c.first, last_visited_at = c.last, visit_count = c.visits
    FROM counted c
    WHERE u.user_id = traveller AND u.cell = c.cell
        AND (u.first_visited_at, u.last_visited_at, u.visit_count) <> (c.first, c.last, c.visits);
    -- A visit has a point on each of its days: it ends with a day without one.
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT (v.entered_at AT TIME ZONE 'UTC')::date + n AS day
        FROM travel.visits v
        CROSS JOIN LATERAL generate_series(
            0, (v.left_at AT TIME ZONE 'UTC')::date - (v.entered_at AT TIME ZONE 'UTC')::date) AS n
        WHERE v.user_id = traveller AND v.res = 8
    )
    DELETE FROM travel.user_days d
    WHERE d.user_id = traveller AND NOT EXISTS (SELECT FROM seen s WHERE s.day = d.day);
    PERFORM travel.recount_regions(traveller, (SELECT t.map_number FROM travel.travellers t WHERE t.user_id = traveller));
    UPDATE travel.travellers t
    SET cells_res6 = c.res6, cells_res8 = c.res8, visits = v.visits, days = d.days, has_northern = c.northern,
        has_southern = c.southern, worked_to = v.last, dirty_from = p.first, dirty_to = p.last
    FROM (
        SELECT count(*) FILTER (WHERE u.res = 6) AS res6, count(*) FILTER (WHERE u.res = 8) AS res8,
            coalesce(bool_or(h.is_northern) FILTER (WHERE u.res = 8), false) AS northern,
            coalesce(bool_or(NOT h.is_northern) FILTER (WHERE u.res = 8), false) AS southern
        FROM travel.user_cells u JOIN travel.h3_cells h USING (cell) WHERE u.user_id = traveller
    ) AS c, (
        SELECT count(*) AS visits, max(v.left_at) AS last FROM travel.visits v WHERE v.user_id = traveller AND v.res = 8
    ) AS v, (
        SELECT count(*) AS days FROM travel.user_days d WHERE d.user_id = traveller
    ) AS d, (
        SELECT min(p.captured_at) AS first, max(p.captured_at) AS last
        FROM travel.gaps(traveller, horizon) g
        JOIN travel.points p ON p.user_id = traveller AND p.captured_at >= g.since AND p.captured_at < g.until
    ) AS p
    WHERE t.user_id = traveller;
    DELETE FROM travel.erased_devices e WHERE e.user_id = traveller AND e.is_marked;
END $$;

-- Lets nothing more come to somebody's record, who is being erased.
CREATE FUNCTION travel.withdraw(person uuid) RETURNS void LANGUAGE sql AS $$
    DELETE FROM travel.tracked_devices d WHERE d.user_id = person;
    -- Whoever works points in at this moment finds another record than the one they read, and nothing to work in.
    UPDATE travel.travellers t SET version = t.version + 1, device_id = NULL, dirty_from = NULL, dirty_to = NULL
    WHERE t.user_id = person;
    -- In the order in which what is left of devices is taken up.
    DELETE FROM travel.erased_devices e WHERE e.user_id = person
$$;

-- Removes up to `row_limit` rows of somebody's record; returns how many: none when it is gone. One short transaction a call.
--
-- Some people have half of a table; without the setting their rows would be looked for from its beginning, past all that
-- was removed before.
CREATE FUNCTION travel.erase_person(person uuid, row_limit integer) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    part text;
    removed bigint;
BEGIN
    FOREACH part IN ARRAY ARRAY[
        'points', 'visits', 'user_cells', 'user_regions', 'user_days', 'stays', 'trips', 'unseen_ways', 'landmarks',
        'tracked_devices', 'erased_devices', 'travellers'
    ] LOOP
        EXECUTE format(
            'DELETE FROM travel.%1$I r
             WHERE r.ctid = ANY(ARRAY(SELECT o.ctid FROM travel.%1$I o WHERE o.user_id = $1 LIMIT $2))', part)
            USING person, row_limit;
        GET DIAGNOSTICS removed = ROW_COUNT;
        IF removed > 0 THEN
            RETURN removed;
        END IF;
    END LOOP;
    RETURN 0;
END $$;

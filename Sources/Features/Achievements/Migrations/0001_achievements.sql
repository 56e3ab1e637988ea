-- What there is to reach, and who has reached it (docs/adr/0044).

CREATE TABLE achievements.achievements (
    -- What clients call it; stays.
    code          text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[a-z0-9_]{1,64}$'),
    -- The area of the product that it belongs to, and its place there.
    area          text COLLATE "C" NOT NULL CHECK (area ~ '^[a-z]{1,32}$'),
    position      integer NOT NULL,
    name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    description   text NOT NULL CHECK (char_length(description) BETWEEN 1 AND 500),
    -- A type of quantity and how much of it: {"type", "threshold"} or {"type", "count"}. What the hub does not understand is
    -- not shown to anybody.
    criteria_json jsonb NOT NULL CHECK (jsonb_typeof(criteria_json) = 'object')
);

INSERT INTO achievements.achievements (area, position, code, name, description, criteria_json) VALUES
    ('travel', 1, 'first_steps', 'First Steps', 'Visit your first location', '{"type": "cells_total", "threshold": 1}'),
    ('travel', 2, 'explorer', 'Explorer', 'Visit 100 unique cells', '{"type": "cells_total", "threshold": 100}'),
    ('travel', 3, 'wanderer', 'Wanderer', 'Visit 500 unique cells', '{"type": "cells_total", "threshold": 500}'),
    ('travel', 4, 'globetrotter', 'Globetrotter', 'Visit 10 countries', '{"type": "countries", "threshold": 10}'),
    ('travel', 5, 'country_collector', 'Country Collector', 'Visit 25 countries',
        '{"type": "countries", "threshold": 25}'),
    ('travel', 6, 'state_hopper', 'State Hopper', 'Visit 5 regions in one country',
        '{"type": "regions_in_country", "threshold": 5}'),
    ('travel', 7, 'regional_master', 'Regional Master', 'Visit 50 regions total', '{"type": "regions", "threshold": 50}'),
    ('travel', 8, 'hemisphere_hopper', 'Hemisphere Hopper', 'Visit both northern and southern hemispheres',
        '{"type": "hemispheres", "count": 2}'),
    ('travel', 9, 'coverage_bronze', 'Bronze Coverage', 'Achieve 10% coverage of any country',
        '{"type": "country_coverage_pct", "threshold": 0.10}'),
    ('travel', 10, 'frequent_traveler', 'Frequent Traveler', 'Visit locations on 30 different days',
        '{"type": "unique_days", "threshold": 30}');

-- Once for each person, however many checks find it at once; it stays, though what it was reached by goes.
CREATE TABLE achievements.unlocked (
    user_id     uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    code        text COLLATE "C" NOT NULL
        REFERENCES achievements.achievements (code) ON UPDATE CASCADE ON DELETE CASCADE,
    -- By the clock of the database, which all hubs share.
    unlocked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- By this each hub finds what others have unlocked since it last looked, whatever order they committed in.
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (user_id, code)
);
CREATE INDEX unlocked_transaction ON achievements.unlocked (transaction);
-- An achievement that is taken away takes these with it.
CREATE INDEX unlocked_code ON achievements.unlocked (code);

-- Whoever unlocks something cannot forget to say so: every hub hears of it with the commit, and looks.
CREATE FUNCTION achievements.announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('achievements', '');
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT ON achievements.unlocked
    FOR EACH ROW EXECUTE FUNCTION achievements.announce();

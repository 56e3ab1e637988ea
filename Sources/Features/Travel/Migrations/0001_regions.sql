-- Countries and regions of the earth, from one import of a map (docs/travel.md).

CREATE TABLE travel.countries (
    -- ISO 3166-1 alpha-2, and XK.
    code        text PRIMARY KEY CHECK (code ~ '^[A-Z]{2}$'),
    name        text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
    -- Cells of H3's grid at resolutions 6 (counted) and 8 (reckoned from the area) on land; 1 at least.
    cells_6     int NOT NULL CHECK (cells_6 > 0),
    cells_8     int NOT NULL CHECK (cells_8 > 0),
    square_km   float8 NOT NULL CHECK (square_km >= 0),
    -- Not on the map of the last import. Such rows stay, because visits may name them.
    is_former   boolean NOT NULL DEFAULT false
);

CREATE TABLE travel.regions (
    -- ISO 3166-2.
    code        text PRIMARY KEY CHECK (code ~ '^[A-Z]{2}-[A-Z0-9]{1,3}$'),
    country     text NOT NULL REFERENCES travel.countries (code),
    name        text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
    -- The region it is part of, by code, which need not have a row: FR-IDF of FR-75.
    parent      text CHECK (parent ~ '^[A-Z]{2}-[A-Z0-9]{1,3}$'),
    cells_6     int NOT NULL CHECK (cells_6 > 0),
    cells_8     int NOT NULL CHECK (cells_8 > 0),
    square_km   float8 NOT NULL CHECK (square_km >= 0),
    is_former   boolean NOT NULL DEFAULT false
);
CREATE INDEX ON travel.regions (country);

-- The shapes, in the hub's compact form, about 3.5 MB; hubs load them when they start. One row, or none before an import.
CREATE TABLE travel.region_map (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    -- SHA-256 of `bytes`: another one means another map.
    digest      bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- One more with every import of another map than the one before; what has a lower number was looked up in an older one.
    number      integer NOT NULL DEFAULT 1,
    imported_at timestamptz NOT NULL,
    bytes       bytea NOT NULL
);

-- Files of tracks on their way into somebody's record (docs/adr/0045). A file waits in pieces, so that any hub can read it;
-- once its points are in travel.points the pieces go, and what is left is the report.
CREATE TABLE travel.imports (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES travel.travellers (user_id) ON DELETE CASCADE,
    -- As its owner calls the file.
    name         text NOT NULL,
    -- What its owner says that the file is; nothing if they do not.
    format       text COLLATE "C",
    -- 'receiving' until all pieces are there, 'waiting', 'reading', then 'recording' while its points are worked in.
    state        text COLLATE "C" NOT NULL DEFAULT 'receiving'
                 CHECK (state IN ('receiving', 'waiting', 'reading', 'recording', 'done', 'failed', 'cancelled')),
    created_at   timestamptz NOT NULL,
    -- When a piece came last, or the end.
    touched_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    bytes        bigint NOT NULL DEFAULT 0,
    pieces       integer NOT NULL DEFAULT 0,
    -- How far it is read: bytes of the pieces, and points that are handed over. A file gives the same points whenever it
    -- is read, so that a reading that begins anew passes over as many.
    bytes_read   bigint NOT NULL DEFAULT 0,
    points_read  bigint NOT NULL DEFAULT 0,
    -- Of those, the ones whose moment was free.
    points_added bigint NOT NULL DEFAULT 0,
    -- Entries that are no points, by reason.
    skipped      jsonb NOT NULL DEFAULT '{}',
    first_at     timestamptz,
    last_at      timestamptz,
    is_cut       boolean NOT NULL DEFAULT false,
    error        text COLLATE "C",
    message      text
);
CREATE INDEX imports_user ON travel.imports (user_id, created_at DESC, id);
CREATE INDEX imports_under_way ON travel.imports (user_id)
    WHERE state IN ('receiving', 'waiting', 'reading', 'recording');
CREATE INDEX imports_read ON travel.imports (id) WHERE state IN ('reading', 'recording');
CREATE INDEX imports_finished ON travel.imports (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX imports_receiving ON travel.imports (touched_at) WHERE state = 'receiving';

CREATE TABLE travel.import_pieces (
    import_id uuid NOT NULL REFERENCES travel.imports (id) ON DELETE CASCADE,
    number    integer NOT NULL,
    bytes     bytea NOT NULL,
    PRIMARY KEY (import_id, number)
);
-- Most files are compressed already, or are read once.
ALTER TABLE travel.import_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

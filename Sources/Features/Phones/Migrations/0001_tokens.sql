-- What phone apps show that know an address and a password alone (docs/adr/0047). A device has one at a time; only its hash is
-- kept.

CREATE TABLE phones.tokens (
    device_id  uuid PRIMARY KEY REFERENCES core.devices (device_id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL
);

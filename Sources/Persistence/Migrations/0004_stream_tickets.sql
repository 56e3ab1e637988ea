-- Tickets for the stream: for browsers, which cannot send a header with a WebSocket. Each works once, for seconds;
-- only its hash is kept.

CREATE TABLE core.stream_tickets (
    ticket_hash bytea PRIMARY KEY CHECK (octet_length(ticket_hash) = 32),
    key_id      uuid NOT NULL REFERENCES core.api_keys (id) ON DELETE CASCADE,
    device_id   uuid,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX stream_tickets_expiry ON core.stream_tickets (expires_at);

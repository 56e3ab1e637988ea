-- Answers to requests with an Idempotency-Key (story 3.3), for 24 hours. Hashes of the key (with its caller and route) and
-- of the body are kept, never what they are of; the answers of uploads hold counts and no locations.

-- Numbers claims, so that whoever comes back after another has taken the key over is told so.
CREATE SEQUENCE core.idempotency_claims;

CREATE TABLE core.idempotency_keys (
    key_hash     bytea PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    body_hash    bytea NOT NULL CHECK (octet_length(body_hash) = 32),
    claim        bigint NOT NULL,
    -- Until when the request counts as being handled; null once it is answered.
    locked_until timestamptz,
    status       integer CHECK (status BETWEEN 200 AND 599),
    body         bytea,
    created_at   timestamptz NOT NULL,
    CHECK ((status IS NULL) = (body IS NULL) AND (status IS NULL) <> (locked_until IS NULL))
);
CREATE INDEX idempotency_keys_created_at ON core.idempotency_keys (created_at);

-- Decides what becomes of a request. `outcome` is 'granted' (with `claim`), 'answered' (with `status` and `body`),
-- 'in_flight' or 'other_body'. A claim whose lease is over is granted anew to the same body; a row older than
-- `lifetime_seconds` is as good as none. Times are the database's, which all hubs share.
CREATE FUNCTION core.claim_idempotency_key(
    the_key bytea, the_body bytea, lease_seconds double precision, lifetime_seconds double precision
) RETURNS TABLE (outcome text, claim bigint, status integer, body bytea) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    known core.idempotency_keys%ROWTYPE;
    granted bigint;
BEGIN
    LOOP
        INSERT INTO core.idempotency_keys AS k (key_hash, body_hash, claim, locked_until, created_at)
        VALUES (
            the_key, the_body, nextval('core.idempotency_claims'), moment + make_interval(secs => lease_seconds), moment)
        ON CONFLICT (key_hash) DO UPDATE
        SET body_hash = EXCLUDED.body_hash, claim = EXCLUDED.claim, locked_until = EXCLUDED.locked_until,
            created_at = EXCLUDED.created_at, status = NULL, body = NULL
        WHERE k.created_at <= moment - make_interval(secs => lifetime_seconds)
           OR (k.locked_until <= moment AND k.body_hash = EXCLUDED.body_hash)
        RETURNING k.claim INTO granted;
        IF FOUND THEN
            RETURN QUERY SELECT 'granted'::text, granted, NULL::integer, NULL::bytea;
            RETURN;
        END IF;
        SELECT * INTO known FROM core.idempotency_keys k WHERE k.key_hash = the_key;
        -- It may have been released meanwhile.
        CONTINUE WHEN NOT FOUND;
        RETURN QUERY SELECT
            CASE WHEN known.body_hash <> the_body THEN 'other_body'
                 WHEN known.status IS NULL THEN 'in_flight' ELSE 'answered' END,
            NULL::bigint, known.status, known.body;
        RETURN;
    END LOOP;
END $$;

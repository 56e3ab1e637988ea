-- Signing keys, second factors and sign-in with a provider.

-- What access tokens are signed with (docs/adr/0021). The private half is sealed with a key that is not in the database.
CREATE TABLE accounts.signing_keys (
    id         text PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 64),
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    sealed_key bytea NOT NULL CHECK (octet_length(sealed_key) = 60),
    -- Which master key opens it: hubs with different ones each sign with their own.
    sealed_by  bytea NOT NULL CHECK (octet_length(sealed_by) = 8),
    created_at timestamptz NOT NULL,
    -- It signs from here until the next one's turn.
    signs_from timestamptz NOT NULL
);
CREATE INDEX signing_keys_turn ON accounts.signing_keys (sealed_by, signs_from);

-- A time-based one-time password (RFC 6238); counts from when it was confirmed by a first code.
CREATE TABLE accounts.second_factors (
    user_id       uuid PRIMARY KEY REFERENCES core.users (id) ON DELETE CASCADE,
    sealed_secret bytea NOT NULL CHECK (octet_length(sealed_secret) = 48),
    created_at    timestamptz NOT NULL,
    confirmed_at  timestamptz,
    -- The newest step a code was taken of: no code works twice.
    last_step     bigint,
    -- Guesses since the last right one; counted before they are looked at.
    guesses       integer NOT NULL DEFAULT 0 CHECK (guesses >= 0),
    locked_until  timestamptz
);

-- What opens an account once without the other device. Only hashes.
CREATE TABLE accounts.recovery_codes (
    user_id   uuid NOT NULL REFERENCES accounts.second_factors (user_id) ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);

-- Sign-ins with a provider that have begun. Each state works once, for minutes.
CREATE TABLE accounts.provider_sign_ins (
    state_hash   bytea PRIMARY KEY CHECK (octet_length(state_hash) = 32),
    provider     text NOT NULL CHECK (octet_length(provider) BETWEEN 1 AND 50),
    nonce        text NOT NULL CHECK (octet_length(nonce) BETWEEN 16 AND 64),
    -- PKCE's secret (RFC 7636), sealed: with the code from a browser's history it would be all that is needed.
    sealed_verifier bytea NOT NULL CHECK (octet_length(sealed_verifier) BETWEEN 60 AND 200),
    redirect_uri text NOT NULL CHECK (octet_length(redirect_uri) BETWEEN 1 AND 2000),
    -- Who began it while signed in, and wants the provider's account joined to theirs.
    user_id      uuid REFERENCES core.users (id) ON DELETE CASCADE,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX provider_sign_ins_expiry ON accounts.provider_sign_ins (expires_at);
CREATE INDEX provider_sign_ins_user ON accounts.provider_sign_ins (user_id) WHERE user_id IS NOT NULL;

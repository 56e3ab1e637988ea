-- How people sign in. Who they are is in core.users.

CREATE TABLE accounts.credentials (
    user_id             uuid PRIMARY KEY REFERENCES core.users (id) ON DELETE CASCADE,
    email               text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254),
    -- What two spellings of one address have in common: folded by the hub.
    email_key           text NOT NULL UNIQUE CHECK (octet_length(email_key) BETWEEN 3 AND 800),
    email_verified_at   timestamptz,
    -- Argon2id, as libsodium writes it; null for somebody who signs in elsewhere only.
    password_hash       text CHECK (octet_length(password_hash) BETWEEN 32 AND 200),
    password_changed_at timestamptz,
    -- Access tokens of older versions are refused.
    token_version       integer NOT NULL DEFAULT 1 CHECK (token_version > 0),
    provider            text NOT NULL DEFAULT 'local' CHECK (octet_length(provider) BETWEEN 1 AND 50),
    provider_subject    text CHECK (octet_length(provider_subject) <= 255),
    last_sign_in_at     timestamptz,
    CHECK ((provider = 'local') = (provider_subject IS NULL)),
    CHECK (provider <> 'local' OR password_hash IS NOT NULL),
    UNIQUE (provider, provider_subject)
);

-- One sign-in, on one client, until it is ended or has not been used for as long as its refresh token lives.
CREATE TABLE accounts.sign_ins (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES core.users (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    client_address text NOT NULL CHECK (octet_length(client_address) <= 64),
    user_agent   text CHECK (char_length(user_agent) <= 400),
    device_name  text CHECK (char_length(device_name) BETWEEN 1 AND 100),
    platform     text CHECK (char_length(platform) BETWEEN 1 AND 50),
    app_version  text CHECK (char_length(app_version) BETWEEN 1 AND 50),
    push_token   text CHECK (octet_length(push_token) <= 4096)
);
CREATE INDEX sign_ins_user ON accounts.sign_ins (user_id) WHERE ended_at IS NULL;
CREATE INDEX sign_ins_expiry ON accounts.sign_ins (expires_at);

-- Only hashes. A token that is used a second time ends its sign-in (RFC 9700, section 4.14.2).
CREATE TABLE accounts.refresh_tokens (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    sign_in_id uuid NOT NULL REFERENCES accounts.sign_ins (id) ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at   timestamptz
);
CREATE INDEX refresh_tokens_sign_in ON accounts.refresh_tokens (sign_in_id);

internal import Crypto
internal import Model
internal import Persistence

/// Sign-ins with a provider that have begun, and the accounts they lead to. Callable from any thread.
struct ProviderSignInStore: Sendable {
    private let database: Database
    private let seal: SealingKey

    /// How long somebody may take at the provider's.
    static let lifetime = Duration.seconds(600)

    /// One that has begun.
    struct Pending: Sendable {
        let nonce: String
        /// PKCE's (RFC 7636).
        let verifier: String
        let redirectURI: String
        /// Who was signed in when it began.
        let user: UserID?
    }

    init(database: Database, master: SealingKey) {
        self.database = database
        seal = master.derived(for: "provider sign-ins")
    }

    /// - Parameter state: What comes back with the code.
    func begin(_ pending: Pending, state: String, provider: String, at now: Timestamp) async throws(DeviceStoreError) {
        let hash = ProviderSignInStore.hash(state)
        _ = try await run(
            ProviderSignInStore.insert.with(
                hash, provider, pending.nonce, seal.seal(Array(pending.verifier.utf8), for: hash), pending.redirectURI,
                pending.user?.rawValue, now.advanced(by: ProviderSignInStore.lifetime)))
    }

    /// What `state` was begun with, once.
    func take(state: String, provider: String, at now: Timestamp) async throws(DeviceStoreError) -> Pending? {
        let hash = ProviderSignInStore.hash(state)
        let rows = try await run(ProviderSignInStore.taking.with(hash, provider))
        guard rows.rowCount == 1, let nonce = rows[0].text(0),
            let verifier = rows[0].bytes(1).flatMap({ seal.open($0, for: hash) }), let redirectURI = rows[0].text(2),
            let expiry = rows[0].timestamp(4), now < expiry
        else { return nil }
        return Pending(
            nonce: nonce, verifier: String(decoding: verifier, as: UTF8.self), redirectURI: redirectURI,
            user: rows[0].uniqueID(3).map(UserID.init))
    }

    func account(of identity: ProviderIdentity, at provider: String) async throws(AccountStoreError) -> Account? {
        try await ask(ProviderSignInStore.find.with(provider, identity.subject)).rows.compactMap { Account(row: $0) }
            .first
    }

    /// Joins a provider's account to one that has none.
    ///
    /// - Returns: Whether it was joined; not over another provider's, nor if it is another account's.
    func link(_ identity: ProviderIdentity, of provider: String, to user: UserID) async throws(AccountStoreError)
        -> Bool
    {
        do throws(PostgresError) {
            return try await database.query(
                ProviderSignInStore.linking.with(user.rawValue, provider, identity.subject)
            ).affectedRows == 1
        } catch {
            if error.sqlState == .uniqueViolation { return false }
            throw AccountStoreError(error)
        }
    }

    /// Makes an account of somebody whom the hub has not seen. If the provider says that the address is theirs, an account
    /// that has it and has never shown so loses it (docs/adr/0036).
    func register(
        _ person: PostgresAccountStore.Registration, as identity: ProviderIdentity, of provider: String,
        invitedBy code: InvitationCode?, at now: Timestamp
    ) async throws(AccountStoreError) -> GroupID? {
        let query = ProviderSignInStore.registration.with(
            person.id.rawValue, person.username, person.usernameKey, person.displayName, now, person.email,
            person.emailKey, provider, identity.subject, identity.isEmailVerified)
        var queries: [PostgresQuery] = []
        if identity.isEmailVerified {
            // All or nothing: it is lost to nobody whose own registration fails.
            queries = [
                ProviderSignInStore.releaseTokens.with(person.emailKey),
                ProviderSignInStore.releaseAddress.with(person.emailKey),
            ]
        }
        queries.append(query)
        if let code { queries.append(PostgresInvitationStore.joiningFirst(code, by: person.id, at: now)) }
        do throws(PostgresError) {
            let results = try await database.transaction(queries)
            return code == nil ? nil : results[results.count - 1][0].text(0).flatMap { GroupID($0) }
        } catch {
            throw AccountStoreError(error)
        }
    }

    /// The provider says now that the address of the account is theirs, which nobody had shown.
    func verifyAddress(of user: UserID, at now: Timestamp) async throws(AccountStoreError) {
        _ = try await ask(ProviderSignInStore.verification.with(user.rawValue, now))
    }

    /// Parts an account from its provider's.
    ///
    /// - Returns: Whether it was parted; not if a provider is the only way in.
    func unlink(_ user: UserID, from provider: String) async throws(AccountStoreError) -> Bool {
        try await ask(ProviderSignInStore.unlinking.with(user.rawValue, provider)).affectedRows == 1
    }

    private static func hash(_ state: String) -> [UInt8] { SHA256.hash(Array(state.utf8)) }

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }

    private func ask(_ query: PostgresQuery) async throws(AccountStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw AccountStoreError(error)
        }
    }

    // MARK: SQL

    static let insert = PostgresStatement(
        "accounts.begin_provider_sign_in",
        """
        INSERT INTO accounts.provider_sign_ins (
            state_hash, provider, nonce, sealed_verifier, redirect_uri, user_id, expires_at)
        VALUES ($1::bytea, $2::text, $3::text, $4::bytea, $5::text, $6::uuid, $7::timestamptz)
        """)

    static let taking = PostgresStatement(
        "accounts.take_provider_sign_in",
        """
        DELETE FROM accounts.provider_sign_ins WHERE state_hash = $1::bytea AND provider = $2::text
        RETURNING nonce, sealed_verifier, redirect_uri, user_id, expires_at
        """)

    static let find = PostgresStatement(
        "accounts.find_by_provider",
        """
        SELECT \(Account.columns) FROM accounts.credentials c JOIN core.users u ON u.id = c.user_id
        WHERE c.provider = $1::text AND c.provider_subject = $2::text
        """)

    static let linking = PostgresStatement(
        "accounts.link_provider",
        """
        UPDATE accounts.credentials SET provider = $2::text, provider_subject = $3::text
        WHERE user_id = $1::uuid AND provider = 'local' AND disabled_at IS NULL
        """)

    /// To an address that no mail reaches (RFC 2606), from an account that has not shown that $1 is its own.
    static let releaseAddress = PostgresStatement(
        "accounts.release_address",
        """
        UPDATE accounts.credentials SET email = user_id || '@unverified.invalid',
            email_key = user_id || '@unverified.invalid'
        WHERE email_key = $1::text AND email_verified_at IS NULL
        """)

    static let releaseTokens = PostgresStatement(
        "accounts.release_mail_tokens",
        """
        DELETE FROM accounts.mail_tokens t USING accounts.credentials c
        WHERE c.email_key = $1::text AND c.email_verified_at IS NULL AND t.user_id = c.user_id
        """)

    static let verification = PostgresStatement(
        "accounts.verify_email_by_provider",
        """
        UPDATE accounts.credentials SET email_verified_at = $2::timestamptz
        WHERE user_id = $1::uuid AND email_verified_at IS NULL
        """)

    static let unlinking = PostgresStatement(
        "accounts.unlink_provider",
        """
        UPDATE accounts.credentials SET provider = 'local', provider_subject = NULL
        WHERE user_id = $1::uuid AND provider = $2::text AND provider <> 'local' AND password_hash IS NOT NULL
        """)

    static let registration = PostgresStatement(
        "accounts.register_with_provider",
        """
        WITH person AS (
            INSERT INTO core.users (id, username, username_key, display_name, created_at, updated_at)
            VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::timestamptz, $5::timestamptz)
        )
        INSERT INTO accounts.credentials (
            user_id, email, email_key, email_verified_at, provider, provider_subject, last_sign_in_at)
        VALUES ($1::uuid, $6::text, $7::text, CASE WHEN $10::boolean THEN $5::timestamptz END, $8::text, $9::text,
            $5::timestamptz)
        """)

    static let removal = PostgresStatement(
        "accounts.remove_provider_sign_ins",
        """
        DELETE FROM accounts.provider_sign_ins WHERE state_hash = ANY (ARRAY(
            SELECT p.state_hash FROM accounts.provider_sign_ins p WHERE p.expires_at < $1::timestamptz
            ORDER BY p.expires_at LIMIT $2::int FOR UPDATE SKIP LOCKED))
        """)
}

internal import Model
internal import Persistence

/// People's accounts in `core.users` and the schema `accounts`. Callable from any thread.
struct PostgresAccountStore: Sendable {
    private let database: Database

    init(database: Database) { self.database = database }

    /// Somebody who is about to have an account.
    struct Registration: Sendable {
        let id: UserID
        var username: String
        /// What it has in common with the names that count as the same.
        var usernameKey: String
        var displayName: String
        var email: String
        /// As ``usernameKey``.
        var emailKey: String
        var passwordHash: String
    }

    /// Makes an account and its first sign-in, and has it join the group of an invitation, all or nothing.
    ///
    /// - Throws: ``AccountStoreError``; of two with the same address or name, or the last use of an invitation, at once, one.
    /// - Returns: The group.
    @discardableResult
    func register(
        _ person: Registration, _ start: SignInStart, invitedBy code: InvitationCode? = nil
    ) async throws(AccountStoreError) -> GroupID? {
        let query = AccountStatements.register.with(
            person.id.rawValue, person.username, person.usernameKey, person.displayName, start.at, person.email,
            person.emailKey, person.passwordHash, start.id.rawValue, start.refreshToken.hash, start.expiresAt,
            start.client.address, start.client.userAgent, start.device.name, start.device.platform,
            start.device.appVersion, start.device.pushToken)
        guard let code else {
            _ = try await run(query)
            return nil
        }
        do throws(PostgresError) {
            let joining = PostgresInvitationStore.joiningFirst(code, by: person.id, at: start.at)
            return try await database.transaction([query, joining])[1][0].text(0).flatMap { GroupID($0) }
        } catch {
            throw AccountStoreError(error)
        }
    }

    // MARK: Finding

    /// - Parameter key: Of an e-mail address or of a name, folded.
    func account(_ login: Login) async throws(AccountStoreError) -> Account? {
        let query =
            switch login {
            case .email(let key): AccountStatements.byEmail.with(key)
            case .username(let key): AccountStatements.byUsername.with(key)
            }
        return try await run(query).rows.compactMap { Account(row: $0) }.first
    }

    func account(_ id: UserID) async throws(AccountStoreError) -> Account? {
        try await run(AccountStatements.byID.with(id.rawValue)).rows.compactMap { Account(row: $0) }.first
    }

    // MARK: Changing

    /// - Parameters:
    ///   - username: As its owner writes it, and its key.
    /// - Throws: ``AccountStoreError/duplicateUsername`` among others; then nothing has changed.
    /// - Returns: Whether there is such a user.
    func changeProfile(
        of id: UserID, displayName: String?, username: (text: String, key: String)?, at now: Timestamp
    ) async throws(AccountStoreError) -> Bool {
        try await run(
            AccountStatements.changeProfile.with(id.rawValue, displayName, username?.text, username?.key, now)
        ).affectedRows == 1
    }

    /// Sets another password and raises the token version; every sign-in ends but one.
    ///
    /// - Parameters:
    ///   - version: What the account must still have; nothing for whichever it has.
    ///   - remaining: The sign-in that stays, if one does.
    /// - Returns: The sign-ins that ended; nothing if the account is not what it was, or is no more.
    func changePassword(
        of id: UserID, version: Int32?, to hash: String, keeping remaining: SignInID?, at now: Timestamp
    ) async throws(AccountStoreError) -> Set<SignInID>? {
        let query = AccountStatements.changePassword.with(id.rawValue, version, hash, remaining?.rawValue, now)
        return try await run(query).rows.map { SignInID.list($0.text(0)) }.first
    }

    /// Keeps the same password as another hash.
    func rehash(_ account: Account, as hash: String) async throws(AccountStoreError) {
        _ = try await run(AccountStatements.rehash.with(account.id.rawValue, account.tokenVersion, hash))
    }

    // MARK: Attempts

    /// Counts a try to get at an account as a failure, unless it has to wait.
    ///
    /// - Returns: How long it has to wait; zero if it may be tried now.
    func attempt(_ attempt: SignInAttempt, at now: Timestamp) async throws(AccountStoreError) -> Duration {
        var parameters = PostgresParameters()
        parameters.append(array: attempt.subjects.map(\.hash))
        parameters.append(array: attempt.subjects.map { Int32(clamping: $0.free) })
        parameters.append(now)
        let result = try await run(PostgresQuery(AccountStatements.attempt, parameters))
        let seconds = result.rowCount == 1 ? result[0].double(0) ?? 0 : 0
        return .milliseconds(Int64((seconds * 1000).rounded(.up)))
    }

    /// It was no failure after all.
    func forget(_ attempt: SignInAttempt) async throws(AccountStoreError) {
        var parameters = PostgresParameters()
        parameters.append(array: attempt.subjects.map(\.hash))
        _ = try await run(PostgresQuery(AccountStatements.forgetAttempts, parameters))
    }

    func run(_ query: PostgresQuery) async throws(AccountStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw AccountStoreError(error)
        }
    }
}

/// What somebody says who they are by, folded.
enum Login: Hashable, Sendable {
    case email(key: String)
    case username(key: String)
}

/// Why accounts could not do what they were asked.
enum AccountStoreError: Error, Hashable, Sendable {
    case duplicateEmail
    case duplicateUsername
    /// It does not hold, or its group is full.
    case invitation
    case store(DeviceStoreError)

    init(_ error: PostgresError) {
        if case .server(.uniqueViolation, _, let constraint) = error {
            switch constraint {
            case "credentials_email_key_key":
                self = .duplicateEmail
                return
            case "users_username_key_key":
                self = .duplicateUsername
                return
            default: break
            }
        }
        if case .server(.checkViolation, _, "invitation") = error {
            self = .invitation
            return
        }
        self = .store(DeviceStoreError(error))
    }
}

extension SignInID {
    /// Those of a list that Postgres has joined with commas.
    static func list(_ text: String?) -> Set<SignInID> {
        Set((text ?? "").split(separator: ",").compactMap { UniqueID($0).map(SignInID.init) })
    }
}

internal import Model
internal import Persistence

/// Sign-ins and their refresh tokens in the schema `accounts`. Callable from any thread.
struct PostgresSignInStore: Sendable {
    private let database: Database

    init(database: Database) { self.database = database }

    /// How long after it was spent a refresh token is answered again, by what answered it then (docs/adr/0023).
    static let grace = Duration.seconds(10)

    /// A sign-in that goes on.
    struct Renewal: Hashable, Sendable {
        let account: Account
        let hasSecondFactor: Bool
        let signIn: SignInID
        /// The one in use now.
        let refreshToken: RefreshToken
    }

    /// What became of a refresh token.
    enum Rotation: Hashable, Sendable {
        /// It is spent, and its successor issued.
        case rotated(Renewal)
        /// It was spent a moment ago, and whoever did so has lost the answer: the same once more.
        case repeated(Renewal)
        /// It was spent before, which has ended its sign-in.
        case reused(SignInID)
        /// There is no such token, or what it is of is over.
        case refused
    }

    /// Begins a sign-in.
    ///
    /// - Parameters:
    ///   - account: As the password was compared with it.
    ///   - limit: Sign-ins that its owner may have; past it those end that were not used for longest.
    ///   - attempt: Is forgotten, since it was no failure.
    /// - Returns: The sign-ins that ended; nothing if the account has changed meanwhile, and none has begun.
    func begin(
        _ start: SignInStart, of account: Account, limit: Int, forgetting attempt: SignInAttempt?
    ) async throws(DeviceStoreError) -> Set<SignInID>? {
        var parameters = PostgresParameters()
        parameters.append(account.id.rawValue)
        parameters.append(account.tokenVersion)
        parameters.append(start.id.rawValue)
        parameters.append(start.refreshToken.hash)
        parameters.append(start.at)
        parameters.append(start.expiresAt)
        parameters.append(start.client.address)
        parameters.append(start.client.userAgent)
        parameters.append(start.device.name)
        parameters.append(start.device.platform)
        parameters.append(start.device.appVersion)
        parameters.append(start.device.pushToken)
        parameters.append(Int32(clamping: limit))
        parameters.append(array: attempt?.subjects.map(\.hash) ?? [])
        return try await run(PostgresQuery(SignInStatements.begin, parameters)).rows.map { SignInID.list($0.text(0)) }
            .first
    }

    /// Spends a refresh token and issues another, in one statement. All that the answer needs comes with it: what fails has
    /// spent nothing, and what was committed unheard is answered again.
    func rotate(
        _ token: RefreshToken, to successor: RefreshToken, at now: Timestamp, expiresAt: Timestamp,
        by client: SignInClient
    ) async throws(DeviceStoreError) -> Rotation {
        let result = try await run(
            SignInStatements.rotate.with(
                token.hash, successor.hash, token.seal(successor), now, PostgresSignInStore.grace / .seconds(1),
                expiresAt, client.address, client.userAgent))
        guard result.rowCount == 1 else { throw .failed(sqlState: "XX000") }
        let row = result[0]
        let signIn = row.uniqueID(1).map(SignInID.init)
        switch (row.text(0), signIn) {
        case ("rotated", let signIn?):
            return PostgresSignInStore.renewal(of: signIn, with: successor, row).map(Rotation.rotated) ?? .refused
        case ("repeated", let signIn?):
            guard let known = row.bytes(2).flatMap(token.open) else { return .refused }
            return PostgresSignInStore.renewal(of: signIn, with: known, row).map(Rotation.repeated) ?? .refused
        case ("reused", let signIn?): return .reused(signIn)
        default: return .refused
        }
    }

    /// Nothing if the account was closed since; then its sign-ins have ended too.
    private static func renewal(of signIn: SignInID, with token: RefreshToken, _ row: PostgresRow) -> Renewal? {
        guard let hasSecondFactor = row.bool(3), let account = Account(row: row, from: 4) else { return nil }
        return Renewal(account: account, hasSecondFactor: hasSecondFactor, signIn: signIn, refreshToken: token)
    }

    /// What access tokens of a sign-in are looked at against; nothing once it has ended.
    func state(of signIn: SignInID) async throws(DeviceStoreError) -> SignInState? {
        let result = try await run(SignInStatements.state.with(signIn.rawValue))
        guard result.rowCount == 1, let user = result[0].uniqueID(0), let version = result[0].int32(1),
            let expiresAt = result[0].timestamp(2)
        else { return nil }
        return SignInState(user: UserID(user), tokenVersion: version, expiresAt: expiresAt)
    }

    /// Whether it lives and is younger than that.
    func hasBegun(_ signIn: SignInID, after moment: Timestamp) async throws(DeviceStoreError) -> Bool {
        try await run(SignInStatements.begun.with(signIn.rawValue, moment)).rowCount == 1
    }

    /// Those that have ended, or whose time is over, or whose account opens nothing.
    func ended(among signIns: Set<SignInID>, at now: Timestamp) async throws(DeviceStoreError) -> Set<SignInID> {
        var parameters = PostgresParameters()
        parameters.append(array: signIns.map(\.rawValue))
        parameters.append(now)
        return try await ids(PostgresQuery(SignInStatements.ended, parameters))
    }

    /// Live sign-ins of somebody, the newest first.
    ///
    /// - Parameter last: The page goes on after this one.
    func list(
        of user: UserID, after last: SignInID?, limit: Int, at now: Timestamp
    ) async throws(DeviceStoreError) -> [SignIn] {
        let start = last?.rawValue ?? UniqueID(high: .max, low: .max)
        return try await run(SignInStatements.list.with(user.rawValue, now, start, Int32(clamping: limit))).rows
            .compactMap(SignIn.init)
    }

    // MARK: Ending

    /// - Returns: Whether it was theirs and had not ended.
    func end(_ signIn: SignInID, of user: UserID, at now: Timestamp) async throws(DeviceStoreError) -> Bool {
        let query = SignInStatements.end.with(user.rawValue, signIn.rawValue, UniqueID?.none, now)
        return try await run(query).rowCount > 0
    }

    /// Ends all of somebody's but one.
    func endAll(
        of user: UserID, but remaining: SignInID?, at now: Timestamp
    ) async throws(DeviceStoreError) -> Set<SignInID> {
        try await ids(SignInStatements.end.with(user.rawValue, UniqueID?.none, remaining?.rawValue, now))
    }

    /// Ends the sign-in that a refresh token is of, be the token spent or not.
    func end(_ token: RefreshToken, at now: Timestamp) async throws(DeviceStoreError) -> SignInID? {
        try await ids(SignInStatements.endByToken.with(token.hash, now)).first
    }

    // MARK: The device

    /// - Returns: The device as it is now; nothing if the sign-in has ended.
    func change(
        _ change: SignInDeviceChange, of signIn: SignInID, by user: UserID
    ) async throws(DeviceStoreError) -> SignInDevice? {
        let query = SignInStatements.changeDevice.with(
            signIn.rawValue, user.rawValue, change.name != nil, change.name ?? nil, change.platform != nil,
            change.platform ?? nil, change.appVersion != nil, change.appVersion ?? nil, change.pushToken != nil,
            change.pushToken ?? nil)
        return try await run(query).rows.map { SignInDevice(row: $0, from: 0) }.first
    }

    private func ids(_ query: PostgresQuery) async throws(DeviceStoreError) -> Set<SignInID> {
        Set(try await run(query).rows.compactMap { $0.uniqueID(0).map(SignInID.init) })
    }

    private func run(_ query: PostgresQuery) async throws(DeviceStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await database.retryingQuery(query)
        } catch {
            throw DeviceStoreError(error)
        }
    }
}

/// What is to be another of a sign-in's device: nothing leaves it, `nil` in it takes it away.
struct SignInDeviceChange: Hashable, Sendable {
    var name: String??
    var platform: String??
    var appVersion: String??
    var pushToken: String??
}

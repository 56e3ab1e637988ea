import EventLoop
import HubTesting
import Model
import Persistence

@testable import Accounts

/// A database of its own for one test with the core's schema and that of accounts, and what is tested on it.
struct AccountsFixture: Sendable {
    let loops: LoopGroup
    let database: Database
    let accounts: PostgresAccountStore
    let signIns: PostgresSignInStore
    let erasures: PostgresErasureStore

    /// A moment that tests count from.
    static let noon = Timestamp(milliseconds: 1_790_000_000_000)

    static func with<Value>(_ body: (AccountsFixture) async throws -> Value) async throws -> Value {
        let test = try await TestPostgres.shared.database(
            areas: [AccountsFeature.migrations].compactMap { $0 })
        let loops = try LoopGroup.start(count: 2)
        let database = Database(url: test.url, limits: .patient(connectionsPerLoop: 4), on: loops.loops)
        database.start()
        let fixture = AccountsFixture(loops: loops, database: database)
        do {
            let value = try await body(fixture)
            await fixture.end(test)
            return value
        } catch {
            await fixture.end(test)
            throw error
        }
    }

    private init(loops: LoopGroup, database: Database) {
        self.loops = loops
        self.database = database
        accounts = PostgresAccountStore(database: database)
        signIns = PostgresSignInStore(database: database)
        erasures = PostgresErasureStore(database: database)
    }

    private func end(_ test: TestDatabase) async {
        await database.close()
        await loops.stop()
        try? await test.drop()
    }

    // MARK: People

    /// Somebody new with a first sign-in.
    func register(
        _ name: String = "ada", at now: Timestamp = noon, lasting life: Duration = .seconds(3600)
    ) async throws -> (account: Account, start: SignInStart) {
        let person = AccountsFixture.person(name, at: now)
        let start = AccountsFixture.start(at: now, lasting: life)
        try await accounts.register(person, start)
        guard let account = try await accounts.account(person.id) else { throw Missing(what: "the account") }
        return (account, start)
    }

    static func person(_ name: String, at now: Timestamp = noon) -> PostgresAccountStore.Registration {
        PostgresAccountStore.Registration(
            id: UserID(.version7(at: now)), username: name, usernameKey: name, displayName: name,
            email: "\(name)@example.org", emailKey: "\(name)@example.org",
            passwordHash: String(repeating: "x", count: 40))
    }

    static func start(at now: Timestamp = noon, lasting life: Duration = .seconds(3600)) -> SignInStart {
        SignInStart(
            at: now, lasting: life, client: SignInClient(address: "192.0.2.1"), device: SignInDevice())
    }

    /// Whether a sign-in still opens something.
    func isLive(_ signIn: SignInID, at now: Timestamp = noon) async throws -> Bool {
        guard let state = try await signIns.state(of: signIn) else { return false }
        return now < state.expiresAt
    }

    @discardableResult
    func query(_ sql: String, _ parameters: (any PostgresEncodable)?...) async throws -> PostgresResult {
        var encoded = PostgresParameters()
        for parameter in parameters {
            if let parameter { encoded.append(parameter) } else { encoded.append(Int32?.none) }
        }
        return try await database.query(PostgresQuery(PostgresStatement(sql, sql), encoded))
    }

    func count(_ sql: String) async throws -> Int64 { try await query(sql)[0].int64(0) ?? -1 }
}

/// Something a test needs is not there.
struct Missing: Error, CustomStringConvertible {
    let what: String
    var description: String { "\(what) is missing" }
}

import EventLoop
import HubTesting
import Model
import Persistence
import Synchronization

/// A database of its own for one test, and the loops and pools that use it.
struct PersistenceFixture {
    let loops: LoopGroup
    let database: Database
    let test: TestDatabase

    static func with<Value>(
        loops count: Int = 2, isMigrated: Bool = true, limits: PostgresLimits = .patient(),
        _ body: (PersistenceFixture) async throws -> Value
    ) async throws -> Value {
        let test = try await TestPostgres.shared.database(isMigrated: isMigrated)
        let loops = try LoopGroup.start(count: count)
        let database = Database(url: test.url, limits: limits, on: loops.loops)
        database.start()
        let fixture = PersistenceFixture(loops: loops, database: database, test: test)
        do {
            let value = try await body(fixture)
            await fixture.end()
            return value
        } catch {
            await fixture.end()
            throw error
        }
    }

    private func end() async {
        await database.close()
        await loops.stop()
        try? await test.drop()
    }

    /// Runs a query given as text.
    @discardableResult
    func query(_ sql: String, _ parameters: (any PostgresEncodable)?...) async throws -> PostgresResult {
        var encoded = PostgresParameters()
        for parameter in parameters {
            if let parameter { encoded.append(parameter) } else { encoded.append(Int32?.none) }
        }
        return try await database.query(PostgresQuery(PostgresStatement(sql, sql), encoded))
    }
}

extension Loop {
    /// Runs `body` on the loop and waits for its answer.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            execute { continuation.resume(returning: body()) }
        }
    }
}

extension DeviceRegistration {
    static func sample(_ id: DeviceID = .random(), name: String = "Phone", group: String) -> DeviceRegistration {
        guard let group = GroupID(group) else { preconditionFailure("a test's group has a good name") }
        return DeviceRegistration(id: id, displayName: name, group: group)
    }
}

extension DeviceID {
    static func random() -> DeviceID { DeviceID(UniqueID.version7(at: .now)) }
}

extension Timestamp {
    /// The machine's time of day; the database's columns are compared with it.
    static var now: Timestamp {
        let sinceEpoch = ContinuousWallClock.sinceEpoch
        return Timestamp(milliseconds: sinceEpoch)
    }
}

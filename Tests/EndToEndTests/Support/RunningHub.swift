import Configuration
import Crypto
import EventLoop
import Glibc
import HubTesting
import Model
import Persistence
import Telemetry

@testable import Hub

/// A hub in this process, on a real port, with two loops and a database of its own.
struct RunningHub: Sendable {
    let hub: Hub
    let test: TestDatabase
    /// The same database, for the test's own look at it.
    let database: Database
    let keys: PostgresAPIKeyStore
    let address: HubAddress

    /// Starts a hub, runs `body`, and stops it.
    static func with<Value: Sendable>(
        _ configure: @Sendable (inout HubConfiguration) -> Void = { _ in },
        _ body: (RunningHub) async throws -> Value
    ) async throws -> Value {
        let hub = try await start(configure)
        let upkeep = Task { await hub.hub.run() }
        do {
            let value = try await body(hub)
            upkeep.cancel()
            await hub.stop()
            return value
        } catch {
            upkeep.cancel()
            await hub.stop()
            throw error
        }
    }

    /// A hub with the default settings that many tests use at the same time, each with groups of its own.
    static let shared = SharedHub { _ in }
    /// Another one that sends every change at once and forgets absent devices at once.
    static let immediate = SharedHub {
        $0.fanout.tick = .zero
        $0.presence.grace = .zero
    }

    static func start(_ configure: (inout HubConfiguration) -> Void) async throws -> RunningHub {
        let test = try await TestPostgres.shared.database(areas: Array(Features.migrations.dropFirst()))
        let database = Support.database(test.url)
        let keys = PostgresAPIKeyStore(database: database)
        let key = try await RunningHub.makeKey("test", in: keys)
        let hub = try await start(on: test.uri, configure)
        return RunningHub(
            hub: hub, test: test, database: database, keys: keys,
            address: HubAddress(port: hub.port, key: key.text))
    }

    /// Starts a hub and nothing else.
    static func start(on url: String, _ configure: (inout HubConfiguration) -> Void) async throws -> Hub {
        var configuration = HubConfiguration()
        configuration.server.port = 0
        configuration.server.loops = 2
        configuration.database.url = Secret(url)
        configuration.database.connectionsPerLoop = 1
        // Limits that a test does not set are none that it tests.
        configuration.database.connectTimeout = .seconds(60)
        configuration.database.statementTimeout = .seconds(60)
        configuration.server.shutdownTimeout = .seconds(60)
        // All tests come from one address, many with one key, and as fast as they can.
        configuration.security.keyRatePerMinute = 0
        configuration.security.addressRatePerMinute = 0
        configuration.security.adminRatePerMinute = 0
        configuration.security.userRatePerMinute = 0
        configuration.chat.messagesPerSecond = 0
        configuration.security.streamLocationsPerSecond = 0
        configuration.security.ratePolicies = RunningHub.unlimited
        // What hashing costs is another test's business.
        configuration.credentials.masterKey = Secret(String(repeating: "A", count: 43) + "=")
        configuration.credentials.passwordMemory = 1_024
        configuration.credentials.passwordIterations = 1
        configure(&configuration)
        let silence = LogOutput(level: .error, format: .json, descriptor: open("/dev/null", O_WRONLY | O_CLOEXEC))
        return try await Hub.start(configuration, log: silence)
    }

    /// People come from one address too.
    static let unlimited = [
        "sign_in 0/minute by ip", "register 0/hour by ip", "invitation 0/minute by user", "mail 0/hour by ip",
        "mail_token 0/minute by ip", "refresh 0/minute by ip", "phone 0/minute by device", "share 0/minute by ip",
    ].compactMap { RatePolicy($0) }

    /// Another hub on the same database, after this one has stopped.
    func restarted() async throws -> RunningHub {
        let hub = try await RunningHub.start(on: test.uri) { _ in }
        var address = HubAddress(port: hub.port)
        address.key = self.address.key
        return RunningHub(hub: hub, test: test, database: database, keys: keys, address: address)
    }

    func stop() async {
        await hub.stop()
        await database.close()
        try? await test.drop()
    }

    /// Makes an API key and returns its secret.
    @discardableResult
    static func makeKey(
        _ name: String, isAdmin: Bool = false, expiresAt: Timestamp? = nil, in store: PostgresAPIKeyStore
    ) async throws -> APIKeySecret {
        let secret = APIKeySecret.generate()
        let key = APIKey(
            id: APIKeyID(UniqueID.version7(at: .now)), prefix: secret.prefix, name: name, isAdmin: isAdmin,
            isActive: true, createdAt: .now, expiresAt: expiresAt)
        try await store.insert(key, hash: secret.hash)
        return secret
    }

    /// The times of a device's stored fixes, in milliseconds since the epoch, in order.
    func stored(_ device: DeviceID) async throws -> [Int64] {
        let query = RunningHub.storedFixes.with(device.rawValue)
        return try await database.query(query).rows.map { $0.timestamp(0)?.milliseconds ?? -1 }
    }

    /// A device's stored fixes, in the order of their times, each as a text of all its values that loses none of their bits.
    func storedValues(_ device: DeviceID) async throws -> [String] {
        let query = RunningHub.storedTexts.with(device.rawValue)
        return try await database.query(query).rows.map { $0.text(0) ?? "" }
    }

    private static let storedTexts = PostgresStatement(
        "test.storedTexts",
        """
        SELECT ROW((extract(epoch FROM captured_at) * 1000)::bigint, latitude, longitude, accuracy,
            altitude, bearing, speed, provider, battery_level, network_type)::text
        FROM core.locations WHERE device_id = $1 ORDER BY captured_at
        """)

    private static let storedFixes = PostgresStatement(
        "test.stored", "SELECT captured_at FROM core.locations WHERE device_id = $1 ORDER BY captured_at")
}

/// A hub that starts with the first test that asks for it and serves all of them; it ends with the process.
actor SharedHub {
    private let configure: @Sendable (inout HubConfiguration) -> Void
    private var running: Task<RunningHub, any Error>?

    init(_ configure: @escaping @Sendable (inout HubConfiguration) -> Void) { self.configure = configure }

    func address() async throws -> HubAddress { try await hub().address }

    func hub() async throws -> RunningHub {
        if let running { return try await running.value }
        let task = Task { [configure] in try await RunningHub.start(configure) }
        running = task
        return try await task.value
    }
}

extension TestDatabase {
    /// As an operator would write it.
    var uri: String {
        let host = url.split(separator: "'")[1]
        return "postgres://hub@/\(name)?host=\(host)"
    }
}

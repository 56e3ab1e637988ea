internal import Crypto
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

/// The API keys that were lately used on one loop, so that a request is not a query (story 1.4).
///
/// A key is asked for again after ``freshness``; until the answer comes the known one serves, for at most ``patience``,
/// or for as long as Postgres is away. So a revoked key works for a few seconds more, and a key that is in use does not
/// stop with the database.
///
/// `@unchecked Sendable`: confined to its loop; what is asynchronous comes back there.
final class KeyRing: Authenticator, @unchecked Sendable {
    private let loop: Loop
    private let store: any APIKeyStore
    private let tickets: any StreamTicketStore
    private let clock: any LiveClock
    private let log: Logger
    private let runner: KeyRingRunner

    private var entries: [[UInt8]: Entry] = [:]
    private var uses: [APIKeyID: Timestamp] = [:]

    private struct Entry {
        var key: APIKey?
        var askedAt: LoopInstant
        var isAsking = false
    }

    static let freshness = Duration.seconds(5)
    static let patience = Duration.seconds(30)
    /// Keys remembered, unknown ones included; past it all are forgotten and asked for again.
    static let capacity = 10_000

    init(
        on loop: Loop, store: any APIKeyStore, tickets: any StreamTicketStore, clock: any LiveClock, log: Logger
    ) {
        self.loop = loop
        self.store = store
        self.tickets = tickets
        self.clock = clock
        self.log = log
        runner = KeyRingRunner(on: loop)
    }

    // MARK: Authenticating

    func authenticate(_ request: HTTPRequest) -> Authentication {
        if let secret = request.headers["X-API-Key"] { return authenticate(key: secret) }
        if request.path == StreamRoute.path, let ticket = request.query["ticket"] { return redeem(ticket) }
        return .decided(.failure(.unauthorized()))
    }

    private func authenticate(key secret: String) -> Authentication {
        guard (1...256).contains(secret.utf8.count) else { return .decided(.failure(.unauthorized())) }
        let hash = SHA256.hash(Array(secret.utf8))
        guard let entry = entries[hash] else {
            return .pending { [self] in await lookUp(hash) }
        }
        let age = loop.now - entry.askedAt
        guard age > KeyRing.freshness else { return .decided(admit(entry.key)) }
        guard age > KeyRing.patience else {
            refresh(hash)
            return .decided(admit(entry.key))
        }
        return .pending { [self] in await lookUp(hash) }
    }

    private func admit(_ key: APIKey?) -> Result<Principal, Problem> {
        let now = clock.now
        guard let key, key.isValid(at: now) else { return .failure(.unauthorized()) }
        uses[key.id] = now
        return .success(.apiKey(key))
    }

    private func redeem(_ ticket: String) -> Authentication {
        guard (1...128).contains(ticket.utf8.count) else { return .decided(.failure(.unauthorized())) }
        let hash = SHA256.hash(Array(ticket.utf8))
        return .pending { [self] in
            do throws(DeviceStoreError) {
                guard let ticket = try await tickets.redeem(hash: hash, at: clock.now),
                    let key = try await store.key(id: ticket.key), key.isValid(at: clock.now)
                else { return .failure(Problem(.unauthorized, "Invalid, used or expired ticket")) }
                return .success(.ticket(key, device: ticket.device))
            } catch {
                return .failure(.unavailable)
            }
        }
    }

    // MARK: Asking Postgres

    /// Asks, and remembers the answer; while Postgres is away an old answer serves.
    private func lookUp(_ hash: [UInt8]) async -> Result<Principal, Problem> {
        do throws(DeviceStoreError) {
            let key = try await store.key(hash: hash)
            return await runner.run { self.remember(key, hash) }
        } catch {
            log.warning("API key could not be looked up")
            return await runner.run { self.entries[hash]?.key.map(self.admit) ?? .failure(.unavailable) }
        }
    }

    private func remember(_ key: APIKey?, _ hash: [UInt8]) -> Result<Principal, Problem> {
        if entries.count >= KeyRing.capacity, entries[hash] == nil { entries.removeAll(keepingCapacity: true) }
        entries[hash] = Entry(key: key, askedAt: loop.now)
        return admit(key)
    }

    /// Asks while the known answer serves.
    private func refresh(_ hash: [UInt8]) {
        guard entries[hash]?.isAsking == false else { return }
        entries[hash]?.isAsking = true
        runner.start { [self] in
            _ = await lookUp(hash)
            await runner.run { self.entries[hash]?.isAsking = false }
        }
    }

    /// Whether Postgres says that the key is no longer valid; false while it cannot be asked.
    func isRevoked(_ id: APIKeyID) async -> Bool {
        do throws(DeviceStoreError) {
            return try await store.key(id: id)?.isValid(at: clock.now) != true
        } catch {
            return false
        }
    }

    /// Asks Postgres before any of `keys` is let in again. On the loop.
    func forget(_ keys: Set<APIKeyID>) {
        entries = entries.filter { $0.value.key.map { !keys.contains($0.id) } ?? true }
    }

    /// Which keys were used since the last time, for ``write(_:)``. On the loop.
    func takeUses() -> [APIKeyID: Timestamp] {
        let taken = uses
        uses = [:]
        return taken
    }

    /// Notes in Postgres when keys were used (story 1.4, criterion 6).
    func write(_ uses: [APIKeyID: Timestamp]) async {
        guard !uses.isEmpty else { return }
        do throws(DeviceStoreError) {
            try await store.touch(uses)
        } catch {
            log.debug("uses of API keys were not noted")
        }
    }
}

extension Problem {
    static let unavailable = Problem(.serviceUnavailable, "Database temporarily unavailable", retryAfter: 1)
}

/// The loop as an isolation domain for what a ``KeyRing`` does asynchronously.
private actor KeyRingRunner {
    private let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(on loop: Loop) { self.loop = loop }

    func run<Value: Sendable>(_ work: @Sendable () -> Value) -> Value { work() }

    /// For work that ends by itself: a query has a time limit.
    nonisolated func start(_ work: @escaping @Sendable () async -> Void) {
        Task { await work() }
    }
}

internal import Crypto
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

/// Knows callers by their credentials: the API keys that were lately used on one loop, so that a request is not a query (story 1.4).
///
/// A key is asked for again after a while; until the answer comes the known one serves, for a little longer, or for as
/// long as Postgres is away. So a revoked key works for a few seconds more, and a key that is in use does not
/// stop with the database.
///
/// `@unchecked Sendable`: confined to its loop; what is asynchronous comes back there.
final class KeyRing: Authenticator, @unchecked Sendable {
    private let loop: Loop
    private let store: any APIKeyStore
    private let tickets: any StreamTicketStore
    private let clock: any LiveClock
    private let log: Logger

    /// Who knows users by their tokens; set once, before it serves.
    var bearers: (any BearerAuthenticator)?

    private var entries: [[UInt8]: Entry] = [:]
    private var uses: [APIKeyID: Timestamp] = [:]
    /// Look-ups under way, each shared by all who wait for it.
    private var lookUps: [[UInt8]: Task<Result<Principal, Problem>, Never>] = [:]

    private struct Entry {
        var key: APIKey?
        var askedAt: LoopInstant
        /// Whether the next caller waits for Postgres, however fresh the answer is.
        var isDoubtful = false
    }

    /// After which a key is asked for again. 5 s.
    private let freshness: Duration
    /// How old an answer may be that serves without waiting for the next. 30 s.
    private let patience: Duration
    /// Keys remembered, unknown ones included; past it all are forgotten and asked for again.
    static let capacity = 10_000

    init(
        on loop: Loop, store: any APIKeyStore, tickets: any StreamTicketStore, clock: any LiveClock, log: Logger,
        freshness: Duration = .seconds(5), patience: Duration = .seconds(30)
    ) {
        self.loop = loop
        self.store = store
        self.tickets = tickets
        self.clock = clock
        self.log = log
        self.freshness = freshness
        self.patience = patience
    }

    // MARK: Authenticating

    func authenticate(_ request: HTTPRequest) -> Authentication {
        if let secret = request.headers["X-API-Key"] { return authenticate(key: secret) }
        if let bearers, let token = BearerToken.text(in: request.headers) {
            return bearers.authenticate(bearer: token, on: loop)
        }
        if request.path == StreamRoute.path, let ticket = request.query["ticket"] { return redeem(ticket) }
        return .decided(.failure(.unauthorized()))
    }

    private func authenticate(key secret: String) -> Authentication {
        guard (1...256).contains(secret.utf8.count) else { return .decided(.failure(.unauthorized())) }
        let hash = SHA256.hash(Array(secret.utf8))
        if let entry = entries[hash] {
            let age = loop.now - entry.askedAt
            guard entry.isDoubtful || age > freshness else { return .decided(admit(entry.key)) }
            let lookUp = lookUp(hash)
            return entry.isDoubtful || age > patience ? .pending { await lookUp.value } : .decided(admit(entry.key))
        }
        let lookUp = lookUp(hash)
        return .pending { await lookUp.value }
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
                    let holder = try await holder(of: ticket)
                else {
                    var problem = Problem.unauthorized()
                    problem.message = "Invalid, used or expired ticket"
                    return .failure(problem)
                }
                return .success(.ticket(holder, device: ticket.device))
            } catch {
                return .failure(.unavailable)
            }
        }
    }

    /// Who asked for a ticket, if they still may open anything.
    private func holder(of ticket: StreamTicket) async throws(DeviceStoreError) -> TicketHolder? {
        switch ticket.credential {
        case .key(let id):
            guard let key = try await store.key(id: id), key.isValid(at: clock.now) else { return nil }
            return .apiKey(key)
        case .user(let id, let signIn):
            let user = SignedInUser(id: id, signIn: signIn)
            guard let bearers, try await bearers.isLive(user) else { return nil }
            return .user(user)
        }
    }

    // MARK: Asking Postgres

    /// The look-up of a key that is under way, or one that begins. It ends by itself: a query has a time limit.
    private func lookUp(_ hash: [UInt8]) -> Task<Result<Principal, Problem>, Never> {
        if let task = lookUps[hash] { return task }
        let task = Task(executorPreference: loop) { [self] in
            let result = await ask(hash)
            lookUps[hash] = nil
            return result
        }
        lookUps[hash] = task
        return task
    }

    /// Asks, and remembers the answer; while Postgres is away an old answer serves.
    private func ask(_ hash: [UInt8]) async -> Result<Principal, Problem> {
        do throws(DeviceStoreError) {
            let key = try await store.key(hash: hash)
            loop.preconditionIsolated()
            if entries.count >= KeyRing.capacity, entries[hash] == nil { entries.removeAll(keepingCapacity: true) }
            entries[hash] = Entry(key: key, askedAt: loop.now)
            return admit(key)
        } catch {
            loop.preconditionIsolated()
            log.warning("API key could not be looked up")
            guard let key = entries[hash]?.key else { return .failure(.unavailable) }
            // Whoever comes next shall not wait for Postgres again.
            entries[hash]?.askedAt = loop.now
            entries[hash]?.isDoubtful = false
            return admit(key)
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

    /// Asks Postgres before any key is let in again; while it is away, what was known serves. On the loop.
    func doubtEverything() {
        for hash in entries.keys { entries[hash]?.isDoubtful = true }
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

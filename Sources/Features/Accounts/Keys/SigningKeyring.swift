internal import Crypto
internal import Model
internal import Persistence
internal import Telemetry
internal import Tokens
internal import Wire

/// The keys of access tokens as this hub has them: read from the database, and made there in time. One for the hub.
///
/// It reads when somebody asks and what it has is old; whoever asks meanwhile waits for the same answer.
actor SigningKeyring {
    /// What ``AccessTokens`` sign and check with; replaced whenever the database was read.
    nonisolated let keys = TokenKeys()
    private let store: SigningKeyStore
    private let master: SealingKey
    private let rotation: Duration
    private let clock: any LiveClock
    private let log: Logger

    private var readAt: Timestamp?
    private var published: [JSONValue] = []
    private var isReading = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// How long before its turn a key is published.
    static let lead = Duration.seconds(86_400)
    /// How old what is known may become before it is read again.
    static let freshness = Duration.seconds(30)
    /// How soon after the last time it is read again for a key nobody knows: whoever makes names up costs no more.
    static let patience = Duration.seconds(3)

    /// - Parameter rotation: How long a key signs; a day and more.
    init(store: SigningKeyStore, master: SealingKey, rotation: Duration, clock: any LiveClock, log: Logger) {
        self.store = store
        self.master = master
        self.rotation = rotation
        self.clock = clock
        self.log = log
    }

    /// Before a token is made, or the keys are published.
    func refresh() async { await read(unlessWithin: SigningKeyring.freshness) }

    /// After a token came with a key that is not known here.
    func refreshForUnknownKey() async { await read(unlessWithin: SigningKeyring.patience) }

    /// The keys for everybody (RFC 7517, section 5), those whose turn will come too.
    func publishedKeys() async -> JSONValue {
        await refresh()
        return .object([.init(name: "keys", value: .array(published))])
    }

    private func read(unlessWithin age: Duration) async {
        if isReading { return await withCheckedContinuation { waiters.append($0) } }
        let now = clock.now
        // A clock that was set back must not keep it from reading.
        if let readAt, readAt <= now, readAt.duration(to: now) < age { return }
        isReading = true
        do throws(PostgresError) {
            var rows = try await store.all()
            if let next = nextKey(after: rows, at: now) {
                try await store.add(next.key, after: next.newest)
                rows = try await store.all()
                log.info("signing key made", ["key_id": .string(next.key.id)])
            }
            // Another hub may have made one meanwhile, whose turn began a moment ago.
            take(rows, at: clock.now)
            readAt = now
        } catch {
            log.warning("signing keys not read", ["error": .string("\(error)")])
        }
        isReading = false
        let resumed = waiters
        waiters = []
        for waiter in resumed { waiter.resume() }
    }

    /// The key to be made now, if one is due.
    private func nextKey(after rows: [SigningKeyRow], at now: Timestamp) -> (key: SigningKeyRow, newest: Timestamp?)? {
        // One that cannot be opened is none, so that a damaged row does not keep the hub from signing.
        let own = rows.filter { $0.open(with: master) != nil }
        guard let newest = own.last else {
            let turn = rows.filter { $0.sealedBy == master.fingerprint }.last?.signsFrom
            return (
                SigningKeyRow(
                    sealing: master, at: now, from: turn.map { max($0.advanced(by: .milliseconds(1)), now) } ?? now),
                turn
            )
        }
        let turn = newest.signsFrom.advanced(by: rotation)
        guard turn.advanced(by: .zero - SigningKeyring.lead) <= now else { return nil }
        // After a long rest the next one has its lead all the same.
        let from = own.contains { $0.signsFrom > now } ? turn : max(turn, now.advanced(by: SigningKeyring.lead))
        return (SigningKeyRow(sealing: master, at: now, from: from), newest.signsFrom)
    }

    private func take(_ rows: [SigningKeyRow], at now: Timestamp) {
        var snapshot = TokenKeys.Snapshot()
        for row in rows {
            snapshot.verifying[row.id] = PublicKey(ed25519: row.publicKey)
            if row.signsFrom <= now, let key = row.open(with: master) { snapshot.signing = (row.id, key) }
        }
        // The first key of all, made by a hub whose clock is ahead: there is no other to sign with until then.
        if snapshot.signing == nil, let first = rows.first(where: { $0.open(with: master) != nil }) {
            snapshot.signing = first.open(with: master).map { (first.id, $0) }
        }
        published = rows.map { PublishedKey.describe(ed25519: $0.publicKey, id: $0.id) }
        keys.replace(with: snapshot)
    }
}

internal import Crypto
internal import Model
internal import Persistence

/// Second factors: set up, confirmed, checked and taken away. Callable from any thread.
///
/// A guess is counted in the database before it is looked at, so that guesses at the same time, at however many hubs, are
/// as many guesses.
struct SecondFactors: Sendable {
    private let store: SecondFactorStore
    private let seal: SealingKey

    init(database: Database, master: SealingKey) {
        store = SecondFactorStore(database: database)
        seal = master.derived(for: "second factors")
    }

    /// Whether signing in asks for a code.
    func isOn(for user: UserID) async throws(DeviceStoreError) -> Bool { try await store.isConfirmed(user) }

    /// A new secret and new recovery codes, which count for nothing until ``confirm(_:of:at:)``; replaces what was not
    /// confirmed.
    ///
    /// - Returns: Nothing if one is confirmed already.
    func begin(for user: UserID, at now: Timestamp) async throws(DeviceStoreError) -> (
        secret: [UInt8], codes: [RecoveryCode]
    )? {
        let secret = SecureRandom.bytes(OneTimePassword.secretSize)
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.generate() }
        let isBegun = try await store.begin(
            user, sealed: seal.seal(secret, for: context(user)), codes: codes.map { $0.hash(for: user) }, at: now)
        return isBegun ? (secret, codes) : nil
    }

    /// Turns it on by a first code.
    func confirm(_ code: String, of user: UserID, at now: Timestamp) async throws(DeviceStoreError)
        -> SecondFactorVerdict
    {
        try await check(code, of: user, isConfirmed: false, at: now)
    }

    /// Whether `code` is one of the app's, once, or a recovery code, once.
    func check(_ code: String, of user: UserID, at now: Timestamp) async throws(DeviceStoreError) -> SecondFactorVerdict
    {
        try await check(code, of: user, isConfirmed: true, at: now)
    }

    /// New recovery codes in place of those there are; nothing if the factor is not on.
    func renewCodes(of user: UserID) async throws(DeviceStoreError) -> [RecoveryCode]? {
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.generate() }
        return try await store.replaceCodes(of: user, with: codes.map { $0.hash(for: user) }) ? codes : nil
    }

    /// Turns it off. Whoever asks has been checked.
    func remove(of user: UserID) async throws(DeviceStoreError) { try await store.remove(user) }

    /// Turns off one that its owner has lost, for an administrator.
    func remove(of user: UserID, noting entry: AuditEntry) async throws(DeviceStoreError) {
        try await store.remove(user, noting: entry)
    }

    private func check(
        _ code: String, of user: UserID, isConfirmed: Bool, at now: Timestamp
    ) async throws(DeviceStoreError) -> SecondFactorVerdict {
        switch try await store.claimGuess(of: user, isConfirmed: isConfirmed, at: now) {
        case .none: return .notSet
        case .locked(let until): return .locked(for: now.duration(to: until))
        case .guess(let sealed, let last):
            guard let secret = seal.open(sealed, for: context(user)) else { return .unreadable }
            if let step = OneTimePassword.step(of: code, secret: secret, at: now, after: last) {
                return try await store.accept(step, of: user, at: now) ? .accepted : .refused
            }
            guard isConfirmed, let recovery = RecoveryCode(code) else { return .refused }
            return try await store.spend(recovery.hash(for: user), of: user) ? .accepted : .refused
        }
    }

    private func context(_ user: UserID) -> [UInt8] { Array("\(user)".utf8) }
}

/// What a check of a code says.
enum SecondFactorVerdict: Hashable, Sendable {
    case accepted
    /// Wrong, of another time, or used before.
    case refused
    /// Too many were wrong; even a right one is not looked at.
    case locked(for: Duration)
    /// There is nothing to check against.
    case notSet
    /// It was sealed with another master key: an operator has lost or exchanged it.
    case unreadable
}

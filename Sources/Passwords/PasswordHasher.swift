internal import Glibc
internal import Telemetry

/// Hashes and checks passwords with Argon2id, on threads of its own. Callable from any thread; one for the hub.
package final class PasswordHasher: Sendable {
    package let cost: PasswordCost
    private let threads: PasswordThreads
    private let metrics: PasswordMetrics
    /// The hash that stands for accounts there are not, of a text nobody knows.
    private let decoy: String

    /// - Parameters:
    ///   - threads: How many passwords are hashed at the same time; 0 is one less than there are cores, and at least one.
    ///   - capacity: How many may wait.
    /// - Precondition: The memory for one hash can be had.
    package init(cost: PasswordCost, threads: Int = 0, capacity: Int = 64, metrics: PasswordMetrics) {
        self.cost = cost
        self.metrics = metrics
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        self.threads = PasswordThreads(count: threads > 0 ? threads : max(1, cores - 1), capacity: capacity)
        let unknown = (0..<32).map { _ in UInt8.random(in: 0...255) }
        guard let decoy = Argon2id.hash(unknown, cost: cost) else {
            preconditionFailure("there is no memory to hash one password in")
        }
        self.decoy = decoy
    }

    /// A hash to be stored, 32 to 127 bytes of ASCII.
    package func hash(_ password: Password) async throws(PasswordHashingUnavailable) -> String {
        let cost = cost
        let hash = try await run { Argon2id.hash(password.bytes, cost: cost) }
        guard let hash else { throw PasswordHashingUnavailable(retryAfter: retryAfter) }
        return hash
    }

    /// Whether `hash` is of `password`. What cannot be right takes as long as what could.
    ///
    /// - Parameters:
    ///   - password: What somebody typed; nothing if no account can have such a password.
    ///   - hash: The account's; nothing if there is no such account, or none with a password.
    package func verify(
        _ password: Password?, against hash: String?
    ) async throws(PasswordHashingUnavailable) -> PasswordVerdict {
        let (cost, decoy) = (cost, decoy)
        return try await run {
            let isRight = Argon2id.verify(password?.bytes ?? [], against: hash ?? decoy)
            guard isRight, password != nil, let hash else { return .differs }
            return .matches(isOutdated: Argon2id.isOutdated(hash, for: cost))
        }
    }

    private func run<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value
    ) async throws(PasswordHashingUnavailable) -> Value {
        let metrics = metrics
        let value: Value? = await withCheckedContinuation { continuation in
            metrics.waiting.add(1)
            let isTaken = threads.run {
                let clock = ContinuousClock()
                let start = clock.now
                let value = work()
                let (seconds, attoseconds) = start.duration(to: clock.now).components
                metrics.duration.record(Int(seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
                metrics.hashes.increment()
                metrics.waiting.add(-1)
                continuation.resume(returning: value)
            }
            if !isTaken {
                metrics.waiting.add(-1)
                metrics.refused.increment()
                continuation.resume(returning: nil)
            }
        }
        guard let value else { throw PasswordHashingUnavailable(retryAfter: retryAfter) }
        return value
    }

    /// By then a full queue has been worked off, at some 20 hashes a second and thread.
    private var retryAfter: Duration { .seconds(3) }
}

/// What a check of a password says.
package enum PasswordVerdict: Hashable, Sendable {
    /// - Parameter isOutdated: Whether the hash was made at another cost than today's, and should be made again now.
    case matches(isOutdated: Bool)
    case differs
}

/// Too many passwords wait to be hashed, or there is no memory to do it in. Nothing was hashed.
package struct PasswordHashingUnavailable: Error, Hashable, Sendable {
    /// When it may succeed.
    package let retryAfter: Duration
}

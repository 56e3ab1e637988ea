internal import FeatureKit
internal import Jobs
internal import Model
internal import Persistence
internal import Wire

/// Removes what is left of an account that was closed: devices with every location, memberships, and the person. What does
/// not name them stays. May be done again at any point, and then goes on from there.
struct AccountEraser: Sendable {
    let store: PostgresErasureStore
    let custody: PostgresCustodyStore
    let live: LiveMap
    let people: PeopleEvents
    let clock: any LiveClock

    /// The job that finishes what a request began whose hub was killed, or that could not reach Postgres.
    static let job = JobKind<UserID>(
        "erase_account", attempts: 100, timeLimit: .seconds(1800), concurrency: 1,
        encode: { Array($0.description.utf8) },
        decode: { bytes in
            guard let id = UniqueID(String(decoding: bytes, as: UTF8.self)) else {
                throw JobFailure.permanent("no user's id")
            }
            return UserID(id)
        })

    /// By when the request itself is done, as a rule.
    static let patience = Duration.seconds(60)

    /// Devices that are looked up at a time.
    private static let batch = 50
    /// How often devices that appear meanwhile are gone after; the job tries again.
    private static let rounds = 10

    static func job(for user: UserID, at now: Timestamp) -> QueuedJob {
        job.job(user, after: patience, dedupeKey: user.description, id: .version7(at: now))
    }

    /// - Parameters:
    ///   - requestID: For the audit log.
    func erase(_ user: UserID, requestID: String, clientAddress: String) async throws {
        for _ in 0..<AccountEraser.rounds {
            try await eraseDevices(of: user, requestID: requestID, clientAddress: clientAddress)
            guard let groups = try await store.remove(user) else { continue }
            for departure in groups {
                people.publish(
                    departure.change == .dissolved ? .groupDissolved(departure.group) : .left(departure.group, user))
                if departure.change == .handedOver { people.publish(.groupChanged(departure.group)) }
            }
            people.publish(.erased(user))
            return
        }
        throw JobFailure.notYet("devices keep registering", after: .seconds(30))
    }

    private func eraseDevices(of user: UserID, requestID: String, clientAddress: String) async throws {
        while true {
            let devices = try await store.devices(of: user, limit: AccountEraser.batch)
            for device in devices {
                try Task.checkCancellation()
                let now = clock.now
                let note = AuditEntry(
                    at: now, actor: .user(user), operation: "deleteAccount",
                    target: device.description, outcome: .done, requestID: requestID, clientAddress: clientAddress)
                guard let erased = try await custody.erase(device, at: now, note: note) else { continue }
                live.erased(device, createdBy: erased.device.createdAt)
            }
            if devices.count < AccountEraser.batch { return }
        }
    }
}

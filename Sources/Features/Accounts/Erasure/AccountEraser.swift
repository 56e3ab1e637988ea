internal import FeatureKit
internal import Jobs
internal import Model
internal import Persistence
internal import Wire

/// Removes what is left of an account that was closed (docs/adr/0024 and 0033): memberships first, so that nobody sees them
/// any more, then devices with every location, what every area keeps, and the person. What does not name them stays. Done in
/// slices, each a short transaction; may be broken off and done again at any point, and then goes on from there.
struct AccountEraser: Sendable {
    let store: PostgresErasureStore
    let custody: PostgresCustodyStore
    let devices: PostgresPeopleStore
    let steps: ErasureSteps
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
    /// How long the request erases before it leaves the rest to the job.
    static let requestTime = Duration.seconds(10)

    /// The time was over between two slices.
    struct CutShort: Error {}

    /// Devices that are looked up at a time.
    private static let batch = 50
    /// How often devices that appear meanwhile are gone after; the job tries again.
    private static let rounds = 10

    static func job(for user: UserID, at now: Timestamp) -> QueuedJob {
        job.job(user, after: patience, dedupeKey: user.description, id: .version7(at: now))
    }

    /// - Parameters:
    ///   - requestID: For the audit log.
    ///   - time: After which it stops between two slices, with ``CutShort``; as long as it takes if nothing.
    func erase(
        _ user: UserID, requestID: String, clientAddress: String, within time: Duration? = nil
    ) async throws {
        let end = time.map { ContinuousClock.now.advanced(by: $0) }
        try await withdraw(user, until: end)
        for _ in 0..<AccountEraser.rounds {
            try await eraseDevices(of: user, requestID: requestID, clientAddress: clientAddress, until: end)
            for step in steps.all {
                while try await step.erase(user) { try check(end) }
            }
            while try await store.eraseSlice(of: user) { try check(end) }
            guard let groups = try await store.remove(user) else { continue }
            publish(groups, of: user)
            people.publish(.erased(user))
            return
        }
        throw JobFailure.notYet("devices keep registering", after: .seconds(30))
    }

    private func check(_ end: ContinuousClock.Instant?) throws {
        try Task.checkCancellation()
        if let end, ContinuousClock.now >= end { throw CutShort() }
    }

    /// From here on others see nothing of them but what they have said.
    private func withdraw(_ user: UserID, until end: ContinuousClock.Instant?) async throws {
        let now = clock.now
        let groups = try await store.withdraw(user, at: now)
        publish(groups, of: user)
        for device in try await devices.devices(of: user) where !device.isActive {
            live.deactivated(device, at: now)
        }
        for step in steps.all {
            while try await step.withdraw(user) { try check(end) }
        }
    }

    private func publish(_ groups: [PostgresErasureStore.Departure], of user: UserID) {
        for departure in groups {
            people.publish(
                departure.change == .dissolved ? .groupDissolved(departure.group) : .left(departure.group, user))
            if departure.change == .handedOver { people.publish(.groupChanged(departure.group)) }
        }
    }

    private func eraseDevices(
        of user: UserID, requestID: String, clientAddress: String, until end: ContinuousClock.Instant?
    ) async throws {
        while true {
            let devices = try await store.devices(of: user, limit: AccountEraser.batch)
            for device in devices {
                try check(end)
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

package import Model
internal import Telemetry

/// One device on its group's loop: where its reports come in and its sessions are known.
///
/// Its position and presence are kept by its ``GroupActor``. Once the device left the group, or the group memory, this
/// actor refuses reports and ignores the rest; look the device up again.
package actor DeviceActor: LiveActor {
    nonisolated package let id: DeviceID
    nonisolated var scheduler: any LiveScheduler { services.scheduler }
    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe services.executor }

    private let services: LiveServices
    private let slot: Int
    private var group: GroupActor?
    /// The oldest first.
    private var sessions: [any DeviceSession] = []
    private var storedSeenAt: Timestamp?
    private var awaitsLapse = false
    /// The reports of its sessions.
    private var reports = SlidingWindow()

    init(_ id: DeviceID, in group: GroupActor, slot: Int, services: LiveServices) {
        self.id = id
        self.group = group
        self.slot = slot
        self.services = services
    }

    /// Whether the device is still a member of the group it was looked up in, and that group in memory.
    package var isMember: Bool { group != nil }

    /// The group it is a member of.
    package var groupID: GroupID? { group?.id }

    // MARK: Reports

    /// Hands a fix, already found to be sound, to the journal, and makes it the live position if it is newer than that.
    ///
    /// - Parameters:
    ///   - receivedAt: The hub's time, which is also a sign of life.
    ///   - receipt: Who hears, exactly once, what became of it in storage; nobody if this throws.
    package func report(
        _ fix: Fix, receivedAt: Timestamp, receipt: FixReceipt?
    ) throws(ReportRefusal) -> ReportOutcome {
        guard let tracer = services.tracer else { return try take(fix, receivedAt: receivedAt, receipt: receipt) }
        return try trace(tracer, fixes: 1) { device throws(ReportRefusal) in
            try device.take(fix, receivedAt: receivedAt, receipt: receipt)
        }
    }

    private func take(
        _ fix: Fix, receivedAt: Timestamp, receipt: FixReceipt?
    ) throws(ReportRefusal) -> ReportOutcome {
        guard let group else { throw .gone }
        let admission = services.journal.append(fix, of: id, receivedAt: receivedAt, receipt: receipt)
        guard admission != .dropped else { throw .journalFull }
        let isLive = group.enter(with: (fix, slot, receivedAt)) { $0.take($1.0, at: $1.1, seenAt: $1.2) }
        storeSeen(receivedAt)
        return ReportOutcome(admission: admission, isLive: isLive)
    }

    /// As above for several fixes in any order, stored together or not at all.
    ///
    /// - Precondition: There is at least one.
    package func report(
        _ fixes: [Fix], receivedAt: Timestamp, receipt: FixReceipt?
    ) throws(ReportRefusal) -> ReportOutcome {
        guard let tracer = services.tracer else { return try take(fixes, receivedAt: receivedAt, receipt: receipt) }
        return try trace(tracer, fixes: fixes.count) { device throws(ReportRefusal) in
            try device.take(fixes, receivedAt: receivedAt, receipt: receipt)
        }
    }

    private func take(
        _ fixes: [Fix], receivedAt: Timestamp, receipt: FixReceipt?
    ) throws(ReportRefusal) -> ReportOutcome {
        guard let group else { throw .gone }
        guard var newest = fixes.first else { preconditionFailure("a batch holds a fix at least") }
        for fix in fixes where newest.capturedAt < fix.capturedAt { newest = fix }
        let admission = services.journal.append(fixes, of: id, receivedAt: receivedAt, receipt: receipt)
        guard admission != .dropped else { throw .journalFull }
        let isLive = group.enter(with: (newest, slot, receivedAt)) { $0.take($1.0, at: $1.1, seenAt: $1.2) }
        storeSeen(receivedAt)
        return ReportOutcome(admission: admission, isLive: isLive)
    }

    /// Does `work` as a span of the trace that the loop works for, if there is one; the journal then finds it there.
    private func trace(
        _ tracer: LoopTracer, fixes: Int, _ work: (isolated DeviceActor) throws(ReportRefusal) -> ReportOutcome
    ) throws(ReportRefusal) -> ReportOutcome {
        guard var span = tracer.begin("device report") else { return try work(self) }
        span.attributes.append("hub.fixes", .integer(fixes))
        let result = tracer.with(span.context) { Result { () throws(ReportRefusal) in try work(self) } }
        switch result {
        case .success(let outcome): span.attributes.append("hub.live", .bool(outcome.isLive))
        case .failure(.journalFull): span.failure = "the journal is full"
        case .failure(.gone): span.failure = "the device is no longer a member"
        }
        tracer.tracer.end(span)
        return try result.get()
    }

    /// Counts a report of a session, unless it is more than `limit` in a second.
    ///
    /// - Returns: Milliseconds until one would be counted, if this one was not.
    package func waitToReport(atMost limit: Int) -> Int64? {
        let now = UInt64(max(0, services.scheduler.now.milliseconds))
        let verdict = reports.admit(at: now, limit: limit, window: 1000)
        return verdict.isAdmitted ? nil : verdict.wait
    }

    /// As ``waitToReport(atMost:)``, for a caller that is on the loop and no actor.
    nonisolated package func enterWaiting(atMost limit: Int) -> Int64? {
        enter(with: limit) { device, limit in device.waitToReport(atMost: limit) }
    }

    /// As ``report(_:receivedAt:receipt:)``, for a caller that is on the loop and no actor.
    nonisolated package func enterReporting(
        _ fix: Fix, receivedAt: Timestamp, receipt: FixReceipt?
    ) throws(ReportRefusal) -> ReportOutcome {
        try enter(with: (fix, receivedAt, receipt)) { device, report in
            Result { () throws(ReportRefusal) in
                try device.report(report.0, receivedAt: report.1, receipt: report.2)
            }
        }.get()
    }

    /// As above for several fixes.
    nonisolated package func enterReporting(
        _ fixes: [Fix], receivedAt: Timestamp, receipt: FixReceipt?
    ) throws(ReportRefusal) -> ReportOutcome {
        try enter(with: (fixes, receivedAt, receipt)) { device, report in
            Result { () throws(ReportRefusal) in
                try device.report(report.0, receivedAt: report.1, receipt: report.2)
            }
        }.get()
    }

    /// Has `rider`, a session of this device, told when its group's next frame has gone, if one that tells of others is due by
    /// `moment`; for a caller that is on the loop and no actor.
    ///
    /// - Returns: Whether it will be told.
    nonisolated package func enterRiding(_ rider: any FrameRider, by moment: LiveInstant) -> Bool {
        enter(with: (rider, moment)) { device, ride in
            device.group?.enter(with: (ride.0, device.slot, ride.1)) { $0.ride($1.0, at: $1.1, by: $1.2) } ?? false
        }
    }

    /// Notes a sign of life that is no report: a ping, a pong, a request of this device (story 2.6).
    package func seen(at moment: Timestamp) {
        guard let group, group.enter(with: (slot, moment), { $0.seen(at: $1.0, $1.1) }) else { return }
        storeSeen(moment)
    }

    private func storeSeen(_ moment: Timestamp) {
        if let last = storedSeenAt, moment.milliseconds - last.milliseconds < services.lastSeenResolution { return }
        storedSeenAt = moment
        services.journal.touch(id, at: moment)
    }

    // MARK: Sessions

    /// The session it is connected by, if there is just one.
    var onlySession: (any DeviceSession)? { sessions.count == 1 ? sessions[0] : nil }

    /// Opens a session: the device is online from now on. Past the bound the oldest session is told to go.
    ///
    /// - Returns: Whether it is connected; false if the device is no longer a member.
    package func connect(_ session: any DeviceSession) -> Bool {
        guard let group else { return false }
        guard !sessions.contains(where: { $0 === session }) else { return true }
        let superseded = sessions.count == services.limits.sessionsPerDevice ? sessions.removeFirst() : nil
        sessions.append(session)
        let slot = slot
        let moment = services.clock.now
        group.assumeIsolated {
            if superseded != nil { _ = $0.sessionClosed(at: slot, moment, isLast: false) }
            $0.sessionOpened(at: slot, moment)
        }
        seen(at: moment)
        superseded?.deviceSuperseded()
        return true
    }

    /// Closes a session; after the last one the device stays as it is for the grace. Harmless if it is not connected.
    package func disconnect(_ session: any DeviceSession) {
        guard let group, let index = sessions.firstIndex(where: { $0 === session }) else { return }
        sessions.remove(at: index)
        let slot = slot
        let isLast = sessions.isEmpty
        let moment = services.clock.now
        let lapse = group.assumeIsolated { $0.sessionClosed(at: slot, moment, isLast: isLast) }
        if let lapse { awaitLapse(at: lapse) }
    }

    /// Says what the device's user is, until it is offline; ignored without a session.
    ///
    /// - Parameters:
    ///   - status: Not `offline`.
    ///   - note: At most 140 characters, already checked.
    package func declare(_ status: PresenceStatus, note: String?) {
        let slot = slot
        let moment = services.clock.now
        group?.assumeIsolated { $0.declare(status, note: note, at: slot, moment) }
        seen(at: moment)
    }

    /// Every device waits for one moment at a time, however often it comes and goes meanwhile.
    private func awaitLapse(at moment: LiveInstant) {
        guard !awaitsLapse else { return }
        awaitsLapse = true
        group?.assumeIsolated { $0.countLapse(1) }
        services.lapses.add(self, notBefore: moment)
    }

    func graceMayBeOver() {
        guard awaitsLapse, let group else { return }
        awaitsLapse = false
        let slot = slot
        let next = group.assumeIsolated {
            $0.countLapse(-1)
            return $0.lapse(at: slot)
        }
        if let next { awaitLapse(at: next) }
    }

    /// Lets go of the group and its sessions, and tells these why, if it is theirs to know.
    ///
    /// - Returns: How many sessions there were, and how many lapses (0 or 1) were waited for.
    func detach(_ departure: Departure?) -> (sessions: Int, lapses: Int) {
        let gone = sessions
        let lapses = awaitsLapse ? 1 : 0
        sessions = []
        awaitsLapse = false
        group = nil
        for session in gone {
            switch departure {
            case .moved(let group): session.deviceMoved(to: group)
            case .deactivated: session.deviceDeactivated()
            case .erased: session.deviceErased()
            case nil: break
            }
        }
        return (gone.count, lapses)
    }
}

internal import Actors
internal import EventLoop
internal import FeatureKit
internal import Model
internal import Telemetry
internal import WebSocket
internal import Wire

extension StreamSession {
    /// Does what a message asks for.
    func handle(_ envelope: ClientEnvelope, receivedAt now: Timestamp) {
        let re = envelope.id
        switch envelope.message {
        case .location(let fix):
            report(1, re) { (device, receipt) throws(ReportRefusal) in
                try device.enterReporting(fix, receivedAt: now, receipt: receipt)
            }
        case .locations(let fixes):
            report(fixes.count, re) { (device, receipt) throws(ReportRefusal) in
                try device.enterReporting(fixes, receivedAt: now, receipt: receipt)
            }
        case .watch(let group): watch(group, re: re)
        case .unwatch(let group): unwatch(group, re: re)
        case .presence(let report): declare(report, re: re)
        case .ping:
            deviceActor?.assumeIsolated { $0.seen(at: now) }
            send { HubMessageEncoder.pong(re: re, serverTime: now, to: &$0) }
        case .message, .typing, .read, .sync:
            for service in node.services where service.receive(envelope.message, re: re, from: self) { return }
            refuse(Refusal(.notImplemented, message: "This hub has no conversations", id: re))
        }
    }

    // MARK: Reports

    private func report(
        _ count: Int, _ re: Int64?,
        _ body: (DeviceActor, FixReceipt) throws(ReportRefusal) -> ReportOutcome
    ) {
        guard let deviceActor else { return refuse(Refusal.needsDevice(re)) }
        guard pendingAcks < node.settings.pendingAcks else {
            ackHold.noteAnswer(at: milliseconds)
            return refuse(
                Refusal(.serviceUnavailable, message: "Too many locations wait for their acknowledgement", id: re),
                retryAfter: 1)
        }
        let limit = node.locationsPerSecond
        if limit > 0, let wait = deviceActor.enterWaiting(atMost: limit) {
            node.refusedLocations.increment()
            ackHold.noteAnswer(at: milliseconds)
            let message = "Rate limit of \(limit) location messages/second exceeded"
            return refuse(
                Refusal(.rateLimitExceeded, message: message, id: re), retryAfter: Int((wait + 999) / 1000))
        }
        ackHold.noteReport(at: milliseconds, pending: pendingAcks)
        pendingAcks += 1
        let receipt = FixReceipt(receiver: self, token: AckToken(re: re, count: count).rawValue)
        do throws(ReportRefusal) {
            _ = try body(deviceActor, receipt)
        } catch {
            pendingAcks -= 1
            ackHold.noteAnswer(at: milliseconds)
            switch error {
            case .journalFull:
                refuse(
                    Refusal(.serviceUnavailable, message: "Database temporarily unavailable", id: re), retryAfter: 1)
            case .gone: refuse(Refusal(.notFound, message: "The device is no longer active", id: re))
            }
        }
    }

    // MARK: Presence

    private func declare(_ report: ClientMessage.PresenceReport, re: Int64?) {
        guard deviceActor != nil || user != nil else { return refuse(Refusal.needsDevice(re)) }
        deviceActor?.assumeIsolated { $0.declare(report.status, note: report.note) }
        for service in node.services { service.declared(report, by: self) }
        send { HubMessageEncoder.ok(re: re, to: &$0) }
    }

    // MARK: Watching

    /// A device may watch its own group, an API key any, and a user, whoever they speak as, those they are a member of.
    private func watch(_ id: GroupID, re: Int64?) {
        guard user != nil || device == nil || id == group else {
            return refuse(Refusal(.forbidden, message: "A device may watch its own group only", id: re))
        }
        switch watches[id] {
        case .local(let group):
            // Asked again: a fresh snapshot, or the group left memory and is looked up anew.
            if observe(group, re: re) { return }
        case .remote(let watcher):
            guard node.crossing?.refresh(watcher, re: re) == true else {
                return refuse(Refusal(.conflict, message: "The group's snapshot is on its way", id: re))
            }
            return pauseIfBehind()
        case .pending, .asked: return refuse(Refusal(.conflict, message: "The group is being loaded", id: re))
        case nil:
            guard watches.count < node.settings.watchedGroups else {
                return refuse(
                    Refusal(
                        .conflict, message: "At most \(node.settings.watchedGroups) groups can be watched", id: re))
            }
        }
        if let user { return askToWatch(id, for: user, re: re) }
        beginWatch(id, re: re)
    }

    /// Watches a group that may be watched.
    func beginWatch(_ id: GroupID, re: Int64?) {
        guard node.live.loop(of: id) === loop else {
            guard let crossing = node.crossing else { return }
            watches[id] = .remote(crossing.watch(id, for: self, re: re))
            return
        }
        watches[id] = .pending
        node.directory.assumeIsolated { directory in
            directory.find(id) { found in self.found(id, found, re: re) }
        }
    }

    private func found(_ id: GroupID, _ found: Result<GroupActor, LiveUnavailable>, re: Int64?) {
        // No longer wanted, if the watch is gone. One that was given up and asked for again meanwhile has its own answer.
        guard connection != nil, watches[id] != nil else { return }
        switch found {
        case .success(let group):
            watches[id] = .local(group)
            if id == self.group { watchesOwnGroup = true }
            if !observe(group, re: re) { watchFailed(id, re: re, .unloaded) }
        case .failure(let failure): watchFailed(id, re: re, failure)
        }
    }

    /// - Returns: False if the group has left memory.
    private func observe(_ group: GroupActor, re: Int64?) -> Bool {
        let result = group.assumeIsolated { group in
            Result { () throws(LiveUnavailable) in try group.observe(self) }
        }
        switch result {
        case .success(let snapshot):
            let dialect = dialect
            let frame = group.assumeIsolated { $0.frame(of: snapshot, re: re, in: dialect) }
            countOut(frame.count)
            connection?.send(PreparedFrame(encoded: frame))
            pauseIfBehind()
            return true
        case .failure(.unloaded): return false
        case .failure(let failure):
            watchFailed(group.id, re: re, failure)
            return true
        }
    }

    /// The group's loop could not admit the watcher.
    func watchFailed(_ id: GroupID, _ watcher: WatcherID, re: Int64?, _ failure: LiveUnavailable) {
        // Given up meanwhile, and perhaps asked for again.
        guard case .remote(let current) = watches[id], current == watcher else { return }
        watchFailed(id, re: re, failure)
    }

    private func watchFailed(_ id: GroupID, re: Int64?, _ failure: LiveUnavailable) {
        if let watch = watches.removeValue(forKey: id) { stop(watch, of: id) }
        let message =
            failure == .storeFailed ? "Database temporarily unavailable" : "The group cannot be watched just now"
        refuse(Refusal(.serviceUnavailable, message: message, id: re), retryAfter: 1)
    }

    private func unwatch(_ id: GroupID, re: Int64?) {
        if let watch = watches.removeValue(forKey: id) { stop(watch, of: id) }
        send { HubMessageEncoder.ok(re: re, to: &$0) }
    }

    func stop(_ watch: Watch, of id: GroupID) {
        if id == group { watchesOwnGroup = false }
        switch watch {
        case .local(let group): group.assumeIsolated { $0.unobserve(self) }
        case .remote(let watcher): node.crossing?.unwatch(watcher)
        case .pending, .asked: break
        }
    }
}

extension StreamSession: FixReceiver {
    func fixesCommitted(token: UInt64) {
        pendingAcks -= 1
        let token = AckToken(rawValue: token)
        releaseAck()
        if watchesOwnGroup, token.count == 1, let deviceActor,
            let moment = ackHold.latestFrame(at: milliseconds, pending: pendingAcks),
            deviceActor.enterRiding(self, by: moment)
        {
            node.meters.heldAcks.add(1)
            return ackHold.hold(token)
        }
        acknowledge(token)
    }

    /// Says what waited for a frame.
    func releaseAck() {
        if let token = ackHold.release() { acknowledge(token) }
    }

    private func acknowledge(_ token: AckToken) {
        ackHold.noteAnswer(at: milliseconds)
        switch dialect {
        case .json, .deflated: send { HubMessageEncoder.ack(re: token.re, processed: token.count, to: &$0) }
        case .packed: send { PackedHubMessageEncoder.ack(re: token.re, processed: token.count, to: &$0) }
        }
    }

    private var milliseconds: Int64 { Int64(clamping: loop.now.milliseconds) }

    func fixesRefused(token: UInt64, _ refusal: FixRefusal) {
        pendingAcks -= 1
        ackHold.noteAnswer(at: milliseconds)
        let re = AckToken(rawValue: token).re
        switch refusal {
        case .deviceUnknown: refuse(Refusal(.notFound, message: "The device is no longer registered", id: re))
        case .rowRefused: refuse(Refusal(.internal, message: "The location could not be stored", id: re))
        case .stopping:
            refuse(Refusal(.serviceUnavailable, message: "The hub is stopping", id: re), retryAfter: 1)
        }
    }
}

extension StreamSession: FrameRider {
    func frameHasGone() { releaseAck() }
}

extension Refusal {
    /// A message that only a device may send came from a watcher.
    static func needsDevice(_ re: Int64?) -> Refusal {
        Refusal(.forbidden, message: "Connect with a deviceId to send this", id: re)
    }
}

internal import Actors
internal import EventLoop
internal import FeatureKit
internal import Model
internal import Telemetry
internal import WebSocket
internal import Wire

/// One connection to the stream: reads the client's messages, and is who watches, reports and waits for commits.
///
/// It lives on the loop of its device's group, or on the loop that accepted it if it speaks as no device.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`. No actor, because a frame
/// that goes out to a group enters every member's session, and entering an actor costs more than all else that is done
/// there (docs/adr/0006).
@safe final class StreamSession: @unchecked Sendable {
    /// Where frames made for many go, past the connection; `nil` where each is made for this client, and at the end.
    ///
    /// Not retained, which a frame would be twice as often as it is sent: ``connection`` keeps the socket until the end.
    private var outlet: Unmanaged<StreamSocket>?
    /// The setting, beside what else a frame needs on its way out.
    private let outboundBytes: Int
    /// What went through since it was opened; here, because what sends touches these lines anyway.
    private(set) var traffic = LiveSession.Traffic()

    let loop: Loop

    let id: SessionID
    /// Whose credentials opened it.
    let credential: Credential
    /// Who has signed in.
    var user: SignedInUser? {
        if case .user(let id, let signIn) = credential { SignedInUser(id: id, signIn: signIn) } else { nil }
    }
    let device: DeviceID?
    /// What its messages are written in, both ways.
    let dialect: Dialect
    let group: GroupID?
    let node: LoopNode
    /// Only of one that speaks packed.
    private let reception: PackedReception?

    var connection: WebSocketConnection?
    var deviceActor: DeviceActor?
    var watches: [GroupID: Watch] = [:]
    /// Fixes and batches that wait for their commit.
    var pendingAcks = 0
    var ackHold = AckHold()
    /// Whether it watches the group of its device, whose frames it therefore gets.
    var watchesOwnGroup = false
    /// Whether something was not delivered because the client does not read.
    var hasMissed = false
    /// Whether somebody wants to know when the client has read what waits.
    private var isDrainAwaited = false
    /// Since when the client reads nothing; reading from it pauses meanwhile.
    var stalledSince: LoopInstant?
    var isRecheckDue = false
    private var place = 0
    /// The upgrade's, while there is tracing.
    let trace: SessionTrace?

    /// How a group is watched.
    enum Watch {
        case local(GroupActor)
        case remote(WatcherID)
        /// The group is being loaded.
        case pending
        /// Whether the user is a member is being asked; a number of ``admissions``.
        case asked(UInt64)
    }

    /// The groups that it waits to be let at; only of a user.
    let admissions: WatchAdmissions?

    /// On the loop it is to live on.
    init(
        device: DeviceID?, group: GroupID?, credential: Credential, dialect: Dialect = .json, on node: LoopNode,
        trace: SessionTrace? = nil
    ) {
        self.trace = trace
        loop = node.loop
        id = SessionID(UniqueID.version7(at: node.clock.now))
        self.credential = credential
        self.device = device
        self.group = group
        self.dialect = dialect
        reception = dialect == .packed ? PackedReception() : nil
        admissions = credential.user.map { _ in WatchAdmissions(capacity: node.settings.watchedGroups) }
        self.node = node
        outboundBytes = node.settings.outboundBytes
    }

    // MARK: Life

    /// Grants the upgrade, greets the client and, if it speaks as a device, makes that one online.
    func begin(on socket: StreamSocket, alreadyRead: [UInt8], acceptance: WebSocketAcceptance) {
        place = node.add(self)
        let connection = WebSocketConnection.server(
            on: socket, acceptance: acceptance, alreadyRead: alreadyRead, options: node.settings.webSocket,
            handler: self)
        self.connection = connection
        unsafe outlet = connection.preparedOutlet.map { unsafe Unmanaged.passUnretained($0) }
        sendWelcome()
        // It may have ended since it was let in, when there was no session to close yet. In this order: who ends a sign-in
        // tells the ring first and closes the sessions then, so that one of the two finds the other.
        if let signIn = credential.signIn, node.keys.bearers?.hasEnded(signIn, on: loop) == true {
            return credentialsRevoked()
        }
        guard !node.isStopping else { return sayGoodbye("the hub is stopping", reconnectAfter: .seconds(1)) }
        for service in node.services { service.opened(self) }
        guard let device else { return }
        let actor = node.directory.assumeIsolated { $0.loadedDevice(device) }
        guard let actor, actor.assumeIsolated({ $0.connect(self) }) else {
            // It was deactivated, or moved, between its look-up and now.
            return sayGoodbye("the device is no longer here", reconnectAfter: .seconds(1))
        }
        deviceActor = actor
    }

    private func sendWelcome() {
        let settings = node.settings
        let welcome = HubMessage.Welcome(
            session: id, device: device, user: user?.id, group: group, serverTime: node.clock.now,
            heartbeat: Int(settings.heartbeat.components.seconds),
            limits: HubMessage.Limits(
                messageBytes: settings.messageBytes, fixesPerMessage: settings.fixesPerMessage,
                locationsPerSecond: node.locationsPerSecond))
        send { HubMessageEncoder.welcome(welcome, to: &$0) }
    }

    /// Tells the client when to come back, and closes.
    func sayGoodbye(_ reason: String, reconnectAfter: Duration) {
        guard let connection, connection.isOpen else { return }
        releaseAck()
        send { HubMessageEncoder.goodbye(reason: reason, reconnectAfter: reconnectAfter, to: &$0) }
        connection.close(code: .goingAway, reason: reason)
    }

    /// The key or the sign-in was revoked, or has expired.
    func credentialsRevoked() { connection?.close(code: .policyViolation, reason: "credentials revoked") }

    /// An administrator wants it to go.
    func closedByAdministrator() { connection?.close(code: .policyViolation, reason: "closed by an administrator") }

    /// As it is now, for administrators.
    var summary: LiveSession {
        LiveSession(
            id: id, device: device, group: group, loop: loop.index, dialect: dialect.subprotocol,
            openedAt: Timestamp(milliseconds: Int64(id.rawValue.high >> 16)), credential: credential,
            address: connection?.peerAddress ?? "", queuedBytes: connection?.queuedBytes ?? 0,
            pendingAcks: pendingAcks, watches: watches.count, traffic: traffic)
    }

    /// Bytes that wait for the client to read.
    var queuedBytes: Int { connection?.queuedBytes ?? 0 }

    /// Ends without a word.
    func abort() { connection?.abort() }

    /// The connection is over.
    private func end() {
        guard connection != nil else { return }
        unsafe outlet = nil
        connection = nil
        for (group, watch) in watches { stop(watch, of: group) }
        watches = [:]
        deviceActor?.assumeIsolated { $0.disconnect(self) }
        deviceActor = nil
        for service in node.services { service.closed(self) }
        if let moved = node.removeSession(at: place) {
            let place = place
            moved.place = place
        }
    }

    // MARK: Receiving

    private func take(_ envelope: ClientEnvelope, bytes: Int, receivedAt now: Timestamp) {
        guard let tracer = node.tracer else { return handle(envelope, receivedAt: now) }
        MessageTrace.of(envelope.message, bytes: bytes, in: self, tracer) { handle(envelope, receivedAt: now) }
    }

    // MARK: Sending

    /// Sends a reply, as JSON if it has no packed form.
    func send(_ write: (inout [UInt8]) -> Void) {
        let frame = node.frame(in: dialect, write)
        countOut(frame.bytes.count)
        connection?.send(frame)
        pauseIfBehind()
    }

    func countOut(_ bytes: Int) {
        traffic.messagesOut &+= 1
        traffic.bytesOut &+= UInt64(bytes)
    }

    private func countIn(_ bytes: Int) {
        traffic.messagesIn &+= 1
        traffic.bytesIn &+= UInt64(bytes)
    }

    /// A client that does not read its replies is not read either.
    func pauseIfBehind() {
        guard let connection, connection.queuedBytes > node.settings.outboundBytes else { return }
        if stalledSince == nil {
            stalledSince = loop.now
            connection.pauseReading()
        }
        recheckSoon()
    }

    func refuse(_ refusal: Refusal, retryAfter: Int? = nil) {
        node.meters.refused.add(1)
        send { HubMessageEncoder.error(refusal, retryAfter: retryAfter, to: &$0) }
    }

    private func recheckSoon() {
        guard !isRecheckDue else { return }
        isRecheckDue = true
        node.recheckSoon(self)
    }

    /// Goes on where a client that did not read has caught up; gives up on one that does not.
    func catchUp() {
        isRecheckDue = false
        guard let connection, connection.isOpen else { return }
        guard connection.queuedBytes == 0 else {
            if let since = stalledSince, loop.now - since > node.settings.stallTime {
                stalledSince = nil
                node.meters.stalled.add(1)
                connection.close(code: .tryAgainLater, reason: "too slow")
            } else {
                recheckSoon()
            }
            return
        }
        if stalledSince != nil {
            stalledSince = nil
            connection.resumeReading()
        }
        let hadMissed = hasMissed
        guard hadMissed || isDrainAwaited else { return }
        hasMissed = false
        isDrainAwaited = false
        for service in node.services { service.drained(self) }
        guard hadMissed else { return }
        for (_, watch) in watches {
            switch watch {
            case .local(let group): group.assumeIsolated { $0.drained(self) }
            case .remote(let id): node.crossing?.drained(id)
            case .pending, .asked: break
            }
        }
    }
}

extension StreamSession: WebSocketHandler {
    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
        guard dialect != .packed else {
            return connection.close(code: .unsupportedData, reason: "presence.v1.packed has binary messages only")
        }
        countIn(bytes.byteCount)
        let now = node.clock.now
        do throws(Refusal) {
            take(try node.decoder.decode(bytes, at: now), bytes: bytes.byteCount, receivedAt: now)
        } catch {
            refuse(error)
        }
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) {
        guard let reception else {
            return connection.close(code: .unsupportedData, reason: "presence.v1 has text messages only")
        }
        countIn(bytes.byteCount)
        let now = node.clock.now
        do throws(Refusal) {
            let envelope = try node.packedDecoder.decode(bytes, after: &reception.lastSent, at: now)
            take(envelope, bytes: bytes.byteCount, receivedAt: now)
        } catch {
            refuse(error)
        }
    }

    func webSocket(_ connection: WebSocketConnection, didReceivePong bytes: RawSpan) {
        let now = node.clock.now
        deviceActor?.assumeIsolated { $0.seen(at: now) }
    }

    func webSocketDidDrain(_ connection: WebSocketConnection) { catchUp() }

    func webSocketWillClose(_ connection: WebSocketConnection) { releaseAck() }

    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
    ) {
        end()
    }
}

extension StreamSession: GroupObserver {
    func deliver(_ frame: [UInt8], of group: GroupID) -> Admission {
        if let outlet = unsafe outlet,
            unsafe outlet._withUnsafeGuaranteedRef({ $0.write(prepared: frame, ifQueuedAtMost: outboundBytes) })
        {
            countOut(frame.count)
            return .accepted
        }
        guard let connection else { return .dropped }
        if connection.send(encoded: frame, ifQueuedAtMost: outboundBytes) {
            countOut(frame.count)
            return .accepted
        }
        if connection.isOpen {
            hasMissed = true
            recheckSoon()
        }
        return .dropped
    }
}

extension StreamSession: StreamPeer {
    func deliver(_ message: SharedMessage) -> Admission {
        let frame: [UInt8]
        if let known = message.frames[dialect] {
            frame = known
        } else {
            frame = node.frame(of: message.text, in: dialect)
            message.frames[dialect] = frame
        }
        guard let connection else { return .dropped }
        if connection.send(encoded: frame, ifQueuedAtMost: outboundBytes) {
            countOut(frame.count)
            return .accepted
        }
        if connection.isOpen {
            hasMissed = true
            recheckSoon()
        }
        return .dropped
    }

    func awaitDrain() {
        guard connection?.isOpen == true else { return }
        isDrainAwaited = true
        recheckSoon()
    }

    func closeTooSlow() {
        node.meters.stalled.add(1)
        connection?.close(code: .tryAgainLater, reason: "too slow")
    }
}

extension StreamSession: DeviceSession {
    func deviceMoved(to group: GroupID) {
        sayGoodbye("the device is in another group now", reconnectAfter: .zero)
    }

    func deviceDeactivated() {
        connection?.close(code: .policyViolation, reason: "the device was deactivated")
    }

    func deviceErased() {
        connection?.close(code: .policyViolation, reason: "the device was erased")
    }

    func deviceSuperseded() {
        connection?.close(code: .policyViolation, reason: "too many sessions of this device")
    }
}

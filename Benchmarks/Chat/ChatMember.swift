import EventLoop
import HTTP
import Measuring
import Model
import WebSocket
import Wire

/// One member of a conversation: its connection, made again whenever it is lost, and its ledger.
///
/// Confined to its worker's loop: references may be held anywhere, every method is called there.
final class ChatMember: @unchecked Sendable {
    /// Its place in the conversation.
    let index: Int
    var account: Account
    var ledger: MemberLedger
    unowned let worker: ChatWorker
    unowned let conversation: ChatConversation

    private var link: ChatLink?
    /// Counts the attempts: what belongs to an earlier one is not listened to.
    private var attempt = 0
    private var isOpen = false
    private var openSince: UInt64 = 0
    /// Since when this connection tells everything live; ``MonotonicTime``.
    private var liveSince: UInt64?
    private var nextID: Int64 = 0
    private var inFlight: [Int64: Int] = [:]
    private var syncID: Int64?
    private var mustSync = false
    private var failures = 0
    private var askedDelay: Duration?
    private var retry: LoopTimer?
    private var again: LoopTimer?
    private var outgoing: [UInt8] = []

    init(index: Int, account: Account, in conversation: ChatConversation, of worker: ChatWorker) {
        self.index = index
        self.account = account
        self.conversation = conversation
        self.worker = worker
        ledger = MemberLedger(member: index)
    }

    var isConnected: Bool { isOpen }
    var isReady: Bool { liveSince != nil }

    // MARK: Sending

    /// Makes one more message, which is sent as soon as it can be.
    func compose(due: UInt64) {
        _ = ledger.compose()
        conversation.sendings[index].append(ChatConversation.Sending(begun: due))
        worker.tally.composed += 1
        sendWaiting()
    }

    private func sendWaiting() {
        guard isOpen else { return }
        while let number = ledger.nextToSend() {
            var sending = conversation.sendings[index][number]
            if sending.times == 0 {
                // What was due while nobody was connected begins its life now.
                sending.begun = max(sending.begun, openSince)
            } else {
                worker.tally.sentAgain += 1
            }
            sending.times += 1
            conversation.sendings[index][number] = sending
            worker.tally.written += 1
            let name = MessageName(member: index, number: number)
            inFlight[nextID] = number
            send(
                .message(
                    ClientMessage.MessageDraft(
                        conversation: conversation.id,
                        clientID: name.clientID(run: conversation.run, conversation: conversation.index),
                        text: name.text)))
        }
    }

    /// - Returns: The id by which the answer names it.
    @discardableResult
    private func send(_ message: ClientMessage) -> Int64 {
        let id = nextID
        nextID += 1
        outgoing.removeAll(keepingCapacity: true)
        ClientMessageEncoder.encode(ClientEnvelope(id: id, message), to: &outgoing)
        link?.send(outgoing)
        return id
    }

    // MARK: Connecting

    /// Begins to connect, with tokens that are still good.
    func open() {
        attempt += 1
        retry = nil
        let attempt = attempt
        guard account.isFresh else { return renew() }
        guard worker.usesTicket() else { return connect(ticket: nil) }
        worker.ticket(of: self) { ticket in
            guard self.attempt == attempt else { return }
            if let ticket { self.connect(ticket: ticket) } else { self.reopen() }
        }
    }

    private func renew() {
        let attempt = attempt
        worker.renew(self) { if self.attempt == attempt { self.reopen() } }
    }

    private func connect(ticket: String?) {
        var headers = HTTPHeaders()
        headers.append("User-Agent", "chat-benchmark")
        if ticket == nil { headers.append("Authorization", "Bearer \(account.accessToken)") }
        let query = ticket.map { "?ticket=\($0)" } ?? ""
        let address = worker.settings.address
        let link = ChatLink(of: self, on: worker.loop)
        self.link = link
        link.open(
            WebSocketURL(host: address.host, port: address.port, target: "/api/v1/stream\(query)"), headers: headers)
    }

    /// Tries again after a while, the longer the more attempts have failed.
    private func reopen() {
        let drawn = worker.draw() * Double(min(100 << min(failures, 5), 2000))
        failures += 1
        let delay = max(askedDelay ?? .zero, .milliseconds(Int(drawn)))
        askedDelay = nil
        reopen(after: delay)
    }

    private func reopen(after delay: Duration) {
        guard !worker.isOver else { return }
        retry = worker.loop.schedule(after: delay) { [weak self] in self?.open() }
    }

    /// Leaves as a phone does that loses its network, and comes back after `absence`.
    func vanish(for absence: Duration) {
        guard isOpen else { return }
        worker.tally.aborted += 1
        leave()
        reopen(after: absence)
    }

    /// Ends the connection without a word.
    func leave() {
        attempt += 1
        link?.abort()
        forget()
        retry = nil
    }

    private func forget() {
        if isReady { worker.readyCount -= 1 }
        link = nil
        isOpen = false
        liveSince = nil
        inFlight = [:]
        syncID = nil
        mustSync = false
        again = nil
        ledger.disconnect()
    }

    /// The link is over, without having been told to be.
    func ended(_ end: ChatLink.End) {
        attempt += 1
        forget()
        switch end {
        case .closed(let code):
            worker.tally.ended[code.map { "\($0)" } ?? "connection lost", default: 0] += 1
            if code == 1008 { return renew() }
        case .unopened(let error):
            worker.tally.unopened[ChatMember.name(of: error), default: 0] += 1
            if case .refused(let status, let headers, _) = error {
                if status == 401 { return renew() }
                askedDelay = headers["Retry-After"].flatMap(Double.init).map { .seconds(min($0, 60)) }
            }
        }
        reopen()
    }

    private static func name(of error: WebSocketClientError) -> String {
        switch error {
        case .refused(let status, _, _): "status \(status)"
        case .unreachable, .closed: "no connection"
        case .invalidAnswer: "an answer that is none"
        case .timedOut: "no answer in time"
        case .cancelled: "cancelled"
        }
    }

    // MARK: What comes

    func heard(_ bytes: RawSpan) {
        let now = MonotonicTime.now
        if ChatMember.isMessage(bytes), let reading = conversation.live(bytes) {
            return received(reading, at: now)
        }
        guard let message = try? HubMessageDecoder.decode(bytes) else { return worker.note(.changed) }
        take(message, at: now)
    }

    private func take(_ message: HubMessage, at now: UInt64) {
        switch message {
        case .welcome: welcomed(at: now)
        case .message(let message): received(conversation.read(message), at: now)
        case .messages(let page):
            for message in page.messages {
                switch conversation.read(message) {
                case .fault(let fault): worker.note(fault)
                case .message(let sequence, let name):
                    worker.note(ledger.receive(name, at: sequence, by: .page))
                    if name.member != index { worker.tally.paged += 1 }
                }
            }
        case .ok(let re?) where re == syncID:
            syncID = nil
            worker.note(ledger.caughtUp())
            if liveSince == nil { worker.readyCount += 1 }
            liveSince = now
            failures = 0
        case .messageStored(let re?, let id, let sequence, _): stored(re, id, sequence, at: now)
        case .error(let failure): refused(failure)
        case .goodbye(_, let delay): askedDelay = delay
        default: break
        }
    }

    private func welcomed(at now: UInt64) {
        worker.tally.connections += 1
        isOpen = true
        openSince = now
        nextID = 0
        sync(since: ledger.connect())
        sendWaiting()
    }

    private func sync(since: Int64) {
        mustSync = false
        syncID = send(.sync([ClientMessage.SyncPoint(conversation: conversation.id, since: since)]))
    }

    private func received(_ reading: ChatConversation.Reading, at now: UInt64) {
        switch reading {
        case .fault(let fault): worker.note(fault)
        case .message(let sequence, let name):
            worker.note(ledger.receive(name, at: sequence, by: .live))
            guard name.member != index else { return }
            worker.tally.live += 1
            guard conversation.sendings[name.member].indices.contains(name.number) else { return }
            let sending = conversation.sendings[name.member][name.number]
            if sending.times == 1, let liveSince, liveSince <= sending.begun, worker.counts(sending.begun) {
                worker.tally.delivery.record(from: sending.begun, to: now)
            }
        }
    }

    private func stored(_ re: Int64, _ id: ConversationID, _ sequence: Int64, at now: UInt64) {
        guard id == conversation.id, let number = inFlight.removeValue(forKey: re) else {
            return worker.note(.stranger)
        }
        let isFirst = ledger.acknowledged[number] == 0
        worker.note(ledger.acknowledge(number, as: sequence))
        if isFirst { worker.acknowledged(since: conversation.sendings[index][number].begun, at: now) }
        sendWaiting()
    }

    /// Whatever is refused is asked for again: nothing that is sent here may be refused for good.
    private func refused(_ failure: HubMessage.Failure) {
        worker.tally.refusals[failure.rawCode, default: 0] += 1
        guard let re = failure.re else { return }
        if let number = inFlight.removeValue(forKey: re) {
            ledger.mustSendAgain(number)
        } else if re == syncID {
            syncID = nil
            mustSync = true
        } else {
            return
        }
        let wait = Duration.milliseconds(max(100, (failure.retryAfter ?? 0) * 1000))
        let attempt = attempt
        guard again == nil else { return }
        again = worker.loop.schedule(after: wait) { [weak self] in
            guard let self, self.attempt == attempt else { return }
            again = nil
            if mustSync { sync(since: Int64(ledger.log.count)) }
            sendWaiting()
        }
    }

    /// Whether a message begins as the hub's `message` does; any other order of members takes the slow way.
    private static func isMessage(_ bytes: RawSpan) -> Bool {
        // {"type":"message","
        unsafe bytes.byteCount > 20 && bytes.unsafeLoad(fromByteOffset: 9, as: UInt8.self) == UInt8(ascii: "m")
            && bytes.unsafeLoad(fromByteOffset: 15, as: UInt8.self) == UInt8(ascii: "e")
            && bytes.unsafeLoad(fromByteOffset: 16, as: UInt8.self) == UInt8(ascii: "\"")
    }
}

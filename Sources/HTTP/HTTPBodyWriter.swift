internal import EventLoop

/// Content of an answer that is made over time.
///
/// A producer writes while ``queuedBytes`` is below a bound of its own, then waits for ``onDrain``; so an answer of any size
/// needs little memory. It is finished or aborted exactly once. Confined to the responder's loop.
package final class HTTPBodyWriter: @unchecked Sendable {
    /// Called when all that was written has been given to the kernel; after every turn in which something was written.
    package var onDrain: (() -> Void)?

    private var responder: HTTPResponder?
    private let length: Int?
    private var written = 0
    private var framing = ResponseFraming.chunked
    private var sendsContent = true
    /// What waits for the answers before this one.
    private var backlog: [[UInt8]] = []
    private var backlogBytes = 0
    private var isDrainCheckDue = false
    /// The producer, while it waits in ``drained(within:)`` or ``rest(for:)``.
    private var producerWait: (forDrain: Bool, tell: (Bool) -> Void, timer: LoopTimer)?
    private(set) var isFinished = false

    init(responder: HTTPResponder, length: Int?) {
        self.responder = responder.connection == nil ? nil : responder
        self.length = length
    }

    /// Whether the peer is gone: what is written is lost.
    package var isAbandoned: Bool { responder == nil && !isFinished }

    /// Bytes written that the kernel has not taken yet.
    package var queuedBytes: Int {
        guard let responder, let connection = responder.connection else { return 0 }
        return backlogBytes + (connection.isFirst(responder) ? connection.socket.queuedBytes : 0)
    }

    /// Sends `bytes`, sharing the array. Nothing happens once the peer is gone.
    ///
    /// - Precondition: Not finished, and not beyond the length that was announced.
    package func write(_ bytes: [UInt8]) {
        precondition(!isFinished, "The content is finished")
        guard responder != nil, !bytes.isEmpty else { return }
        written += bytes.count
        if let length { precondition(written <= length, "More content than was announced") }
        guard sendsContent else { return }
        if framing == .chunked {
            var head: [UInt8] = []
            head.reserveCapacity(bytes.count < 4096 ? bytes.count + 16 : 16)
            head.append(hexadecimal: bytes.count)
            head.append("\r\n")
            if bytes.count < 4096 {
                head.append(contentsOf: bytes)
                head.append("\r\n")
                send(head)
            } else {
                send(head)
                send(bytes)
                send([.carriageReturn, .lineFeed])
            }
        } else {
            send(bytes)
        }
    }

    /// Ends the content. If less came than was announced, the connection is cut so that the client notices.
    package func finish() {
        precondition(!isFinished, "The content is finished")
        isFinished = true
        onDrain = nil
        guard let responder, let connection = responder.connection else { return }
        if let length, written < length, sendsContent { return abort() }
        if framing == .chunked, sendsContent { send(Array("0\r\n\r\n".utf8)) }
        responder.onAbandoned = nil
        self.responder = nil
        connection.contentFinished(responder)
    }

    /// Gives up in the middle: the connection is cut, so that the client does not take a part for the whole.
    package func abort() {
        isFinished = true
        onDrain = nil
        endWait(false)
        responder?.connection?.socket.close()
    }

    func begin(_ head: HTTPResponse) {
        guard let responder, let connection = responder.connection else { return }
        if let length {
            framing = .length(length)
        } else if responder.version == .http10 {
            framing = .untilClose
            responder.closes = true
        }
        sendsContent = !responder.isHead && !head.status.forbidsContent
        if head.closesConnection { responder.closes = true }
        send(connection.head(of: head, for: responder, framing: framing))
    }

    /// The answers before this one have left.
    func turnHasCome() {
        guard let connection = responder?.connection else { return }
        for bytes in backlog { connection.write(bytes) }
        backlog = []
        backlogBytes = 0
        checkDrainLater()
    }

    func socketDrained() {
        guard backlog.isEmpty, responder != nil, !isFinished else { return }
        onDrain?()
        if producerWait?.forDrain == true { endWait(true) }
    }

    /// What a finished writer still has to send when its turn comes.
    func takeBacklog() -> [[UInt8]] {
        defer { backlog = [] }
        return backlog
    }

    func abandon() {
        responder = nil
        onDrain = nil
        backlog = []
        backlogBytes = 0
        endWait(false)
    }

    // MARK: Waiting

    /// Waits until the kernel has taken all that was written. For a producer that is a task on the loop; one at a time.
    ///
    /// - Parameter limit: How long the peer may take.
    /// - Returns: Whether it was taken: false if the peer is gone or too slow.
    package func drained(within limit: Duration) async -> Bool {
        await wait(forDrain: true, for: limit)
    }

    /// Leaves the loop to others for a while; returns at once when the peer is gone. For a producer that is a task on the
    /// loop, and would otherwise take whatever the others leave of it: they would then wait for each other longer.
    package func rest(for time: Duration) async {
        _ = await wait(forDrain: false, for: time)
    }

    /// Lets the events in that have come meanwhile, between two parts of what would hold the loop up if it were made in one
    /// go. For a producer that is a task on the loop.
    package func nextTurn() async { await responder?.loop.nextTurn() }

    private func wait(forDrain: Bool, for time: Duration) async -> Bool {
        guard let loop = responder?.loop, !isFinished else { return false }
        loop.preconditionIsolated()
        precondition(producerWait == nil, "One producer waits at a time")
        return await withCheckedContinuation { continuation in
            let timer = loop.schedule(after: time) { [weak self] in self?.endWait(false) }
            producerWait = (forDrain, { continuation.resume(returning: $0) }, timer)
            if forDrain { checkDrainLater() }
        }
    }

    private func endWait(_ isDrained: Bool) {
        guard let ended = producerWait else { return }
        producerWait = nil
        ended.timer.cancel()
        ended.tell(isDrained)
    }

    private func send(_ bytes: [UInt8]) {
        guard let responder, let connection = responder.connection else { return }
        guard connection.isFirst(responder) else {
            backlog.append(bytes)
            backlogBytes += bytes.count
            return
        }
        connection.write(bytes)
        checkDrainLater()
    }

    /// The socket tells of a drain only when it could not write everything at once. What is handed over to the loop runs
    /// when this turn's flush is over.
    private func checkDrainLater() {
        guard !isDrainCheckDue, !isFinished, let loop = responder?.loop else { return }
        isDrainCheckDue = true
        loop.execute { [self] in
            isDrainCheckDue = false
            if queuedBytes == 0 { socketDrained() }
        }
    }
}

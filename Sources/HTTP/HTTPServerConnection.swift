internal import EventLoop

/// One connection: reads requests, keeps their answers in order, and decides when it ends.
///
/// Confined to its loop: references may be held anywhere, every method is called on the socket's loop. The server holds it
/// until it closes.
final class HTTPServerConnection: @unchecked Sendable {
    let socket: StreamSocket
    let server: HTTPServer
    /// The place in the server's list.
    var index: Int

    private var parser: RequestParser
    /// Read, but not parsed before an answer makes room or an upgrade is decided: of one read at most, because nothing more
    /// is read while there is any.
    private var unparsed: [UInt8] = []
    private var firstResponder: HTTPResponder?
    private var lastResponder: HTTPResponder?
    private var inFlight = 0
    /// A request to upgrade that waits for the answers before it.
    private var heldRequest: HTTPRequest?
    private var isAwaitingUpgrade = false
    var owesContinue = false
    /// The body that is handed on as it comes, and the way back for its request.
    var body: (reader: HTTPBodyReader, responder: HTTPResponder)?
    private var isParsing = false
    private var isReading = true
    /// No request is taken any more: the last has been read, or the peer has finished.
    private var isLast = false
    private var isClosed = false
    var times: ConnectionTimes

    init(socket: StreamSocket, server: HTTPServer, index: Int) {
        self.socket = socket
        self.server = server
        self.index = index
        parser = RequestParser(limits: server.limits)
        times = ConnectionTimes(now: socket.loop.now)
    }

    func start() {
        socket.handler = self
        socket.startReading()
    }

    func isFirst(_ responder: HTTPResponder) -> Bool { responder === firstResponder }

    func write(_ bytes: [UInt8]) {
        times.acceptedBytes += bytes.count
        socket.write(bytes)
    }

    func closeIfIdle() {
        if inFlight == 0, parser.isBetweenRequests { finishWriting() }
    }

    // MARK: Requests

    private var canParse: Bool {
        !isLast && !isClosed && !isAwaitingUpgrade && !hasUntakenAnswers
            && (body.map { !$0.reader.isFull } ?? (inFlight < server.limits.pipelinedRequests))
    }

    /// Whether the peer asks faster than it takes the answers.
    private var hasUntakenAnswers: Bool {
        socket.queuedBytes >= server.limits.queuedResponseBytes && parser.isBetweenRequests
    }

    private func parse(_ input: Span<UInt8>) {
        isParsing = true
        var position = 0
        while position < input.count, canParse {
            switch parser.next(input, from: &position) {
            case .needsMore: break
            case .head(let request): takeHead(request, isAtEnd: position == input.count)
            case .request(var request):
                times.requestCount += 1
                request.peer = socket.peer
                request.isSecure = socket.isSecure
                if request.asksForUpgrade { unparsed = Array(input.extracting(position..<input.count)) }
                dispatch(request)
                if isAwaitingUpgrade { position = input.count } else { unparsed = [] }
            case .content(let bytes, let isLast): takeContent(bytes, isLast: isLast)
            case .refused(let refusal): refuse(refusal)
            }
        }
        isParsing = false
        guard !isClosed else { return }
        if position < input.count, !isLast { unparsed = Array(input.extracting(position..<input.count)) }
        setReading(canParse)
        times.enter(phase, at: socket.loop.now)
        resumeAfterFlush()
    }

    /// Keeps what was read when an answer, given since the read before, had filled the queue already.
    private func hold(_ input: Span<UInt8>) {
        unparsed.append(input)
        setReading(false)
        resumeAfterFlush()
    }

    /// The socket tells of a drain only when it could not write everything at once; what is handed over to the loop runs
    /// when this turn's flush is over.
    private func resumeAfterFlush() {
        if !isReading, hasUntakenAnswers { socket.loop.execute { [self] in resume() } }
    }

    private var phase: ConnectionTimes.Phase {
        if parser.isReadingBody { return .body }
        return parser.isBetweenRequests ? .idle : .head
    }

    private func takeHead(_ request: HTTPRequest, isAtEnd: Bool) {
        let limit = server.handler.bodyLimit(for: request) ?? server.limits.bodyBytes
        let isStreamed = server.handler.streamsBody(of: request)
        if let refusal = parser.acceptBody(limit: limit, isStreamed: isStreamed) { return refuse(refusal) }
        times.expectBody(limit: limit, limits: server.limits)
        // Whoever has begun to send is not waiting (RFC 9110, section 10.1.1).
        owesContinue = request.expectsContinue && isAtEnd
        if isStreamed { dispatchStreamed(request) } else { sendContinue() }
    }

    /// The interim answer takes its turn like any other.
    private func sendContinue() {
        guard owesContinue, body == nil, firstResponder == nil else { return }
        owesContinue = false
        write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    private func dispatch(_ request: HTTPRequest) {
        owesContinue = false
        // A client that has one request under way at a time waits for this very answer.
        socket.loop.hurry()
        let closes = !request.keepsAlive
        let responder = HTTPResponder(
            connection: self, isHead: request.method == .head, version: request.version, closes: closes)
        append(responder)
        if request.asksForUpgrade {
            isAwaitingUpgrade = true
            setReading(false)
            if inFlight > 1 {
                heldRequest = request
                return
            }
        } else if closes {
            stopReading()
        }
        server.handler.handle(request, responder)
    }

    /// Answers what is no request, after the answers that are still to come, and closes.
    private func refuse(_ refusal: HTTPRefusal) {
        // Who reads the body has the answer.
        if body != nil {
            endBody(.refused(refusal))
            return stopReading()
        }
        let responder = HTTPResponder(connection: self, isHead: false, version: .http11, closes: true)
        append(responder)
        stopReading()
        responder.respond(server.handler.response(to: refusal))
    }

    func append(_ responder: HTTPResponder) {
        if let lastResponder { lastResponder.next = responder } else { firstResponder = responder }
        lastResponder = responder
        inFlight += 1
    }

    func stopReading() {
        isLast = true
        parser.stop()
        unparsed = []
        setReading(false)
    }

    private func setReading(_ wanted: Bool) {
        guard wanted != isReading, !isClosed else { return }
        isReading = wanted
        if wanted { socket.startReading() } else { socket.pauseReading() }
    }

    /// Goes on with what was put off, once there is room again.
    func resume() {
        guard !isParsing, canParse else { return }
        if !unparsed.isEmpty {
            let bytes = unparsed
            unparsed = []
            parse(bytes.span)
        }
        if canParse { setReading(true) }
    }

    // MARK: Answers

    func answer(_ responder: HTTPResponder, _ response: HTTPResponse) {
        guard isFirst(responder) else {
            responder.waiting = response
            return
        }
        send(response, for: responder)
        advance()
    }

    /// A streamed answer is complete, though it may still wait for its turn.
    func contentFinished(_ responder: HTTPResponder) {
        if isFirst(responder) { advance() }
    }

    /// The head of a response as bytes, with room for nothing more.
    func head(of response: HTTPResponse, for responder: HTTPResponder, framing: ResponseFraming) -> [UInt8] {
        var bytes: [UInt8] = []
        appendHead(of: response, for: responder, framing: framing, to: &bytes)
        return bytes
    }

    private func appendHead(
        of response: HTTPResponse, for responder: HTTPResponder, framing: ResponseFraming, to bytes: inout [UInt8]
    ) {
        if server.isDraining, responder.next == nil { responder.closes = true }
        // The rest of its body is not read.
        if let body, body.responder === responder { responder.closes = true }
        let connection: StaticString? =
            responder.closes ? "close" : responder.version == .http10 ? "keep-alive" : nil
        ResponseEncoder.appendHead(
            of: response, framing: framing, connection: connection, date: server.date.current(),
            fixed: server.securityHeaders, isSecure: socket.isSecure, to: &bytes)
    }

    private func send(_ response: HTTPResponse, for responder: HTTPResponder) {
        if response.closesConnection { responder.closes = true }
        let sendsContent = !responder.isHead && !response.status.forbidsContent
        let joins = sendsContent && response.body.count <= 16 << 10
        var bytes: [UInt8] = []
        bytes.reserveCapacity(640 + response.headers.bytes.count + (joins ? response.body.count : 0))
        appendHead(of: response, for: responder, framing: .length(response.body.count), to: &bytes)
        if joins { bytes.append(contentsOf: response.body) }
        write(bytes)
        if sendsContent, !joins { write(response.body) }
    }

    /// The first answer is complete: lets it go, and sends those behind it that are ready.
    private func advance() {
        while let done = firstResponder {
            firstResponder = done.next
            done.next = nil
            done.connection = nil
            done.writer = nil
            inFlight -= 1
            if firstResponder == nil { lastResponder = nil }
            if done.closes { return finishWriting() }
            guard let next = firstResponder else { break }
            if let response = next.waiting {
                next.waiting = nil
                send(response, for: next)
            } else if let writer = next.writer {
                if !writer.isFinished {
                    writer.turnHasCome()
                    return
                }
                for bytes in writer.takeBacklog() { write(bytes) }
            } else {
                releaseHeldRequest(to: next)
                return
            }
        }
        isAwaitingUpgrade = false
        sendContinue()
        times.answered(at: socket.loop.now)
        if isLast { return finishWriting() }
        resume()
    }

    private func releaseHeldRequest(to responder: HTTPResponder) {
        if let body, body.responder === responder, body.reader.isWanted { continueStreaming() }
        guard let request = heldRequest else { return resume() }
        guard responder === lastResponder else { return }
        heldRequest = nil
        server.handler.handle(request, responder)
    }

    func upgrade(_ responder: HTTPResponder) -> UpgradedConnection? {
        precondition(isAwaitingUpgrade && isFirst(responder), "The request has not asked for an upgrade")
        // It may have closed earlier in this turn, which is told at the turn's end.
        guard socket.isOpen else { return nil }
        socket.pauseReading()
        socket.handler = nil
        let upgraded = UpgradedConnection(socket: socket, alreadyRead: unparsed)
        isClosed = true
        unparsed = []
        responder.connection = nil
        firstResponder = nil
        lastResponder = nil
        server.remove(self)
        return upgraded
    }

    // MARK: The end

    /// Says nothing more than what is queued.
    private func finishWriting() {
        guard !isClosed else { return }
        stopReading()
        socket.closeAfterWriting()
        abandonAll()
    }

    private func abandonAll() {
        endBody(.gone)
        heldRequest = nil
        var next = firstResponder
        firstResponder = nil
        lastResponder = nil
        inFlight = 0
        while let responder = next {
            next = responder.next
            responder.abandon()
        }
    }

    func checkTimes(_ now: LoopInstant) {
        guard !isClosed else { return }
        switch times.check(
            now, queuedBytes: socket.queuedBytes, bodyBytesRead: parser.bodyBytesRead, isWaiting: inFlight > 0,
            isHandshaking: socket.isHandshaking, isReading: isReading, limits: server.limits)
        {
        case .fine: break
        case .idle: finishWriting()
        case .stalled: socket.close()
        case .slow(let message):
            refuse(HTTPRefusal(.requestTimeout, message))
        }
    }
}

extension HTTPServerConnection: StreamSocketHandler {
    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) {
        guard !isLast, !isClosed else { return }
        if canParse { parse(Span<UInt8>(_bytes: bytes)) } else { hold(Span<UInt8>(_bytes: bytes)) }
    }

    func streamSocketDidDrain(_ socket: StreamSocket) {
        firstResponder?.writer?.socketDrained()
        resume()
    }

    /// A peer that has finished may still wait for the answers to what it sent whole.
    func streamSocketPeerDidFinish(_ socket: StreamSocket) {
        if inFlight == 0 { return finishWriting() }
        endBody(.gone)
        stopReading()
    }

    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) {
        isClosed = true
        parser.stop()
        unparsed = []
        server.remove(self)
        abandonAll()
    }
}

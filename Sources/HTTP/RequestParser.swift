/// Cuts a connection's bytes into requests (RFC 9112), in pieces of any size: the events are the same for every cut.
///
/// It keeps bytes only while a head is incomplete, at most ``HTTPLimits/requestLineBytes`` and
/// ``HTTPLimits/headerSectionBytes`` of them, and while a body is; between requests it owns no memory.
package struct RequestParser: ~Copyable {
    package enum Event: Sendable {
        /// Everything given has been read.
        case needsMore
        /// A request's head, whose body follows. ``RequestParser/acceptBody(limit:)`` must be called before reading on.
        case head(HTTPRequest)
        case request(HTTPRequest)
        /// The bytes are no request the server takes. Nothing after them is read.
        case refused(HTTPRefusal)
    }

    private enum Phase {
        case head
        case undecided
        case length(Int)
        case chunked
        case stopped
    }

    private let limits: HTTPLimits
    private var phase = Phase.head
    private var scanner = HeadScanner()
    /// The bytes of an incomplete head.
    private var held: [UInt8] = []
    private var request: HTTPRequest?
    private var body: [UInt8] = []
    private var bodyLimit = 0
    private var chunks = ChunkedDecoder()
    /// Bytes read of the body that is being read, framing included; for who watches that it gets on.
    package private(set) var bodyBytesRead = 0

    package init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Whether no byte of a next request has been read.
    package var isBetweenRequests: Bool {
        if case .head = phase { held.isEmpty } else { false }
    }

    /// Whether a body is being read.
    package var isReadingBody: Bool {
        switch phase {
        case .undecided, .length, .chunked: true
        case .head, .stopped: false
        }
    }

    /// Reads on from `position` up to the next event, and moves `position` past what it has read.
    package mutating func next(_ input: Span<UInt8>, from position: inout Int) -> Event {
        switch phase {
        case .head: return readHead(input, from: &position)
        case .undecided: preconditionFailure("acceptBody(limit:) comes before reading on")
        case .length(let remaining):
            let taken = min(remaining, input.count - position)
            if body.isEmpty, taken > 0 { body.reserveCapacity(taken == remaining ? taken : min(remaining, 64 << 10)) }
            body.append(input.extracting(position..<position + taken))
            position += taken
            bodyBytesRead += taken
            guard taken == remaining else {
                phase = .length(remaining - taken)
                return .needsMore
            }
            return finish()
        case .chunked:
            let start = position
            let outcome = chunks.decode(input, from: &position, into: &body, limit: bodyLimit, limits: limits)
            bodyBytesRead += position - start
            switch outcome {
            case .incomplete: return .needsMore
            case .complete: return finish()
            case .refused(let refusal): return refuse(refusal)
            }
        case .stopped:
            position = input.count
            return .needsMore
        }
    }

    /// Lets the body in that follows the head just read, if it has at most `limit` bytes.
    ///
    /// - Returns: Why not, when its length is known to be too much; nothing more is read then.
    package mutating func acceptBody(limit: Int) -> HTTPRefusal? {
        guard case .undecided = phase, let request else { return nil }
        bodyLimit = limit
        switch request.semantics.content {
        case .length(let length):
            guard length <= limit else {
                let refusal = HTTPRefusal(.contentTooLarge, "The content exceeds \(limit) bytes")
                _ = refuse(refusal)
                return refusal
            }
            phase = .length(length)
        case .chunked, .none:
            chunks = ChunkedDecoder()
            phase = .chunked
        }
        return nil
    }

    /// Stops reading for good and lets go of what is held.
    package mutating func stop() {
        phase = .stopped
        held = []
        body = []
        request = nil
        scanner = HeadScanner()
    }

    private mutating func readHead(_ input: Span<UInt8>, from position: inout Int) -> Event {
        guard position < input.count else { return .needsMore }
        if held.isEmpty {
            let rest = input.extracting(position..<input.count)
            switch scanner.scan(rest, limits: limits) {
            case .complete(let length):
                position += length
                return begin([UInt8](rest.extracting(0..<length)))
            case .incomplete:
                position = input.count
                if scanner.hasOnlySkipped(rest.count) {
                    scanner = HeadScanner(skippedEmptyLine: true)
                } else {
                    held.append(rest)
                }
                return .needsMore
            case .refused(let refusal): return refuse(refusal)
            }
        }
        let before = held.count
        // Two line ends and a byte more than the limits allow are enough to see that they are exceeded.
        let room = limits.requestLineBytes + limits.headerSectionBytes + 8 - before
        let taken = min(max(room, 1), input.count - position)
        held.append(input.extracting(position..<position + taken))
        switch scanner.scan(held.span, limits: limits) {
        case .complete(let length):
            position += length - before
            held.removeSubrange(length...)
            let bytes = held
            held = []
            return begin(bytes)
        case .incomplete:
            position += taken
            if scanner.hasOnlySkipped(held.count) {
                scanner = HeadScanner(skippedEmptyLine: true)
                held = []
            }
            return .needsMore
        case .refused(let refusal): return refuse(refusal)
        }
    }

    private mutating func begin(_ head: [UInt8]) -> Event {
        guard let method = scanner.method, var target = scanner.target else {
            preconditionFailure("A complete head has a request line")
        }
        var bytes = head
        if !target.decodedPath.isEmpty {
            target.path = ByteRange(bytes.count, bytes.count + target.decodedPath.count)
            bytes.append(contentsOf: target.decodedPath)
            target.decodedPath = []
        }
        let request = HTTPRequest(
            method: method, version: scanner.version, headers: HTTPHeaders(bytes: bytes, fields: scanner.fields),
            line: target, semantics: scanner.semantics)
        scanner = HeadScanner()
        switch request.semantics.content {
        case .none, .length(0): return .request(request)
        case .length, .chunked:
            self.request = request
            bodyBytesRead = 0
            phase = .undecided
            return .head(request)
        }
    }

    private mutating func finish() -> Event {
        guard var request else { preconditionFailure("A body belongs to a request") }
        request.body = body
        self.request = nil
        body = []
        phase = .head
        return .request(request)
    }

    private mutating func refuse(_ refusal: HTTPRefusal) -> Event {
        stop()
        return .refused(refusal)
    }
}

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
        /// The next bytes of a body that is handed on as it comes.
        case content([UInt8], isLast: Bool)
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

    /// A head of which a part has arrived.
    private final class PartialHead {
        var bytes: [UInt8]
        var scanner: HeadScanner

        init(bytes: [UInt8], scanner: HeadScanner) {
            self.bytes = bytes
            self.scanner = scanner
        }
    }

    /// A request whose body has not arrived whole.
    private final class PartialBody {
        let request: HTTPRequest
        var bytes: [UInt8] = []
        var limit = 0
        /// Whether it is handed on as it comes.
        var isStreamed = false
        /// Bytes that have been handed on.
        var delivered = 0
        var chunks = ChunkedDecoder()

        init(of request: HTTPRequest) { self.request = request }
    }

    private let limits: HTTPLimits
    private var phase = Phase.head
    private var skippedEmptyLine = false
    private var partialHead: PartialHead?
    private var partialBody: PartialBody?
    /// Bytes read of the body that is being read, framing included; for who watches that it gets on.
    package private(set) var bodyBytesRead = 0

    package init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Whether no byte of a next request has been read.
    package var isBetweenRequests: Bool {
        if case .head = phase { partialHead == nil } else { false }
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
        case .length(let remaining): return readBody(remaining, input, from: &position)
        case .chunked: return readChunks(input, from: &position)
        case .stopped:
            position = input.count
            return .needsMore
        }
    }

    /// Lets the body in that follows the head just read, if it has at most `limit` bytes.
    ///
    /// - Parameter isStreamed: Whether it comes as ``Event/content(_:isLast:)``; the request is not told of again.
    /// - Returns: Why not, when its length is known to be too much; nothing more is read then.
    package mutating func acceptBody(limit: Int, isStreamed: Bool = false) -> HTTPRefusal? {
        guard case .undecided = phase, let partialBody else { return nil }
        partialBody.limit = limit
        partialBody.isStreamed = isStreamed
        switch partialBody.request.semantics.content {
        case .length(let length):
            guard length <= limit else {
                let refusal = HTTPRefusal(.contentTooLarge, "The content exceeds \(limit) bytes")
                stop()
                return refusal
            }
            phase = .length(length)
        case .chunked, .none: phase = .chunked
        }
        return nil
    }

    /// Stops reading for good and lets go of what is held.
    package mutating func stop() {
        phase = .stopped
        partialHead = nil
        partialBody = nil
    }

    // MARK: Heads

    private mutating func readHead(_ input: Span<UInt8>, from position: inout Int) -> Event {
        guard position < input.count else { return .needsMore }
        if let partialHead { return readOn(partialHead, input, from: &position) }
        let rest = input.extracting(position..<input.count)
        var scanner = HeadScanner(skippedEmptyLine: skippedEmptyLine)
        switch scanner.scan(rest, limits: limits) {
        case .complete(let length):
            position += length
            return begin([UInt8](rest.extracting(0..<length)), scanner)
        case .incomplete:
            position = input.count
            if scanner.hasOnlySkipped(rest.count) {
                skippedEmptyLine = true
            } else {
                partialHead = PartialHead(bytes: [UInt8](rest), scanner: scanner)
            }
            return .needsMore
        case .refused(let refusal): return refuse(refusal)
        }
    }

    private mutating func readOn(
        _ partial: PartialHead, _ input: Span<UInt8>, from position: inout Int
    ) -> Event {
        let before = partial.bytes.count
        // Some bytes more than the limits allow are enough to see that they are exceeded.
        let room = limits.requestLineBytes + limits.headerSectionBytes + 8 - before
        let taken = min(max(room, 1), input.count - position)
        partial.bytes.append(input.extracting(position..<position + taken))
        let bytes = partial.bytes
        switch partial.scanner.scan(bytes.span, limits: limits) {
        case .complete(let length):
            position += length - before
            partialHead = nil
            return begin(Array(bytes[..<length]), partial.scanner)
        case .incomplete:
            position += taken
            if partial.scanner.hasOnlySkipped(bytes.count) {
                skippedEmptyLine = true
                partialHead = nil
            }
            return .needsMore
        case .refused(let refusal): return refuse(refusal)
        }
    }

    private mutating func begin(_ head: [UInt8], _ scanner: HeadScanner) -> Event {
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
        skippedEmptyLine = false
        switch request.semantics.content {
        case .none, .length(0): return .request(request)
        case .length, .chunked:
            partialBody = PartialBody(of: request)
            bodyBytesRead = 0
            phase = .undecided
            return .head(request)
        }
    }

    // MARK: Bodies

    private mutating func readBody(
        _ remaining: Int, _ input: Span<UInt8>, from position: inout Int
    ) -> Event {
        guard let partialBody else { preconditionFailure("A body belongs to a request") }
        let taken = min(remaining, input.count - position)
        if partialBody.bytes.isEmpty, taken > 0 {
            partialBody.bytes.reserveCapacity(taken == remaining ? taken : min(remaining, 64 << 10))
        }
        partialBody.bytes.append(input.extracting(position..<position + taken))
        position += taken
        bodyBytesRead += taken
        guard taken == remaining else {
            phase = .length(remaining - taken)
            return handOn(partialBody)
        }
        return finish(partialBody)
    }

    private mutating func readChunks(_ input: Span<UInt8>, from position: inout Int) -> Event {
        guard let partialBody else { preconditionFailure("A body belongs to a request") }
        let start = position
        let outcome = partialBody.chunks.decode(
            input, from: &position, into: &partialBody.bytes, after: partialBody.delivered, limit: partialBody.limit,
            limits: limits)
        bodyBytesRead += position - start
        switch outcome {
        case .incomplete: return handOn(partialBody)
        case .complete: return finish(partialBody)
        case .refused(let refusal): return refuse(refusal)
        }
    }

    private func handOn(_ partial: PartialBody) -> Event {
        guard partial.isStreamed, !partial.bytes.isEmpty else { return .needsMore }
        partial.delivered += partial.bytes.count
        defer { partial.bytes = [] }
        return .content(partial.bytes, isLast: false)
    }

    private mutating func finish(_ partial: PartialBody) -> Event {
        if partial.isStreamed {
            partialBody = nil
            phase = .head
            return .content(partial.bytes, isLast: true)
        }
        var request = partial.request
        request.body = partial.bytes
        partialBody = nil
        phase = .head
        return .request(request)
    }

    private mutating func refuse(_ refusal: HTTPRefusal) -> Event {
        stop()
        return .refused(refusal)
    }
}

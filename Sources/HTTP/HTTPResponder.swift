package import EventLoop

/// The way back for one request: it is answered exactly once, now or later, on the connection's loop. Answers of pipelined
/// requests leave in the order of the requests, whatever order they come in.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
package final class HTTPResponder: @unchecked Sendable {
    package let loop: Loop
    /// Called, at most once, when the peer is gone before its answer was complete. The answer may still be given; it is lost.
    package var onAbandoned: (() -> Void)?

    /// Called once with the answer, whichever way it is given, before it is sent: to add fields, to log, to count. What it
    /// does to the answer of an upgrade (101) is without effect, since the next protocol writes its own.
    package var prepare: ((inout HTTPResponse) -> Void)?

    /// Nothing once the answer is complete or the peer is gone.
    var connection: HTTPServerConnection?
    /// The one behind it in the pipeline.
    var next: HTTPResponder?
    let isHead: Bool
    let version: HTTPVersion
    var closes: Bool
    /// An answer that waits for its turn.
    var waiting: HTTPResponse?
    var writer: HTTPBodyWriter?
    package private(set) var isAnswered = false
    /// Takes the answer where there is no connection.
    private var sink: ((HTTPResponse) -> Void)?

    init(connection: HTTPServerConnection, isHead: Bool, version: HTTPVersion, closes: Bool) {
        self.connection = connection
        loop = connection.socket.loop
        self.isHead = isHead
        self.version = version
        self.closes = closes
    }

    /// A responder without a connection: its answer goes to `sink`, once. It is never abandoned, so that what it answers
    /// is done to its end. Its answer cannot be streamed and its connection cannot be upgraded.
    package init(on loop: Loop, sink: @escaping (HTTPResponse) -> Void) {
        self.loop = loop
        self.sink = sink
        isHead = false
        version = .http11
        closes = false
    }

    /// Whether the peer is gone, so that an answer is of no use.
    package var isAbandoned: Bool { connection == nil && sink == nil && !isAnswered }

    /// Answers with a whole response.
    package func respond(_ response: HTTPResponse) {
        let response = prepared(response)
        onAbandoned = nil
        if let sink {
            self.sink = nil
            return sink(response)
        }
        connection?.answer(self, response)
    }

    /// Answers with content that is made over time.
    ///
    /// - Parameters:
    ///   - head: Its body is not sent.
    ///   - length: The content's length in bytes if it is known; otherwise it is sent in chunks.
    package func startStreaming(_ head: HTTPResponse, length: Int? = nil) -> HTTPBodyWriter {
        precondition(sink == nil, "an answer that is kept is given as a whole")
        let head = prepared(head)
        let writer = HTTPBodyWriter(responder: self, length: length)
        if connection != nil { self.writer = writer }
        writer.begin(head)
        return writer
    }

    /// Takes the connection over, to speak another protocol on it. Nothing if the peer is gone.
    ///
    /// - Precondition: The request ``HTTPRequest/asksForUpgrade``.
    package func upgrade() -> UpgradedConnection? {
        _ = prepared(HTTPResponse(.switchingProtocols))
        onAbandoned = nil
        return connection?.upgrade(self)
    }

    func abandon() {
        connection = nil
        next = nil
        waiting = nil
        writer?.abandon()
        writer = nil
        let callback = onAbandoned
        onAbandoned = nil
        callback?()
    }

    private func prepared(_ response: HTTPResponse) -> HTTPResponse {
        loop.preconditionIsolated()
        precondition(!isAnswered, "A request is answered once")
        isAnswered = true
        guard let prepare else { return response }
        self.prepare = nil
        var response = response
        prepare(&response)
        return response
    }
}

package import Telemetry

/// One request to send.
package struct HTTPCall: Sendable {
    package var method: String
    /// `http` or `https`.
    package var url: String
    package var headers: [(name: String, value: String)] = []
    /// Nothing for a request without content.
    package var body: [UInt8]?
    /// In place of ``body``: content that is read as it is sent.
    package var source: HTTPSource?
    /// The longest it may take, connecting included. Default 30 s.
    package var timeout = Duration.seconds(30)
    /// In place of ``timeout``, for an answer that may take any time: how long nothing may come.
    package var longestSilence: Duration?
    /// Takes the content of a success as it comes, in place of the answer's body; false gives the call up.
    package var sink: (@Sendable ([UInt8]) -> Bool)?
    /// The longest connecting may take. Default 5 s.
    package var connectTimeout = Duration.seconds(5)
    /// Certificates to trust instead of the system's.
    package var caFile: String?
    /// Bytes of an answer; a longer one fails the call. Default 64 MiB.
    package var longestAnswer = 64 << 20
    /// What it follows from: sent along as `traceparent` and `tracestate`.
    package var trace: TraceContext?

    package init(_ method: String, _ url: String, body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.body = body
    }
}

/// Content of a known length that is read as it is sent.
package struct HTTPSource: Sendable {
    /// Bytes.
    package let length: Int
    /// The next bytes, at most as many as are asked for; none at the end, nothing to give the call up. Called by the thread
    /// that sends.
    package let read: @Sendable (_ most: Int) -> [UInt8]?

    package init(length: Int, read: @escaping @Sendable (_ most: Int) -> [UInt8]?) {
        self.length = length
        self.read = read
    }
}

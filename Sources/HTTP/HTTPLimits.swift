/// What a connection may use up. Each bound has the answer named with it.
package struct HTTPLimits: Hashable, Sendable {
    /// Bytes of the request line. Default 8 KiB; beyond it 414.
    package var requestLineBytes: Int
    /// Bytes of the header section, and again of a chunked body's trailers. Default 16 KiB; beyond it 431.
    package var headerSectionBytes: Int
    /// Field lines of the header section, and again of the trailers. Default 100; beyond it 431.
    package var headerCount: Int
    /// Bytes of a body, unless the handler allows a request more or less. Default 1 MiB; beyond it 413.
    package var bodyBytes: Int
    /// Bytes of all chunk extensions of one body. Default 4 KiB; beyond it 400.
    package var chunkExtensionBytes: Int
    /// Requests of one connection that wait for their answers. Default 16; beyond it no more is read.
    package var pipelinedRequests: Int
    /// Answered bytes that the peer has not taken. Default 256 KiB; beyond it no more requests are read.
    package var queuedResponseBytes: Int
    /// From the first byte of a request to the end of its header section. Default 10 s; then 408. A TLS handshake has as
    /// long before the connection is cut.
    package var headerTimeout: Duration
    /// From the end of the header section to the end of a body of ``bodyBytes``; in proportion longer where the
    /// handler allows more. Default 30 s; then 408.
    package var bodyTimeout: Duration
    /// Bytes of a body that must arrive in every fifth of ``bodyTimeout``. Default 64; if fewer do, 408.
    package var bodyProgressBytes: Int
    /// Between requests, and before the first. Default 75 s; then the connection closes without a word.
    package var idleTimeout: Duration
    /// Without the peer taking a byte of what waits for it. Default 30 s; then the connection is cut.
    package var writeStallTimeout: Duration

    package init(
        requestLineBytes: Int = 8 << 10, headerSectionBytes: Int = 16 << 10, headerCount: Int = 100,
        bodyBytes: Int = 1 << 20, chunkExtensionBytes: Int = 4 << 10, pipelinedRequests: Int = 16,
        queuedResponseBytes: Int = 256 << 10, headerTimeout: Duration = .seconds(10),
        bodyTimeout: Duration = .seconds(30), bodyProgressBytes: Int = 64, idleTimeout: Duration = .seconds(75),
        writeStallTimeout: Duration = .seconds(30)
    ) {
        self.requestLineBytes = requestLineBytes
        self.headerSectionBytes = headerSectionBytes
        self.headerCount = headerCount
        self.bodyBytes = bodyBytes
        self.chunkExtensionBytes = chunkExtensionBytes
        self.pipelinedRequests = pipelinedRequests
        self.queuedResponseBytes = queuedResponseBytes
        self.headerTimeout = headerTimeout
        self.bodyTimeout = bodyTimeout
        self.bodyProgressBytes = bodyProgressBytes
        self.idleTimeout = idleTimeout
        self.writeStallTimeout = writeStallTimeout
    }
}

package import EventLoop
package import HTTP

/// Why a client has no connection.
package enum WebSocketClientError: Error, Sendable {
    /// The server cannot be reached, or TLS with it fails.
    case unreachable(SocketError)
    /// The server answered with something else than an upgrade. The body is cut at 64 KiB.
    case refused(status: Int, headers: HTTPHeaders, body: [UInt8])
    /// The server's answer breaks the protocol; the text says how.
    case invalidAnswer(String)
    /// The server closed before it answered.
    case closed
    /// The handshake took longer than the options allow.
    case timedOut
    /// The task was cancelled.
    case cancelled
}

extension WebSocketClientError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let error): "cannot connect: \(error)"
        case .refused(let status, _, _): "the server refused the upgrade with status \(status)"
        case .invalidAnswer(let detail): "the server's answer is invalid: \(detail)"
        case .closed: "the server closed the connection before it answered"
        case .timedOut: "the server did not answer in time"
        case .cancelled: "cancelled"
        }
    }
}

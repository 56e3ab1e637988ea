internal import Glibc
package import TLS

/// Hears what happens on a ``StreamSocket``; always called on the socket's loop.
package protocol StreamSocketHandler: AnyObject, Sendable {
    /// Some bytes arrived; they are valid during the call.
    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan)

    /// The kernel has taken everything queued, after a turn in which it could not.
    func streamSocketDidDrain(_ socket: StreamSocket)

    /// The peer will send no more, but may still read. Unless a handler decides otherwise, the socket closes when what
    /// is queued has been written.
    func streamSocketPeerDidFinish(_ socket: StreamSocket)

    /// It is closed: said exactly once, and last.
    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason)
}

extension StreamSocketHandler {
    package func streamSocketPeerDidFinish(_ socket: StreamSocket) { socket.closeAfterWriting() }
}

/// Why a socket closed.
package enum SocketCloseReason: Error, Sendable {
    /// The peer has said all it had to say.
    case endOfStream
    /// The peer went away without a word (ECONNRESET, EPIPE).
    case reset
    /// Closed from this side.
    case local
    /// The peer closed the TCP connection in the middle of TLS.
    case truncated
    /// The system's error number.
    case failed(Int32)
    case tls(TLSError)

    init(errorNumber: Int32) {
        self = errorNumber == ECONNRESET || errorNumber == EPIPE || errorNumber == 0 ? .reset : .failed(errorNumber)
    }
}

/// Why a socket could not be opened.
package enum SocketError: Error, Sendable, CustomStringConvertible {
    /// The name has no address.
    case unknownHost(String)
    /// A call failed with the system's error number, such as EADDRINUSE for `bind`.
    case system(operation: String, number: Int32)
    /// It closed before it was of use.
    case closed(SocketCloseReason)

    package var description: String {
        switch self {
        case .unknownHost(let host): "unknown host \(host)"
        case .system(let operation, let number): "\(operation): \(errorText(number))"
        case .closed(.tls(let error)): "TLS: \(error)"
        case .closed(.failed(let number)): errorText(number)
        case .closed(let reason): "closed (\(reason))"
        }
    }
}

extension SocketError {
    /// The system's text for an error number, for messages that name the operation in their own words.
    package static func reason(_ number: Int32) -> String { errorText(number) }
}

import EventLoop
import Synchronization
import TLS

/// A client that sends and reads bytes as they are.
final class RawConnection: StreamSocketHandler, Sendable {
    private let socket: StreamSocket
    private let pieces = Inbox<[UInt8]>()
    private let unread = Mutex<[UInt8]>([])

    private init(_ socket: StreamSocket) { self.socket = socket }

    static func connect(port: Int, tls: TLSContext? = nil, on loop: Loop = Support.loop) async throws -> RawConnection {
        let socket = try await StreamSocket.connect(
            to: .tcp(host: "127.0.0.1", port: port), tls: tls, serverName: tls == nil ? nil : "127.0.0.1", on: loop)
        let connection = RawConnection(socket)
        await loop.run {
            socket.handler = connection
            socket.startReading()
        }
        return connection
    }

    // MARK: Sending

    func send(_ text: String) async { await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async {
        let socket = socket
        await socket.loop.run { socket.write(bytes) }
    }

    /// Leaves what arrives where it is, so that the peer cannot write on.
    func stopReading() async {
        let socket = socket
        await socket.loop.run { socket.pauseReading() }
    }

    func readOn() async {
        let socket = socket
        await socket.loop.run { socket.startReading() }
    }

    func close() async {
        let socket = socket
        await socket.loop.run { socket.close() }
    }

    // MARK: Reading

    /// Reads until `end` finds how many of the bytes to take.
    func read<Value>(_ end: ([UInt8]) -> (Int, Value)?) async throws -> Value {
        while true {
            let found = unread.withLock { bytes -> Value? in
                guard let (count, value) = end(bytes) else { return nil }
                bytes.removeFirst(count)
                return value
            }
            if let found { return found }
            guard let piece = await pieces.next(within: Support.patience) else {
                throw Unfinished(soFar: String(decoding: unread.withLock { $0 }.prefix(2000), as: UTF8.self))
            }
            unread.withLock { $0 += piece }
        }
    }

    /// The next answer with a `Content-Length`, or without content.
    func answer(hasContent: Bool = true) async throws -> HTTPAnswer {
        try await read { HTTPAnswer.parse($0, hasContent: hasContent) }
    }

    func bytes(_ count: Int) async throws -> [UInt8] {
        try await read { $0.count >= count ? (count, Array($0.prefix(count))) : nil }
    }

    /// Everything until the peer closes.
    func toEnd() async throws -> [UInt8] {
        while let piece = await pieces.next(within: Support.patience) { unread.withLock { $0 += piece } }
        guard isClosed.withLock({ $0 }) else { throw Overdue(what: "the peer closes") }
        return unread.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }

    private let isClosed = Mutex(false)

    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) {
        pieces.put(bytes.withUnsafeBytes { Array($0) })
    }

    func streamSocketDidDrain(_ socket: StreamSocket) {}

    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) {
        isClosed.withLock { $0 = true }
        pieces.close()
    }

    /// The peer closed, or said nothing more in time.
    struct Unfinished: Error {
        let soFar: String
    }
}

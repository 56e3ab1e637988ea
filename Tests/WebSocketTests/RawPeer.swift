import EventLoop

@testable import WebSocket

/// A client that writes any bytes it is told to, and sees every byte that comes back.
///
/// Confined to its loop; what is public may be called from anywhere.
final class RawPeer: StreamSocketHandler, @unchecked Sendable {
    private let socket: StreamSocket
    private var received: [UInt8] = []
    private var parser: FrameParser?
    private var heard: [ParserOutcome.Heard] = []
    /// On the loop, however busy the tests' own threads are.
    private let answersPings: Bool
    private var isClosed = false
    /// Each returns whether it has been served.
    private var waiting: [() -> Bool] = []

    private init(_ socket: StreamSocket, answersPings: Bool) {
        self.socket = socket
        self.answersPings = answersPings
    }

    static func connect(to port: Int, on loop: Loop, answersPings: Bool = false) async throws -> RawPeer {
        let socket = try await StreamSocket.connect(to: .tcp(host: "127.0.0.1", port: port), on: loop)
        let peer = RawPeer(socket, answersPings: answersPings)
        await peer.onLoop {
            socket.handler = peer
            socket.startReading()
        }
        return peer
    }

    /// Connects and has the upgrade granted; what the server says behind the 101 is left to be read.
    static func upgraded(
        to port: Int, on loop: Loop, extensions: String? = nil, answersPings: Bool = false,
        followedBy bytes: [UInt8] = []
    ) async throws -> RawPeer {
        let peer = try await connect(to: port, on: loop, answersPings: answersPings)
        var request = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        request += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        if let extensions { request += "Sec-WebSocket-Extensions: \(extensions)\r\n" }
        await peer.send(Array((request + "\r\n").utf8) + bytes)
        let answer = await peer.bytes { $0.headEnd != nil }
        await peer.beginFrames(behind: answer.headEnd ?? answer.count)
        return peer
    }

    func send(_ bytes: [UInt8]) async { await onLoop { self.socket.write(bytes) } }

    func send(_ frames: FrameBytes...) async { await send(frames.bytes) }

    func startReading() async { await onLoop { self.socket.startReading() } }

    func pauseReading() async { await onLoop { self.socket.pauseReading() } }

    func close() async { await onLoop { self.socket.close() } }

    /// Everything received behind the upgrade, once it satisfies `isDone` or the connection has closed.
    func bytes(_ isDone: @escaping @Sendable ([UInt8]) -> Bool) async -> [UInt8] {
        await wait { self.isClosed || isDone(self.received) ? self.received : nil }
    }

    /// Everything received behind the upgrade, to the end of the connection.
    func bytesToEnd() async -> [UInt8] { await bytes { _ in false } }

    /// The next `count` frames, or as many as came before the connection closed.
    func frames(_ count: Int) async -> [ParserOutcome.Heard] {
        await wait {
            guard self.isClosed || self.heard.count >= count else { return nil }
            defer { self.heard.removeFirst(min(count, self.heard.count)) }
            return Array(self.heard.prefix(count))
        }
    }

    private func wait<Value: Sendable>(_ value: @escaping @Sendable () -> Value?) async -> Value {
        await withCheckedContinuation { continuation in
            socket.loop.execute {
                self.waiting.append {
                    guard let value = value() else { return false }
                    continuation.resume(returning: value)
                    return true
                }
                self.wake()
            }
        }
    }

    /// Forgets the head of the answer, and reads what follows as frames.
    private func beginFrames(behind count: Int) async {
        await onLoop {
            self.received.removeFirst(count)
            self.parser = FrameParser(peer: .server, maximumMessageBytes: 1 << 30, resources: CodecResources())
            self.parse(self.received)
        }
    }

    private func parse(_ bytes: [UInt8]) {
        guard parser != nil else { return }
        do throws(WebSocketFault) {
            _ = try parser?.parse(bytes.span.bytes) { event, payload in
                heard.append(.init(event: event, payload: payload.withUnsafeBytes { Array($0) }))
                if answersPings, event == .ping { socket.write(FrameBytes.pong().bytes) }
                return true
            }
        } catch {
            // Compressed, or wrong: tests look at the bytes.
            parser = nil
        }
    }

    private func onLoop(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            socket.loop.execute {
                work()
                continuation.resume()
            }
        }
    }

    private func wake() { waiting.removeAll { $0() } }

    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) {
        let bytes = bytes.withUnsafeBytes { Array($0) }
        received.append(contentsOf: bytes)
        parse(bytes)
        wake()
    }

    func streamSocketDidDrain(_ socket: StreamSocket) {}

    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) {
        isClosed = true
        wake()
    }
}

extension [UInt8] {
    /// Just behind the empty line of a head.
    fileprivate var headEnd: Int? {
        guard count >= 4 else { return nil }
        return (4...count).first { Array(self[($0 - 4)..<$0]) == [13, 10, 13, 10] }
    }
}

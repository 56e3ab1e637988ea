internal import Configuration
internal import EventLoop
internal import TLS

/// Asks a hub on this machine for its health, as a container's health check does.
struct HealthProbe: Sendable {
    /// What came back.
    struct Answer: Equatable, Sendable {
        let status: Int
        let body: String
    }

    private let host: String
    private let port: Int
    private let usesTLS: Bool

    init(_ server: ServerConfiguration) {
        // An address that means all of them is not one to connect to.
        host = ["0.0.0.0": "127.0.0.1", "::": "::1"][server.host] ?? server.host
        port = server.port
        usesTLS = server.usesTLS
    }

    /// - Parameter path: One of `/api/health…`.
    /// - Returns: Nothing if nobody answers HTTP there within `limit`.
    func get(_ path: String, within limit: Duration, on loop: Loop) async -> Answer? {
        do {
            // Whether this machine's own hub shows a certificate for this address is not what is asked.
            let tls = usesTLS ? try TLSContext.client(verifying: false) : nil
            let socket = try await StreamSocket.connect(
                to: .tcp(host: host, port: port), tls: tls, timeout: limit, on: loop)
            let request = """
                GET \(path) HTTP/1.1\r
                Host: \(host.contains(":") ? "[\(host)]" : host):\(port)\r
                Connection: close\r
                \r

                """
            let bytes = await withCheckedContinuation { continuation in
                loop.execute {
                    let reader = AnswerReader { continuation.resume(returning: $0) }
                    socket.handler = reader
                    reader.begin(on: socket, within: limit)
                    socket.write(Array(request.utf8))
                    socket.startReading()
                }
            }
            return HealthProbe.parse(bytes)
        } catch {
            return nil
        }
    }

    /// The status and the body of an answer that ends with its connection.
    static func parse(_ bytes: [UInt8]) -> Answer? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 "), let status = Int(text.dropFirst(9).prefix(3)),
            let end = text.firstRange(of: "\r\n\r\n")
        else { return nil }
        return Answer(status: status, body: String(text[end.upperBound...]))
    }
}

/// Reads up to 64 KiB until the connection or the time is over.
///
/// `@unchecked Sendable`: confined to its socket's loop.
private final class AnswerReader: StreamSocketHandler, @unchecked Sendable {
    private var bytes: [UInt8] = []
    private var completion: (([UInt8]) -> Void)?
    private var timer: LoopTimer?

    init(_ completion: @escaping ([UInt8]) -> Void) { self.completion = completion }

    func begin(on socket: StreamSocket, within limit: Duration) {
        timer = socket.loop.schedule(after: limit) { socket.close() }
    }

    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe self.bytes.append(contentsOf: $0) }
        if self.bytes.count > 65_536 { socket.close() }
    }

    func streamSocketDidDrain(_ socket: StreamSocket) {}

    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) {
        timer?.cancel()
        completion?(bytes)
        completion = nil
    }
}

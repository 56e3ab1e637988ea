import HubTesting
import TLS

/// A client and a server joined by a socket pair, driven in turn on one thread.
struct TLSPair {
    let sockets: SocketPair
    let client: TLSSession
    let server: TLSSession

    init(
        client clientContext: TLSContext, server serverContext: TLSContext, serverName: String? = "hub.test",
        sendBuffer: Int32? = nil
    ) throws {
        sockets = try SocketPair(sendBuffer: sendBuffer)
        client = try TLSSession(connecting: sockets.near, context: clientContext, serverName: serverName)
        server = try TLSSession(accepting: sockets.far, context: serverContext)
    }

    /// A trusting pair that has shaken hands.
    static func established(sendBuffer: Int32? = nil, maximumVersion: TLSVersion = .tls13) throws -> TLSPair {
        let files = try TestCertificates.shared.get()
        let pair = try TLSPair(
            client: .client(verifying: true, caFile: files.authority, maximumVersion: maximumVersion),
            server: .server(certificateFile: files.certificate, keyFile: files.key), sendBuffer: sendBuffer)
        guard pair.shakeHands() == (.done, .done) else { throw HandshakeFailed() }
        return pair
    }

    /// Lets both sides go on until neither can.
    func shakeHands() -> (client: TLSProgress, server: TLSProgress) {
        var last: (TLSProgress, TLSProgress) = (.wantsWrite, .wantsWrite)
        for _ in 0..<20 {
            last = (client.handshake(), server.handshake())
            if isFinal(last.0), isFinal(last.1) { break }
        }
        return last
    }

    private func isFinal(_ progress: TLSProgress) -> Bool {
        switch progress {
        case .done, .failed: true
        case .wantsRead, .wantsWrite: false
        }
    }
}

struct HandshakeFailed: Error {}

extension TLSSession {
    /// One read of at most `count` bytes.
    func receive(upTo count: Int = 65_536) -> (result: TLSReadResult, bytes: [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { read(into: $0) }
        guard case .bytes(let read) = result else { return (result, []) }
        return (result, Array(bytes.prefix(read)))
    }

    /// Reads until nothing more is there; the result that said so.
    func receiveEverything() -> (result: TLSReadResult, bytes: [UInt8]) {
        var all: [UInt8] = []
        // A ticket ends a read too, and a server sends two.
        var patience = 3
        while true {
            let (result, bytes) = receive()
            all += bytes
            switch result {
            case .bytes: continue
            case .wantsRead where patience > 0: patience -= 1
            default: return (result, all)
            }
        }
    }

    func send(_ bytes: [UInt8]) -> TLSWriteResult { bytes.withUnsafeBytes { write($0) } }
}

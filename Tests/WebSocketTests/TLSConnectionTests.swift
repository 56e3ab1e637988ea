import EventLoop
import Foundation
import HubTesting
import TLS
import Testing

@testable import WebSocket

@Suite(.timeLimit(.minutes(3))) struct `A connection under TLS` {
    @Test(arguments: [false, true])
    func `exchanges messages, also when its socket moves at the upgrade`(moves: Bool) async throws {
        let files = try CertificateFiles()
        defer { files.remove() }
        var options = WebSocketOptions()
        options.maximumMessageBytes = 4 << 20
        options.handshakeTimeout = .seconds(60)
        options.heartbeat = nil
        let tls = try TLSContextBox(certificateFile: files.certificate, keyFile: files.key)
        let server = try await TestServer.start(options: options, tls: tls, moves: moves) { Recorder(echoes: true) }
        let recorder = Recorder()
        let connection = try await WebSocketClient.connect(
            to: WebSocketURL(isSecure: true, host: "localhost", port: server.port), options: options,
            endpoint: .tcp(host: "127.0.0.1", port: server.port),
            tls: try TLSContext.client(verifying: true, caFile: files.certificate), on: server.loop, handler: recorder)
        #expect(connection.isSecure)
        #expect(await server.connection()?.loop === server.group.loops.last)
        for count in [5, 200_000, 3 << 20] {
            let message = [UInt8](repeating: 0x61, count: count)
            connection.loop.execute { connection.send(binary: message) }
            #expect(await recorder.next() == .binary(message))
        }
        connection.loop.execute { connection.close() }
        #expect(await recorder.next() == .closed(.normal, "", .local))
        await server.stop()
    }

    @Test func `is not made with a server whose certificate nobody vouches for`() async throws {
        let files = try CertificateFiles()
        defer { files.remove() }
        let tls = try TLSContextBox(certificateFile: files.certificate, keyFile: files.key)
        let server = try await TestServer.start(tls: tls) { Recorder() }
        await #expect(throws: WebSocketClientError.self) {
            _ = try await WebSocketClient.connect(
                to: WebSocketURL(isSecure: true, host: "localhost", port: server.port),
                endpoint: .tcp(host: "127.0.0.1", port: server.port), on: server.loop, handler: Recorder())
        }
        await server.stop()
    }
}

/// A certificate for localhost that vouches for itself, made by openssl in a folder of its own.
private struct CertificateFiles {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "websocket-\(UUID())")

    var certificate: String { folder.appending(path: "certificate.pem").path() }
    var key: String { folder.appending(path: "key.pem").path() }

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
        ]
        try #require(SystemProgram.run("openssl", arguments) == 0)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}

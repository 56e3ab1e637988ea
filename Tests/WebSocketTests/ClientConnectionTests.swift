import Crypto
import EventLoop
import HTTP
import HubTesting
import Testing

@testable import WebSocket

@Suite(.timeLimit(.minutes(3))) struct `A client's connection` {
    private func options(_ change: (inout WebSocketOptions) -> Void = { _ in }) -> WebSocketOptions {
        var options = WebSocketOptions()
        options.maximumMessageBytes = 16 << 20
        options.heartbeat = nil
        options.handshakeTimeout = .seconds(60)
        change(&options)
        return options
    }

    /// Why a connection to the port cannot be made; nil if it can.
    private func failure(
        port: Int, headers: HTTPHeaders = [:], options: WebSocketOptions? = nil, on loop: Loop
    ) async -> WebSocketClientError? {
        do throws(WebSocketClientError) {
            _ = try await WebSocketClient.connect(
                to: WebSocketURL(host: "127.0.0.1", port: port), headers: headers, options: options ?? self.options(),
                on: loop, handler: Recorder())
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [false, true])
    func `exchanges messages of every size with a server`(isCompressing: Bool) async throws {
        let options = options { $0.deflate = isCompressing ? DeflateOptions() : nil }
        let server = try await TestServer.start(options: options) { Recorder(echoes: true) }
        let recorder = Recorder()
        let connection = try await WebSocketClient.connect(
            to: WebSocketURL(host: "127.0.0.1", port: server.port), options: options, on: server.loop,
            handler: recorder)
        #expect(connection.isCompressing == isCompressing)
        var random = SeededGenerator(seed: 7)
        for count in [0, 1, 125, 126, 65_535, 65_536, 1 << 20, (3 << 20) + 3] {
            let message = random.bytes(min(count, 1000)) + [UInt8](repeating: 9, count: max(0, count - 1000))
            connection.loop.execute { connection.send(binary: message) }
            #expect(await recorder.next() == .binary(message))
        }
        connection.loop.execute {
            connection.send(text: Array("κόσμε".utf8))
            connection.ping([1, 2])
        }
        #expect(await recorder.next() == .text("κόσμε"))
        #expect(await recorder.next() == .pong([1, 2]))
        connection.loop.execute { connection.close(code: 4000, reason: "enough") }
        #expect(await recorder.next() == .closed(4000, "enough", .local))
        await server.stop()
    }

    @Test func `is told the subprotocol that was selected`() async throws {
        let options = options { $0.subprotocols = ["presence.v1"] }
        let server = try await TestServer.start(options: options) { Recorder() }
        let connection = try await WebSocketClient.connect(
            to: WebSocketURL(host: "127.0.0.1", port: server.port), options: options, on: server.loop,
            handler: Recorder())
        #expect(connection.subprotocol == "presence.v1")
        #expect(await server.connection()?.subprotocol == "presence.v1")
        await server.stop()
    }

    @Test func `throws a refusal with its status, fields and body`() async throws {
        let server = try await TestServer.start { Recorder() }
        let failure = await failure(
            port: server.port, headers: ["Sec-WebSocket-Version": "8"], on: server.loop)
        guard case .refused(let status, let headers, let body)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(status == 400)
        #expect(headers["Content-Length"] == String(body.count))
        #expect(String(decoding: body, as: UTF8.self).contains("Sec-WebSocket-Version"))
        await server.stop()
    }

    @Test func `throws when nobody listens`() async throws {
        let server = try await TestServer.start { Recorder() }
        let loop = try Loop.start()
        let port = server.port
        await server.stop()
        guard case .unreachable? = await failure(port: port, on: loop) else {
            Issue.record("connected, or failed otherwise")
            return
        }
        await loop.stop()
    }

    /// What a server that is none answers, and whether it then closes.
    static let wrong: [(String, String, String)] = [
        ("a wrong key", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n", "Accept"),
        ("no Upgrade", "Connection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\n", "Upgrade"),
        ("no Connection", "Upgrade: websocket\r\nSec-WebSocket-Accept: KEY\r\n", "Connection"),
        (
            "a protocol not offered",
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\nSec-WebSocket-Protocol: x\r\n",
            "subprotocol"
        ),
        (
            "an extension not offered",
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\n"
                + "Sec-WebSocket-Extensions: permessage-deflate\r\n", "extension"
        ),
    ]

    @Test(arguments: wrong)
    func `fails a server's answer that does not prove`(what: String, fields: String, detail: String) async throws {
        let loop = try Loop.start()
        let server = try await FakeServer.start(on: loop) { request in
            let key = request.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Key: ") }?.dropFirst(19)
            let accept = HandshakeKey.accept(String(key ?? ""))
            return "HTTP/1.1 101 Switching Protocols\r\n" + fields.replacing("KEY", with: accept) + "\r\n"
        }
        guard case .invalidAnswer(let text)? = await failure(port: server.port, on: loop) else {
            Issue.record("connected, or failed otherwise")
            return
        }
        #expect(text.contains(detail))
        await loop.stop()
    }

    @Test func `does not wait for ever for an answer`() async throws {
        let loop = try Loop.start()
        let server = try await FakeServer.start(on: loop) { _ in nil }
        var options = WebSocketOptions()
        options.handshakeTimeout = .milliseconds(50)
        guard case .timedOut? = await failure(port: server.port, options: options, on: loop) else {
            Issue.record("connected, or failed otherwise")
            return
        }
        await loop.stop()
    }

    @Test func `gives up when its task is cancelled`() async throws {
        let loop = try Loop.start()
        let server = try await FakeServer.start(on: loop) { _ in nil }
        let task = Task {
            guard case .cancelled? = await failure(port: server.port, on: loop) else { return false }
            return true
        }
        await server.sawRequest()
        task.cancel()
        #expect(await task.value)
        await loop.stop()
    }

    @Test func `fails a server that masks`() async throws {
        let loop = try Loop.start()
        let server = try await FakeServer.start(on: loop, thenSends: FrameBytes.text("masked").bytes) { request in
            let key = request.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Key: ") }?.dropFirst(19)
            return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(HandshakeKey.accept(String(key ?? "")))\r\n\r\n"
        }
        let recorder = Recorder()
        _ = try await WebSocketClient.connect(
            to: WebSocketURL(host: "127.0.0.1", port: server.port), options: options(), on: loop, handler: recorder)
        let expected = WebSocketFault.maskedFrame
        #expect(await recorder.next() == .closed(1002, expected.description, .fault(expected)))
        await loop.stop()
    }
}

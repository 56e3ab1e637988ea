import EventLoop
import HubTesting
import Testing

@testable import HTTP

/// Sends back what it reads, in capitals.
private final class Shouter: StreamSocketHandler {
    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) {
        socket.write((0..<bytes.byteCount).map { shout(bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)) })
    }

    func streamSocketDidDrain(_ socket: StreamSocket) {}

    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) {}
}

private func shout(_ byte: UInt8) -> UInt8 { (97...122).contains(byte) ? byte - 32 : byte }

private func switchToShouting(_ responder: HTTPResponder) {
    guard let upgraded = responder.upgrade() else { return }
    upgraded.socket.handler = Shouter()
    upgraded.socket.write(Array("HTTP/1.1 101 Switching Protocols\r\n\r\n".utf8) + upgraded.alreadyRead.map(shout))
    upgraded.socket.startReading()
}

@Suite(.timeLimit(.minutes(3)))
struct UpgradeTests {
    private static let upgrade =
        "GET /up HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: shout\r\n\r\n"

    @Test func `an upgraded connection keeps what was sent behind the request`() async throws {
        let handler = ClosureHandler { request, responder in
            #expect(request.asksForUpgrade)
            switchToShouting(responder)
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send(UpgradeTests.upgrade + "early ")
            #expect(try client.read(through: "EARLY ") == "HTTP/1.1 101 Switching Protocols\r\n\r\nEARLY ")
            client.send("late")
            #expect(try client.read(through: "LATE") == "LATE")
            #expect(await server.onLoop { $0.server.connectionCount } == 0)
        }
    }

    @Test func `an upgrade waits for the answers before it`() async throws {
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { request, responder in
            if request.path == "/up" { switchToShouting(responder) } else { waiting.put(responder) }
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + UpgradeTests.upgrade + "x")
            let first = await waiting.next(1)[0]
            await server.onLoop { _ in first.respond(.text("first")) }
            #expect(try client.readAnswer().body == "first")
            #expect(try client.read(through: "X") == "HTTP/1.1 101 Switching Protocols\r\n\r\nX")
        }
    }

    @Test func `a connection that closed in the same turn is not upgraded`() async throws {
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { _, responder in waiting.put(responder) }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send(UpgradeTests.upgrade)
            let responder = await waiting.next(1)[0]
            let isUpgraded = await server.onLoop { server in
                // Of which the connection hears when the turn ends.
                server.server.connections.first?.socket.close()
                return responder.upgrade() != nil
            }
            #expect(!isUpgraded)
            #expect(await server.onLoop { $0.server.connectionCount } == 0)
        }
    }

    @Test func `a refused upgrade leaves the connection to HTTP`() async throws {
        let handler = ClosureHandler { request, responder in
            responder.respond(.text(request.path, status: request.asksForUpgrade ? .forbidden : .ok))
        }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send(UpgradeTests.upgrade + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readAnswer().status == 403)
            #expect(try client.readAnswer().body == "/next")
        }
    }

    @Test func `an upgrade decided later still finds what was sent meanwhile`() async throws {
        let waiting = Mailbox<HTTPResponder>()
        let handler = ClosureHandler { _, responder in waiting.put(responder) }
        try await ServerUnderTest.run(handler: handler) { server in
            let client = try server.client()
            client.send(UpgradeTests.upgrade)
            let responder = await waiting.next(1)[0]
            client.send("meanwhile")
            await server.onLoop { _ in switchToShouting(responder) }
            #expect(try client.read(through: "MEANWHILE") == "HTTP/1.1 101 Switching Protocols\r\n\r\nMEANWHILE")
        }
    }

    @Test func `HTTP 1.0 cannot upgrade`() throws {
        let fields: HTTPHeaders = ["Connection": "upgrade", "Upgrade": "websocket"]
        #expect(try HTTPRequest(.get, "/", headers: fields).asksForUpgrade)
        #expect(try !HTTPRequest(.get, "/", headers: ["Upgrade": "websocket"]).asksForUpgrade)
    }
}

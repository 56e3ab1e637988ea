import EventLoop
import HTTP
import WebSocket
import Wire

@testable import hubctl

/// A hub on a real socket with one conversation, which loses connections when a test says so.
///
/// Confined to its loop: references may be held anywhere, every method but the `async` ones is called on `loop`.
final class ScriptedConversation: HTTPRequestHandler, @unchecked Sendable {
    /// What becomes of a message that a client sends.
    enum Fate {
        case store
        /// Stored, and the connection is lost before the acknowledgement leaves.
        case storeAndDrop
        case drop
        case refuse(String)
    }

    static let id = "0198c000-0000-7000-8000-000000000001"

    let loop: Loop
    /// Asked for each message with how many came before it.
    var fate: (Int) -> Fate = { _ in .store }
    private(set) var log: [(clientId: String, from: String, text: String)] = []
    /// Messages that clients sent, repeated ones too.
    private(set) var received = 0
    private(set) var upgrades = 0
    /// The access tokens that streams were opened with.
    private(set) var tokens: [String] = []
    /// Whether the next stream is refused for its token.
    var refusesToken: (String) -> Bool = { _ in false }
    private(set) var reads: [Int64] = []
    private var sessions: [Session] = []
    private var server: HTTPServer?
    private var listener: Listener?

    private init(_ loop: Loop) { self.loop = loop }

    static func start() async throws -> (hub: ScriptedConversation, url: HubURL) {
        let hub = ScriptedConversation(try Loop.start(index: 91))
        let port: Int = try await withCheckedThrowingContinuation { continuation in
            hub.loop.execute {
                let server = HTTPServer(on: hub.loop, handler: hub)
                hub.server = server
                continuation.resume(
                    with: Result {
                        let listener = try Listener.open(
                            host: "127.0.0.1", port: 0, sharesPort: false, tls: nil, on: hub.loop,
                            onAccept: { server.accept($0) })
                        hub.listener = listener
                        return listener.port
                    })
            }
        }
        return (hub, HubURL(isSecure: false, host: "127.0.0.1", port: port, path: ""))
    }

    /// Runs `body` on the loop.
    func on<Value: Sendable>(_ body: @escaping @Sendable (ScriptedConversation) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: body(self)) }
        }
    }

    func stop() async {
        await on { hub in
            hub.listener?.stop()
            hub.listener = nil
            hub.server = nil
            hub.sessions = []
            hub.fate = { _ in .drop }
            hub.refusesToken = { _ in false }
        }
        await loop.stop()
    }

    /// Loses every connection.
    func dropAll() {
        for session in sessions { session.connection?.abort() }
        sessions = []
    }

    /// Another one writes.
    func post(_ text: String) { store("b\(log.count)", from: "b", text) }

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        guard request.path == "/api/v1/stream" else {
            return responder.respond(.json(Array(#"{"messages":[],"members":[]}"#.utf8)))
        }
        let token = request.headers["Authorization"].map { String($0.dropFirst("Bearer ".count)) } ?? ""
        if refusesToken(token) {
            return responder.respond(
                .json(Array(#"{"status":401,"error":"token_expired"}"#.utf8), status: .unauthorized))
        }
        tokens.append(token)
        upgrades += 1
        let options = WebSocketOptions()
        guard case .success(let acceptance) = WebSocketHandshake.accept(request, options: options),
            let upgraded = responder.upgrade()
        else { return }
        let session = Session(self)
        sessions.append(session)
        session.connection = WebSocketConnection.server(
            on: upgraded.socket, acceptance: acceptance, alreadyRead: upgraded.alreadyRead, options: options,
            handler: session)
        session.send(#"{"type":"welcome","session":"s","userId":"a"}"#)
    }

    private func store(_ clientId: String, from: String, _ text: String) {
        log.append((clientId, from, text))
        let message = json(log.count - 1)
        for session in sessions {
            session.send(#"{"type":"message","conversation":"\#(Self.id)","# + message.dropFirst())
        }
    }

    private func json(_ index: Int) -> String {
        let entry = log[index]
        return JSONText.object([
            ("seq", .integer(index + 1)), ("clientId", .string(entry.clientId)),
            ("from", .object([("userId", .string(entry.from)), ("displayName", .string(entry.from))])),
            ("text", .string(entry.text)), ("sentAt", .string("2026-11-25T10:00:00.000Z")),
        ]).text
    }

    fileprivate func take(_ value: JSONValue, from session: Session) {
        let id = value["id"]?.integer ?? 0
        switch value["type"]?.string {
        case "sync":
            let since = Int(value["conversations"]?.array?.first?["since"]?.integer ?? 0)
            let messages = (since..<max(since, log.count)).map(json).joined(separator: ",")
            session.send(
                #"{"type":"messages","re":\#(id),"conversation":"\#(Self.id)","messages":[\#(messages)],"more":false}"#)
            session.send(#"{"type":"ok","re":\#(id)}"#)
        case "message":
            received += 1
            take(id, clientId: value["clientId"]?.string ?? "", value["text"]?.string ?? "", session)
        case "read":
            reads.append(value["seq"]?.integer ?? 0)
            session.send(#"{"type":"ok","re":\#(id)}"#)
        default: break
        }
    }

    private func take(_ id: Int64, clientId: String, _ text: String, _ session: Session) {
        let fate = fate(received)
        switch fate {
        case .drop: dropAll()
        case .refuse(let error):
            session.send(#"{"type":"error","re":\#(id),"error":"\#(error)","message":"no","retryAfter":0}"#)
        case .store, .storeAndDrop:
            if !log.contains(where: { $0.clientId == clientId }) { store(clientId, from: "a", text) }
            if case .storeAndDrop = fate { return dropAll() }
            let seq = (log.firstIndex { $0.clientId == clientId } ?? 0) + 1
            session.send(
                #"{"type":"ack","re":\#(id),"conversation":"\#(Self.id)","seq":\#(seq),"sentAt":"2026-11-25T10:00:00.000Z"}"#
            )
        }
    }

    /// One connection.
    fileprivate final class Session: WebSocketHandler, @unchecked Sendable {
        var connection: WebSocketConnection?
        private unowned let hub: ScriptedConversation

        init(_ hub: ScriptedConversation) { self.hub = hub }

        func send(_ text: String) { connection?.send(text: Array(text.utf8)) }

        func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
            guard let value = try? JSONValue(bytes) else { return connection.abort() }
            hub.take(value, from: self)
        }

        func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) { connection.abort() }

        func webSocket(
            _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
        ) {}
    }
}

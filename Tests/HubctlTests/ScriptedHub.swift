import EventLoop
import HTTP
import Model
import WebSocket
import Wire

@testable import hubctl

/// A hub on a real socket that does what a test tells it to: it stores fixes in memory and answers as scripted.
///
/// Confined to its loop: references may be held anywhere, every method but the `async` ones is called on `loop`.
final class ScriptedHub: HTTPRequestHandler, @unchecked Sendable {
    /// What to do with a message of fixes.
    enum Reaction {
        case store
        /// Stores, and loses the connection before the acknowledgement leaves.
        case storeAndDrop
        case drop
        case refuse(ErrorCode, retryAfter: Int?)
        case goodbye(Duration)
        case close(UInt16)
    }

    let loop: Loop
    /// Called for each message of fixes.
    var react: (ScriptedHubSession, [Fix]) -> Reaction = { _, _ in .store }
    /// Answers a request; `nil` grants an upgrade, and registers a device.
    var answer: (HTTPRequest) -> HTTPResponse? = { _ in nil }
    /// Answers every request, over a while.
    var stream: ((HTTPResponder) -> Void)?
    /// Whether a request's connection is lost in the midst of its answer.
    var drops: (HTTPRequest) -> Bool = { _ in false }
    var locationsPerSecond = 0
    var fixesPerMessage = 50
    /// Whether the first watcher is lost right after its snapshot.
    var dropsFirstWatch = false
    /// Whether it speaks `presence.v1.packed` too.
    var speaksPacked = false

    /// Whether it agrees to permessage-deflate.
    var deflates = false
    /// How many of its sessions compress.
    private(set) var deflated = 0

    /// What is stored, each fix once, in the order of its first storing.
    private(set) var stored: [DeviceID: [Fix]] = [:]
    private var known: [DeviceID: Set<Timestamp>] = [:]
    private(set) var registered: [String] = []
    private(set) var watched: [GroupID] = []
    /// When each upgrade was asked for.
    private(set) var upgrades: [LoopInstant] = []
    private var sessions: [ScriptedHubSession] = []
    private var server: HTTPServer?
    private var listener: Listener?

    private init(_ loop: Loop) { self.loop = loop }

    static func start() async throws -> (hub: ScriptedHub, url: HubURL) {
        let hub = ScriptedHub(try Loop.start(index: 90))
        let port: Int = try await withCheckedThrowingContinuation { continuation in
            hub.loop.execute {
                let server = HTTPServer(on: hub.loop, handler: hub)
                hub.server = server
                do {
                    let listener = try Listener.open(
                        host: "127.0.0.1", port: 0, sharesPort: false, tls: nil, on: hub.loop,
                        onAccept: { server.accept($0) })
                    hub.listener = listener
                    continuation.resume(returning: listener.port)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        return (hub, HubURL(isSecure: false, host: "127.0.0.1", port: port, path: ""))
    }

    /// Runs `body` on the loop.
    func on<Value: Sendable>(_ body: @escaping @Sendable (ScriptedHub) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: body(self)) }
        }
    }

    /// Stops, and lets go of what holds the hub: its server, and what the script closed over.
    func stop() async {
        await on { hub in
            hub.listener?.stop()
            hub.listener = nil
            hub.server = nil
            hub.sessions = []
            hub.react = { _, _ in .drop }
            hub.answer = { _ in nil }
            hub.stream = nil
            hub.drops = { _ in false }
        }
        await loop.stop()
    }

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        if let stream { return stream(responder) }
        if drops(request) {
            responder.startStreaming(HTTPResponse(.ok), length: 5).abort()
            return
        }
        if let answer = answer(request) { return responder.respond(answer) }
        guard request.path == "/api/v1/stream" else {
            registered.append(String(decoding: request.body, as: UTF8.self))
            return responder.respond(.json(Array("{}".utf8)))
        }
        upgrades.append(loop.now)
        var options = WebSocketOptions()
        options.subprotocols = speaksPacked ? ["presence.v1", "presence.v1.packed"] : ["presence.v1"]
        options.deflate = deflates ? DeflateOptions() : nil
        guard case .success(let acceptance) = WebSocketHandshake.accept(request, options: options),
            let upgraded = responder.upgrade()
        else { return }
        if acceptance.deflate != nil { deflated += 1 }
        let device = request.query["deviceId"].flatMap { DeviceID($0) }
        let session = ScriptedHubSession(hub: self, device: device)
        sessions.append(session)
        session.begin(
            WebSocketConnection.server(
                on: upgraded.socket, acceptance: acceptance, alreadyRead: upgraded.alreadyRead, options: options,
                handler: session))
    }

    func store(_ fixes: [Fix], of device: DeviceID) {
        for fix in fixes where known[device, default: []].insert(fix.capturedAt).inserted {
            stored[device, default: []].append(fix)
        }
    }

    func noteWatch(_ group: GroupID) { watched.append(group) }

    /// Tells every watcher of anything, the sender too, as a hub may.
    func fanOut(_ fix: Fix, of device: DeviceID, in group: GroupID) {
        for session in sessions where session.group == group {
            session.send {
                HubMessageEncoder.positions([DevicePosition(device: device, fix: fix)], in: group, to: &$0)
            }
        }
    }
}

/// One connection of a ``ScriptedHub``. Confined to its loop.
final class ScriptedHubSession: WebSocketHandler, @unchecked Sendable {
    let device: DeviceID?
    private(set) var group: GroupID?
    private unowned let hub: ScriptedHub
    private var connection: WebSocketConnection?

    init(hub: ScriptedHub, device: DeviceID?) {
        self.hub = hub
        self.device = device
    }

    func begin(_ connection: WebSocketConnection) {
        self.connection = connection
        let welcome = HubMessage.Welcome(
            session: SessionID(UniqueID(high: 1, low: 2)), device: device, serverTime: Timestamp(milliseconds: 0),
            heartbeat: 25,
            limits: HubMessage.Limits(
                messageBytes: 65536, fixesPerMessage: hub.fixesPerMessage, locationsPerSecond: hub.locationsPerSecond))
        send { HubMessageEncoder.welcome(welcome, to: &$0) }
    }

    var now: LoopInstant { hub.loop.now }

    private var isPacked: Bool { connection?.subprotocol == "presence.v1.packed" }

    func send(_ write: (inout [UInt8]) -> Void) {
        var message: [UInt8] = []
        write(&message)
        if isPacked { connection?.send(binary: message) } else { connection?.send(text: message) }
    }

    // The rules on values are the hub's; this one takes every time.
    private let decoder = ClientMessageDecoder(
        rules: FixRules(clockSkew: .seconds(1 << 40), longestAge: .seconds(1 << 40)))
    private var lastSent: PackedReference?

    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
        handle(isPacked ? nil : try? decoder.decode(bytes, at: Timestamp(milliseconds: 0)), on: connection)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) {
        guard isPacked else { return handle(nil, on: connection) }
        let decoder = PackedClientMessageDecoder(decoder)
        handle(try? decoder.decode(bytes, after: &lastSent, at: Timestamp(milliseconds: 0)), on: connection)
    }

    private func handle(_ envelope: ClientEnvelope?, on connection: WebSocketConnection) {
        guard let envelope else { return connection.close(code: .policyViolation, reason: "not of the protocol") }
        switch envelope.message {
        case .location(let fix): take([fix], envelope.id)
        case .locations(let fixes): take(fixes, envelope.id)
        case .watch(let group):
            self.group = group
            hub.noteWatch(group)
            let snapshot = HubMessage.Snapshot(re: envelope.id, group: group, members: [])
            send { HubMessageEncoder.snapshot(snapshot, to: &$0) }
            if hub.dropsFirstWatch, hub.watched.count == 1 { connection.close(code: .goingAway) }
        default: break
        }
    }

    private func take(_ fixes: [Fix], _ id: Int64?) {
        guard let device else { return }
        switch hub.react(self, fixes) {
        case .store:
            hub.store(fixes, of: device)
            if let group, let fix = fixes.last { hub.fanOut(fix, of: device, in: group) }
            send {
                if isPacked {
                    PackedHubMessageEncoder.ack(re: id, processed: fixes.count, to: &$0)
                } else {
                    HubMessageEncoder.ack(re: id, processed: fixes.count, to: &$0)
                }
            }
        case .storeAndDrop:
            hub.store(fixes, of: device)
            connection?.abort()
        case .drop: connection?.abort()
        case .refuse(let code, let retryAfter):
            let refusal = Refusal(code, message: "refused", id: id)
            send { HubMessageEncoder.error(refusal, retryAfter: retryAfter, to: &$0) }
        case .goodbye(let after):
            send { HubMessageEncoder.goodbye(reason: "restart", reconnectAfter: after, to: &$0) }
            connection?.close(code: .goingAway)
        case .close(let code): connection?.close(code: CloseCode(rawValue: code), reason: "as scripted")
        }
    }

    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
    ) {
        group = nil
        self.connection = nil
    }
}

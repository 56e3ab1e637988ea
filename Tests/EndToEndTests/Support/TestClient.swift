import EventLoop
import HTTP
import Model
import Synchronization
import WebSocket
import Wire

/// A client of the stream: a device or a watcher, as a test's sequence of questions and answers.
final class TestClient: WebSocketHandler, Sendable {
    /// How a connection ended.
    struct Ending: Equatable, Sendable {
        let code: Int?
        let reason: String
        let by: WebSocketEnding
    }

    private let inbox = Inbox<HubMessage>()
    private let endings = Inbox<Ending>()
    private let held = Mutex<WebSocketConnection?>(nil)
    private let nextID = Atomic<Int64>(1000)
    private let greeting = Mutex<HubMessage.Welcome?>(nil)
    /// What the hub said that this version cannot read; stays empty.
    private let misread = Mutex<[String]>([])
    /// Of `presence.v1.packed`, which holds if it was asked for.
    private let encoder = Mutex(PackedClientMessageEncoder())
    private let decoder = Mutex(PackedHubMessageDecoder())
    private let isPacked: Bool

    private init(isPacked: Bool) { self.isPacked = isPacked }

    /// Opens the stream and waits for the welcome.
    ///
    /// - Throws: `WebSocketClientError.refused` with the hub's answer, among others.
    static func connect(
        _ hub: HubAddress, as device: DeviceID? = nil, query: String? = nil, headers: HTTPHeaders = [:],
        options: WebSocketOptions = WebSocketOptions(), on loop: Loop = Support.loop
    ) async throws -> TestClient {
        var headers = headers
        if let key = hub.key { headers.append("X-API-Key", key) }
        let query = query.map { "?\($0)" } ?? device.map { "?deviceId=\($0)" } ?? ""
        var options = options
        if options.subprotocols.isEmpty { options.subprotocols = ["presence.v1"] }
        options.handshakeTimeout = Support.patience
        let client = TestClient(isPacked: options.subprotocols == ["presence.v1.packed"])
        let connection = try await WebSocketClient.connect(
            to: WebSocketURL(
                isSecure: hub.tls != nil, host: "127.0.0.1", port: hub.port, target: "/api/v1/stream\(query)"),
            headers: headers, options: options, tls: hub.tls, on: loop, handler: client)
        client.held.withLock { $0 = connection }
        guard case .welcome(let welcome) = try await client.next() else { throw Unexpected(what: "no welcome") }
        client.greeting.withLock { $0 = welcome }
        return client
    }

    /// As above, over `presence.v1.packed`.
    static func connectPacked(
        _ hub: HubAddress, as device: DeviceID? = nil, on loop: Loop = Support.loop
    ) async throws -> TestClient {
        var options = WebSocketOptions()
        options.subprotocols = ["presence.v1.packed"]
        let client = try await connect(hub, as: device, options: options, on: loop)
        guard client.connection.subprotocol == "presence.v1.packed" else { throw Unexpected(what: "not packed") }
        return client
    }

    /// What the hub said first.
    var welcome: HubMessage.Welcome {
        guard let welcome = greeting.withLock({ $0 }) else { preconditionFailure("not welcome yet") }
        return welcome
    }

    var connection: WebSocketConnection {
        guard let connection = held.withLock({ $0 }) else { preconditionFailure("not connected yet") }
        return connection
    }

    // MARK: Sending

    func send(_ message: ClientMessage, id: Int64? = nil) async {
        var bytes: [UInt8] = []
        let envelope = ClientEnvelope(id: id, message)
        guard isPacked else {
            ClientMessageEncoder.encode(envelope, to: &bytes)
            return await send(bytes)
        }
        let packed = encoder.withLock { encoder in
            var packed: [UInt8] = []
            encoder.encode(envelope, to: &packed)
            return packed
        }
        await sendBinary(packed)
    }

    /// A message as it is sent.
    enum Encoded: Sendable {
        case text([UInt8])
        case binary([UInt8])
    }

    /// Messages as they are to be sent, in this order, with the ids from 0 on.
    func encoded(_ messages: [ClientMessage]) -> [Encoded] {
        messages.enumerated().map { index, message in
            let envelope = ClientEnvelope(id: Int64(index), message)
            var bytes: [UInt8] = []
            guard isPacked else {
                ClientMessageEncoder.encode(envelope, to: &bytes)
                return .text(bytes)
            }
            return .binary(
                encoder.withLock { encoder in
                    var packed: [UInt8] = []
                    encoder.encode(envelope, to: &packed)
                    return packed
                })
        }
    }

    func send(text: String) async { await send(Array(text.utf8)) }

    private func send(_ text: [UInt8]) async {
        let connection = connection
        await connection.loop.run { connection.send(text: text) }
    }

    func sendBinary(_ bytes: [UInt8]) async {
        let connection = connection
        await connection.loop.run { connection.send(binary: bytes) }
    }

    /// Sends a message under a fresh id and waits for the reply to it; what else comes meanwhile is passed over.
    @discardableResult
    func ask(_ message: ClientMessage) async throws -> HubMessage {
        let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
        await send(message, id: id)
        return try await first("a reply to \(id)") { $0.re == id ? $0 : nil }
    }

    /// Watches a group and returns its snapshot.
    func watch(_ group: GroupID) async throws -> HubMessage.Snapshot {
        guard case .snapshot(let snapshot) = try await ask(.watch(group)) else {
            throw Unexpected(what: "no snapshot of \(group)")
        }
        return snapshot
    }

    /// Has everything that was sent before handled, and what that caused to be sent here received.
    func settle() async throws { try await ask(.ping) }

    func stopReading() async {
        let connection = connection
        await connection.loop.run { connection.pauseReading() }
    }

    func readOn() async {
        let connection = connection
        await connection.loop.run { connection.resumeReading() }
    }

    /// Says goodbye, and waits for the hub's.
    func close() async {
        let connection = connection
        await connection.loop.run { connection.close() }
        _ = try? await ended()
    }

    /// Goes away without a word.
    func abort() async {
        let connection = connection
        await connection.loop.run { connection.abort() }
    }

    // MARK: Hearing

    /// The next message, whatever it is.
    func next(within limit: Duration = Support.patience) async throws -> HubMessage {
        guard let message = await inbox.next(within: limit) else {
            let texts = misread.withLock { $0 }
            throw Unexpected(what: texts.isEmpty ? "nothing came" : "unreadable: \(texts)")
        }
        return message
    }

    /// What `pick` makes of the first message that it takes; those before it are passed over.
    func first<Value>(
        _ what: String = "the message", within limit: Duration = Support.patience, _ pick: (HubMessage) -> Value?
    ) async throws -> Value {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            guard let message = await inbox.next(within: deadline - ContinuousClock.now) else { break }
            if let value = pick(message) { return value }
        }
        throw Unexpected(what: "\(what) did not come")
    }

    /// The positions of the next `positions` message of a group.
    func positions(of group: GroupID) async throws -> [DevicePosition] {
        try await first("positions") { if case .positions(group, let positions) = $0 { positions } else { nil } }
    }

    /// The next presence of a device.
    func presence(of device: DeviceID) async throws -> Presence {
        try await first("presence") {
            if case .presence(let change) = $0, change.device == device { change.presence } else { nil }
        }
    }

    func memberChange(of device: DeviceID) async throws -> HubMessage.MemberChange {
        try await first("member") { if case .member(let change) = $0, change.device == device { change } else { nil } }
    }

    /// The next error.
    func failure() async throws -> HubMessage.Failure {
        try await first("error") { if case .error(let failure) = $0 { failure } else { nil } }
    }

    /// How the connection ends, when it does.
    func ended(within limit: Duration = Support.patience) async throws -> Ending {
        guard let ending = await endings.next(within: limit) else { throw Overdue(what: "the connection ends") }
        return ending
    }

    /// Everything that came and was not looked at, up to the end of the connection.
    func rest() async -> [HubMessage] {
        var messages: [HubMessage] = []
        while let message = await inbox.next(within: Support.patience) { messages.append(message) }
        return messages
    }

    // MARK: WebSocketHandler

    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
        guard !isPacked else { return giveUp(on: "a text message") }
        do throws(Refusal) {
            inbox.put(try HubMessageDecoder.decode(bytes))
        } catch {
            misread.withLock { $0.append(bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }) }
            inbox.close()
        }
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) {
        guard isPacked else { return giveUp(on: "a binary message") }
        let message = bytes.withUnsafeBytes { Array($0) }
        let reading = decoder.withLock { decoder in try? decoder.decode(message) }
        switch reading {
        case .message(let message): inbox.put(message)
        case .outdated(let group): giveUp(on: "a message of \(group) that builds on one which never came")
        case nil: giveUp(on: "\(message)")
        }
    }

    private func giveUp(on message: String) {
        misread.withLock { $0.append(message) }
        inbox.close()
    }

    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
    ) {
        endings.put(Ending(code: code.map { Int($0.rawValue) }, reason: reason, by: ending))
        inbox.close()
    }
}

/// Something else came than a test can go on with.
struct Unexpected: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
}

extension HubMessage {
    /// The id of the request it answers.
    var re: Int64? {
        switch self {
        case .snapshot(let snapshot): snapshot.re
        case .fixesStored(let re, _), .messageStored(let re, _, _, _), .ok(let re), .pong(let re, _): re
        case .messages(let page): page.re
        case .error(let failure): failure.re
        default: nil
        }
    }

    /// Whether it acknowledges fixes.
    var isAck: Bool { if case .fixesStored = self { true } else { false } }
}

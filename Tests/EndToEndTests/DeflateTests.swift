import Configuration
import EventLoop
import HTTP
import HubTesting
import Model
import Testing
import WebSocket
import Wire

/// permessage-deflate on a real hub: the same messages in fewer bytes, compressed once for all who watch.
@Suite(.timeLimit(.minutes(3)))
struct DeflateTests {
    /// A note that makes a message long enough to be compressed, and of which little is saved by that.
    private static func note(_ number: Int) -> String {
        var random = SeededGenerator(seed: UInt64(number))
        let escaped = (0..<130).map { _ in Unicode.Scalar(UInt8.random(in: 1..<32, using: &random)) }
        return "\(number) " + String(String.UnicodeScalarView(escaped))
    }

    // MARK: Agreeing

    static let offers: [(offer: String, answer: String?)] = [
        ("permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
        (
            // Of a browser.
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        ),
        (
            // Of Python's websockets.
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=12"
        ),
        ("permessage-deflate; server_max_window_bits=10", nil), ("permessage-deflate; unheard_of", nil),
        ("x-webkit-deflate-frame", nil),
    ]

    @Test(arguments: offers) func `what is offered is answered`(offer: String, answer: String?) async throws {
        let hub = try await RunningHub.shared.address()
        let told = try await RawStream.handshake(hub, headers: [("Sec-WebSocket-Extensions", offer)])
        #expect(told.status == 101)
        #expect(told["Sec-WebSocket-Extensions"] == answer)
    }

    @Test func `a packed stream is not compressed`() async throws {
        let hub = try await RunningHub.shared.address()
        let told = try await RawStream.handshake(
            hub,
            headers: [
                ("Sec-WebSocket-Extensions", "permessage-deflate"), ("Sec-WebSocket-Protocol", "presence.v1.packed"),
            ])
        #expect(told["Sec-WebSocket-Protocol"] == "presence.v1.packed")
        #expect(told["Sec-WebSocket-Extensions"] == nil)
    }

    @Test func `nothing is compressed where the operator forbids it`() async throws {
        try await RunningHub.with {
            $0.fanout.deflate = false
        } _: { hub in
            let client = try await TestClient.connect(hub.address, options: .compressing)
            #expect(await client.connection.loop.run { !client.connection.isCompressing })
            await client.close()
            let stream = try await RawStream.open(hub.address, extensions: "permessage-deflate")
            await stream.connection.send(DeflateTests.compressed(#"{"type":"ping"}"#))
            #expect(try await stream.closeCode() == 1002)
            await stream.connection.close()
        }
    }

    // MARK: The same messages

    @Test(arguments: [0, 1])
    func `those who watch deflated are sent the same bytes, which say what the others are told`(loop: Int) async throws
    {
        let hub = try await RunningHub.immediate.address()
        let group = GroupID.fresh(onLoop: loop)
        let id = try await hub.register(in: group)
        for number in 0..<3 { try await hub.register(in: group, name: "Member \(number)") }
        let device = try await TestClient.connect(hub, as: id)
        let plain = try await RawStream.open(hub)
        let deflated = [
            try await RawStream.open(hub, extensions: "permessage-deflate"),
            try await RawStream.open(hub, extensions: "permessage-deflate; client_max_window_bits"),
            // Lives on the group's own loop, as it speaks as a member.
            try await RawStream.open(
                hub, as: try await hub.register(in: group, name: "Own"), extensions: "permessage-deflate"),
        ]
        for stream in deflated + [plain] {
            let question = Array(#"{"type":"watch","group":"\#(group)","id":1}"#.utf8)
            await stream.connection.send(RawStream.frame(.text, question))
            let snapshot = try await stream.message { $0.text.hasPrefix(#"{"type":"snapshot""#) }
            #expect(snapshot.isCompressed == (stream.connection !== plain.connection))
        }
        for number in 0..<20 {
            try await device.ask(.presence(.init(status: .busy, note: DeflateTests.note(number))))
            #expect(
                try await device.ask(.location(.sample(at: .now.advanced(by: .seconds(number))))).isAck)
        }
        let last = try await hub.register(in: group, name: "The last")
        func heard(_ stream: RawStream) async throws -> [RawStream.Message] {
            var messages: [RawStream.Message] = []
            while messages.last?.text.contains("\(last)") != true { messages.append(try await stream.message()) }
            // Who watched before the others came heard of them as well.
            let first = messages.firstIndex { $0.text.contains("\\u00") } ?? 0
            return Array(messages[first...])
        }
        let expected = try await heard(plain)
        #expect(expected.count == 41 && expected.allSatisfy { !$0.isCompressed })
        let first = try await heard(deflated[0])
        #expect(first.map(\.text) == expected.map(\.text))
        // A position alone is short; a presence with a long note is not.
        #expect(first.filter(\.isCompressed).count == 20)
        let sizes = [first, expected].map { $0.reduce(0) { $0 + $1.bytes.count } }
        #expect(sizes[0] * 3 < sizes[1] * 2)
        for other in deflated.dropFirst() { #expect(try await heard(other).map(\.bytes) == first.map(\.bytes)) }
        await device.close()
        for stream in deflated + [plain] { await stream.connection.close() }
    }

    @Test func `one who comes back is told all there is`() async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh()
        let ids = [try await hub.register(in: group), try await hub.register(in: group, name: "Ben")]
        var device = try await TestClient.connect(hub, as: ids[0], options: .compressing)
        _ = try await device.watch(group)
        // Long enough for the client to compress it.
        #expect(try await device.ask(.locations(Fix.samples(50))).isAck)
        await device.abort()
        device = try await TestClient.connect(hub, as: ids[0], options: .compressing)
        let last = Fix.sample(at: .now.advanced(by: .seconds(20)))
        #expect(try await device.ask(.location(last)).isAck)
        let plain = try await TestClient.connect(hub)
        let members = (try await device.watch(group).members, try await plain.watch(group).members)
        #expect(members.0 == members.1 && members.0.count == 2)
        #expect(members.0.first { $0.device == ids[0] }?.lastFix == last)
        await device.close()
        await plain.close()
    }

    @Test func `one that stops reading is told the newest when it reads again`() async throws {
        try await RunningHub.with {
            // However long a slow machine takes, nobody is dropped for having sent no pong.
            $0.presence.heartbeat = .seconds(600)
            $0.fanout.tick = .zero
            $0.fanout.outboundBytes = 16_384
        } _: { hub in
            let groups = [GroupID.fresh("near", onLoop: 0), GroupID.fresh("far", onLoop: 1)]
            let slow = try await TestClient.connect(hub.address, options: .compressing)
            var devices: [TestClient] = []
            for group in groups {
                devices.append(
                    try await TestClient.connect(hub.address, as: try await hub.address.register(in: group)))
                _ = try await slow.watch(group)
            }
            await slow.stopReading()
            let (count, now) = (24_000, Timestamp.now)
            for number in 0..<count {
                await devices[number % 2].send(.presence(.init(status: .busy, note: DeflateTests.note(number))))
                guard number % 500 >= 498 else { continue }
                let fix = Fix.sample(at: now.advanced(by: .milliseconds(number)))
                #expect(try await devices[number % 2].ask(.location(fix)).isAck)
            }
            let last = Fix.sample(at: now.advanced(by: .seconds(40)), latitude: -33, longitude: -70)
            for device in devices {
                try await device.ask(.presence(.init(status: .away, note: "the last")))
                #expect(try await device.ask(.location(last)).isAck)
            }
            await slow.readOn()
            var (heard, places, notes) = (0, [GroupID: Fix](), [GroupID: String]())
            while groups.contains(where: { places[$0] != last || notes[$0] != "the last" }) {
                heard += 1
                switch try await slow.next() {
                case .positions(let group, let positions): places[group] = positions.last?.fix
                case .presence(let change): notes[change.group] = change.presence.note
                case .snapshot(let snapshot):
                    places[snapshot.group] = snapshot.members.first?.lastFix
                    notes[snapshot.group] = snapshot.members.first?.presence.note
                default: break
                }
            }
            #expect(heard < count, "everything it missed was kept for it")
            for client in devices + [slow] { await client.close() }
        }
    }

    // MARK: What clients send

    /// A client's frame of a text that is compressed.
    private static func compressed(_ text: String) -> [UInt8] { frame(payload(Array(text.utf8))) }

    private static func payload(_ message: [UInt8]) -> [UInt8] {
        var options = DeflateOptions()
        options.threshold = 1
        // Made longer, so that it is compressed at all, by what JSON takes as nothing.
        let frame = FrameDeflater(options).deflated(PreparedFrame(text: message + [UInt8](repeating: 0x20, count: 60)))
        precondition(frame.isCompressed)
        return Array(frame.bytes.dropFirst(frame.bytes[1] < 126 ? 2 : 4))
    }

    private static func frame(_ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        var bytes = RawStream.frame(.text, payload, isFinal: isFinal)
        bytes[0] |= 0x40
        return bytes
    }

    static let bad: [(what: String, bytes: [UInt8], code: Int)] = [
        ("65 KB of nothing in 100 bytes", frame(payload([UInt8](repeating: 0x20, count: 65_537))), 1009),
        ("64 MB of nothing", frame(payload([UInt8](repeating: 0x20, count: 64 << 20))), 1009),
        ("a reserved block type", frame([0x07, 0x00]), 1007),
        ("a stream that is cut", frame([0xF2, 0x48, 0xCD, 0xC9]), 1007),
        (
            "what refers to the message before",
            compressed(#"{"type":"ping"}"#) + frame([0xF2, 0x00, 0x11, 0x00, 0x00]), 1007
        ),
        ("what is no text", frame([0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00]), 1007),
        (
            "the mark on a continuation",
            frame([0xF2, 0x48], isFinal: false) + [0xC0, 0x80, 0, 0, 0, 0], 1002
        ),
        ("the mark on a ping", [0xC9, 0x80, 0, 0, 0, 0], 1002),
    ]

    @Test(arguments: bad)
    func `bad compression closes its connection and no other`(what: String, bytes: [UInt8], code: Int) async throws {
        let hub = try await RunningHub.shared.address()
        let bystander = try await TestClient.connect(
            hub, as: try await hub.register(in: .fresh()), options: .compressing)
        let stream = try await RawStream.open(hub, extensions: "permessage-deflate")
        await stream.connection.send(bytes)
        #expect(try await stream.closeCode() == code)
        #expect(try await bystander.ask(.locations(Fix.samples(50))).isAck)
        await stream.connection.close()
        await bystander.close()
    }

    @Test func `a compressed message is read from however many fragments and pieces`() async throws {
        let hub = try await RunningHub.shared.address()
        let stream = try await RawStream.open(hub, extensions: "permessage-deflate")
        let payload = DeflateTests.payload(Array(#"{"type":"ping","id":5}"#.utf8))
        for cut in 0...payload.count {
            let bytes =
                DeflateTests.frame(Array(payload[..<cut]), isFinal: false) + RawStream.frame(.ping, [1])
                + RawStream.frame(.continuation, Array(payload[cut...]))
            let half = cut * bytes.count / payload.count
            await stream.connection.send(Array(bytes[..<half]))
            await stream.connection.send(Array(bytes[half...]))
            #expect(try await stream.next().opcode == RawStream.Opcode.pong.rawValue)
            #expect(try await stream.text().hasPrefix(#"{"type":"pong","re":5"#))
        }
        await stream.connection.close()
    }

    // MARK: What it costs

    @Test(.disabled(if: Sanitizer.isOn, "a sanitizer's own memory would be counted"))
    func `a session that compresses owns no more than another`() async throws {
        try await HubProcess.with([:]) { hub in
            let group = GroupID.fresh()
            for number in 0..<4 { try await hub.address.register(in: group, name: "Member \(number)") }
            func open(_ options: WebSocketOptions) async throws -> TestClient {
                let client = try await TestClient.connect(hub.address, options: options)
                // Compressed both ways, where it was agreed on.
                _ = try await client.watch(group)
                await client.send(text: #"{"type":"ping","id":3\#(String(repeating: " ", count: 500))}"#)
                let _: Bool = try await client.first("a pong") { $0.re == 3 ? true : nil }
                return client
            }
            // What the first of each kind brings is the loop's.
            var clients = [try await open(WebSocketOptions()), try await open(.compressing)]
            let count = 300
            var sizes = [try hub.residentBytes()]
            for options in [WebSocketOptions(), .compressing] {
                for _ in 0..<count { clients.append(try await open(options)) }
                sizes.append(try hub.residentBytes())
            }
            // With contexts of their own it was 300 KB each.
            let more = (sizes[2] - sizes[1]) - (sizes[1] - sizes[0])
            #expect(more < count * 4096, "\(more / count) bytes a session")
            for client in clients { await client.close() }
        }
    }
}

extension WebSocketOptions {
    fileprivate static var compressing: WebSocketOptions {
        var options = WebSocketOptions()
        options.deflate = DeflateOptions()
        return options
    }
}

extension RawStream {
    /// A message of the hub's as it came and as it reads.
    fileprivate struct Message {
        var bytes: [UInt8]
        var text: String
        var isCompressed: Bool { bytes[0] & 0x40 != 0 }
    }

    /// The next text message that satisfies `condition`.
    fileprivate func message(_ condition: (Message) -> Bool = { _ in true }) async throws -> Message {
        while true {
            let frame = try await frame()
            let resources = CodecResources()
            var parser = FrameParser(
                peer: .server, maximumMessageBytes: 1 << 20,
                compression: InflateSettings(windowBits: 11, keepsContext: false), resources: resources)
            var text: String?
            _ = try parser.parse(frame.span.bytes) { event, payload in
                if event == .text { text = payload.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
                return true
            }
            guard let text else { continue }
            let message = Message(bytes: frame, text: text)
            if condition(message) { return message }
        }
    }
}

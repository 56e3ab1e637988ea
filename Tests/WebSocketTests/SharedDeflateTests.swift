import EventLoop
import HTTP
import HubTesting
import Synchronization
import Testing

@testable import WebSocket

/// Messages that refer to none before them: one compressor serves many connections, and none of them owns anything.
@Suite(.timeLimit(.minutes(3))) struct `Compression without contexts` {
    private static let alone = InflateSettings(keepsContext: false)

    private static var options: DeflateOptions {
        var options = DeflateOptions()
        options.serverNoContextTakeover = true
        options.clientNoContextTakeover = true
        options.serverMaxWindowBits = 11
        options.leastServerWindowBits = 11
        options.memoryLevel = 5
        options.threshold = 100
        options.exceptedSubprotocols = ["short"]
        return options
    }

    // MARK: Agreeing

    static let answers: [(offer: String, answer: String?)] = [
        ("permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
        (
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        ),
        (
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        ),
        (
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=12"
        ),
        ("permessage-deflate; server_max_window_bits=7", nil),
        ("permessage-deflate; server_max_window_bits=16", nil),
        ("permessage-deflate; server_max_window_bits", nil),
        ("permessage-deflate; window=11", nil),
        ("permessage-deflate; server_max_window_bits=11; server_max_window_bits=11", nil),
        (
            "permessage-deflate; server_max_window_bits=9, permessage-deflate",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        ),
        (
            "permessage-deflate; window=11, x-other, permessage-deflate; server_max_window_bits=13, permessage-deflate",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11"
        ),
        ("permessage-deflate; server_max_window_bits=10, permessage-deflate; server_max_window_bits=8", nil),
    ]

    @Test(arguments: answers) func `is answered`(offer: String, answer: String?) throws {
        let offers = try #require(ExtensionOffer.list(offer))
        #expect(DeflateAgreement.answer(offers, options: Self.options)?.header == answer)
    }

    @Test(arguments: 8...15) func `is agreed to with any window that is not smaller than the one for all`(bits: Int)
        throws
    {
        let offers = try #require(ExtensionOffer.list("permessage-deflate; server_max_window_bits=\(bits)"))
        let answer = DeflateAgreement.answer(offers, options: Self.options)
        #expect(answer?.agreement.serverMaxWindowBits == (bits < 11 ? nil : 11))
        #expect(answer?.header.hasSuffix("; server_max_window_bits=11") ?? true)
        #expect(answer.map { $0.agreement.serverNoContextTakeover && $0.agreement.clientNoContextTakeover } ?? true)
    }

    @Test(arguments: [("", true), ("plain", true), ("short, plain", false), ("plain, short", true)])
    func `is not agreed on with a subprotocol whose messages are short`(protocols: String, isAgreed: Bool) throws {
        var options = WebSocketOptions()
        options.subprotocols = ["plain", "short"]
        options.deflate = Self.options
        let request = try HTTPRequest(
            .get, "/",
            headers: [
                "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": protocols,
                "Sec-WebSocket-Extensions": "permessage-deflate",
            ])
        let acceptance = try WebSocketHandshake.accept(request, options: options).get()
        #expect((acceptance.deflate != nil) == isAgreed)
        #expect(String(decoding: acceptance.response, as: UTF8.self).contains("permessage-deflate") == isAgreed)
    }

    // MARK: Reading

    /// A text in two fragments with a ping between them, one in a frame, one that is not compressed, a binary one.
    private static func conversation(masked: Bool) -> [UInt8] {
        let mask: [UInt8]? = masked ? [0x37, 0xFA, 0x21, 0x3D] : nil
        func frame(_ first: UInt8, _ payload: [UInt8]) -> FrameBytes {
            FrameBytes(first: first, payload: payload, mask: mask)
        }
        return [
            frame(0x41, [0xF2, 0x48, 0xCD]), frame(0x89, Array("p".utf8)), frame(0x00, []),
            frame(0x80, [0xC9, 0xC9, 0x07, 0x00]), frame(0xC1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
            frame(0x81, Array("plain".utf8)), frame(0xC2, [0x00, 0x05, 0x00, 0xFA, 0xFF, 1, 2, 3, 4, 5, 0x00]),
            frame(0x42, []), frame(0x80, [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]), frame(0x88, []),
        ].bytes
    }

    @Test(arguments: [true, false]) func `is read the same in any two pieces`(fromClient: Bool) {
        let peer = fromClient ? FrameParser.Peer.client : .server
        let bytes = Self.conversation(masked: fromClient)
        var expected = ParserOutcome.of(
            (.ping, "p"), (.text, "Hello"), (.text, "Hello"), (.text, "plain"), (.binary, "\u{1}\u{2}\u{3}\u{4}\u{5}"),
            (.binary, "Hello"))
        expected.hear(.close(nil), [])
        #expect(parse(bytes, from: peer, compression: Self.alone) == expected)
        #expect(parse(bytes.map { [$0] }, from: peer, compression: Self.alone) == expected)
        for first in 0...bytes.count {
            for second in stride(from: first, through: bytes.count, by: 7) {
                let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
                #expect(parse(pieces, from: peer, compression: Self.alone) == expected)
            }
        }
    }

    @Test func `refuses a message that refers to the one before it`() {
        // RFC 7692, 7.2.3.2, by a peer that has promised not to.
        let frames = [
            FrameBytes(first: 0xC1, payload: [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], mask: nil),
            FrameBytes(first: 0xC1, payload: [0xF2, 0x00, 0x11, 0x00, 0x00], mask: nil),
        ]
        let expected = ParserOutcome.of((.text, "Hello"), fault: .corruptCompression)
        #expect(parse(frames.bytes, from: .server, compression: Self.alone) == expected)
        #expect(parse(frames.bytes.map { [$0] }, from: .server, compression: Self.alone) == expected)
    }

    @Test func `one that is corrupt or too big spoils nothing for the next`() throws {
        let resources = CodecResources()
        let good = FrameBytes(first: 0xC1, payload: [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]).bytes
        let bomb = try #require(Self.compress([UInt8](repeating: 0, count: 1 << 20)))
        let bad: [([UInt8], WebSocketFault)] = [
            ([0xF2, 0x48, 0x07], .corruptCompression), ([0xF2, 0x48, 0xCD, 0xC9], .corruptCompression),
            (bomb, .messageTooBig(limit: 1000)),
        ]
        for (payload, fault) in bad {
            for bytes in [FrameBytes(first: 0xC2, payload: payload).bytes, good] {
                var parser = FrameParser(
                    peer: .client, maximumMessageBytes: 1000, compression: Self.alone, resources: resources)
                var outcome = ParserOutcome()
                do throws(WebSocketFault) {
                    _ = try parser.parse(bytes.span.bytes) { event, payload in
                        outcome.hear(event, payload.withUnsafeBytes { Array($0) })
                        return true
                    }
                } catch {
                    outcome.fault = error
                }
                #expect(outcome == (bytes == good ? .of((.text, "Hello")) : .fault(fault)))
            }
        }
    }

    @Test func `one is read while another is being delivered`() throws {
        let resources = CodecResources()
        func parser() -> FrameParser {
            FrameParser(peer: .client, maximumMessageBytes: 1 << 20, compression: Self.alone, resources: resources)
        }
        let texts = ["outer ".repeated(500), "inner ".repeated(400)]
        let frames = try texts.map { text in
            FrameBytes(first: 0xC1, payload: try #require(Self.compress(Array(text.utf8)))).bytes
        }
        let (first, second) = (frames[0], frames[1])
        var outer = parser()
        var heard: [String] = []
        _ = try outer.parse(first.span.bytes) { _, payload in
            var inner = parser()
            _ = try? inner.parse(second.span.bytes) { _, payload in
                heard.append(payload.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
                return true
            }
            heard.append(payload.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
            return true
        }
        #expect(heard == [texts[1], texts[0]])
    }

    private static func compress(_ message: [UInt8]) -> [UInt8]? {
        var agreement = DeflateAgreement()
        agreement.serverNoContextTakeover = true
        return MessageCompressor(agreement, options: options, isServer: true, resources: CodecResources())
            .compress(message)
    }

    // MARK: A frame for many

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `a frame for many is the same message, whatever was compressed before`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let deflater = FrameDeflater(Self.options)
        for _ in 0..<40 {
            // Far apart, so that a window larger than agreed on would be noticed.
            let word = random.bytes(Int.random(in: 20..<200, using: &random))
            var message = word
            while Bool.random(using: &random) || message.count < 200 {
                message += random.bytes(Int.random(in: 0..<3000, using: &random)) + word
            }
            let plain = PreparedFrame(binary: message)
            let deflated = deflater.deflated(plain)
            // An inflater that keeps no more than was agreed on, as the other side may.
            let strict = InflateSettings(windowBits: 11)
            #expect(
                parse(deflated.bytes, from: .server, compression: strict)
                    == ParserOutcome(heard: [.init(event: .binary, payload: message)]))
            #expect(deflater.deflated(plain).bytes == deflated.bytes)
            #expect(deflated.bytes == FrameDeflater(Self.options).deflated(plain).bytes)
        }
    }

    @Test func `a frame that is short, or would not get shorter, is left as it is`() {
        var random = SeededGenerator(seed: 4)
        let deflater = FrameDeflater(Self.options)
        for message in [Array("a".repeated(99).utf8), random.bytes(500), []] {
            let frame = PreparedFrame(binary: message)
            #expect(deflater.deflated(frame).bytes == frame.bytes)
        }
        let long = deflater.deflated(PreparedFrame(text: Array("a".repeated(100).utf8)))
        #expect(long.isCompressed && long.bytes.count < 20 && PreparedFrame(encoded: long.bytes).isCompressed)
    }

    // MARK: Connections

    private func withPeer(
        _ recorder: Recorder, _ body: (RawPeer, WebSocketConnection, TestServer) async throws -> Void
    ) async throws {
        var options = WebSocketOptions()
        options.heartbeat = nil
        options.deflate = Self.options
        let server = try await TestServer.start(options: options) { recorder }
        let peer = try await RawPeer.upgraded(
            to: server.port, on: server.loop, extensions: "permessage-deflate; client_max_window_bits")
        let connection = try #require(await server.connection())
        try await body(peer, connection, server)
        await server.stop()
    }

    @Test func `what was prepared for many goes past the connection, and connections alike share a compressor`()
        async throws
    {
        let frame = FrameDeflater(Self.options).deflated(PreparedFrame(text: Array("for all, ".repeated(40).utf8)))
        try await withPeer(Recorder()) { peer, connection, server in
            let other = try await RawPeer.upgraded(
                to: server.port, on: server.loop, extensions: "permessage-deflate; server_max_window_bits=11")
            let second = try #require(await server.connection())
            connection.loop.execute {
                #expect(connection.compressor != nil && connection.compressor === second.compressor)
                for each in [connection, second] {
                    #expect(each.preparedOutlet?.write(prepared: frame.bytes, ifQueuedAtMost: 0) == true)
                    #expect(each.send(encoded: frame.bytes, ifQueuedAtMost: 1 << 20))
                }
            }
            for each in [peer, other] {
                let bytes = await each.bytes { $0.count >= frame.bytes.count * 2 }
                #expect(bytes == frame.bytes + frame.bytes)
            }
        }
    }

    @Test func `a message of its own is compressed if it is long`() async throws {
        let texts = ["short", "long and ".repeated(30)]
        try await withPeer(Recorder(echoes: true)) { peer, _, _ in
            let compressed = try #require(Self.compress(Array(texts[1].utf8)))
            await peer.send(FrameBytes(first: 0xC1, payload: compressed), .text(texts[0]))
            let expected =
                FrameBytes(first: 0xC1, payload: compressed, mask: nil).bytes + FrameBytes.text(texts[0]).unmasked.bytes
            #expect(await peer.bytes { $0.count >= expected.count } == expected)
        }
    }

    @Test func `a read that inflates to much leaves the other connections their turn`() async throws {
        let order = Mutex<[Int]>([])
        let count = 60
        let recorder = Recorder(onMessage: { connection in
            let number = order.withLock { order in
                order.append(order.filter { $0 >= 0 }.count)
                return order.last
            }
            if number == 0 { connection.loop.execute { order.withLock { $0.append(-1) } } }
        })
        try await withPeer(recorder) { peer, _, _ in
            let message = [UInt8](repeating: 7, count: 60_000)
            let frame = FrameBytes(first: 0xC2, payload: try #require(Self.compress(message))).bytes
            await peer.send([[UInt8]](repeating: frame, count: count).flatMap(\.self) + FrameBytes.text("end").bytes)
            for _ in 0..<count { #expect(await recorder.next() == .binary(message)) }
            #expect(await recorder.next() == .text("end"))
            let order = order.withLock(\.self)
            #expect(order.filter { $0 >= 0 } == Array(0...count))
            let turn = try #require(order.firstIndex(of: -1))
            #expect(turn < count / 2, "the others waited for all of it")
            await peer.send(.text("and on"))
            #expect(await recorder.next() == .text("and on"))
        }
    }
}

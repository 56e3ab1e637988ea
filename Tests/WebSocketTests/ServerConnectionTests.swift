import EventLoop
import Testing

@testable import WebSocket

private func options(_ change: (inout WebSocketOptions) -> Void) -> WebSocketOptions {
    var options = WebSocketOptions()
    options.heartbeat = nil
    change(&options)
    return options
}

@Suite(.timeLimit(.minutes(3))) struct `A server's connection` {
    /// A server with one connection to a peer that speaks bytes.
    private func withPeer(
        _ recorder: Recorder = Recorder(), options: WebSocketOptions = options { _ in }, moves: Bool = false,
        extensions: String? = nil, answersPings: Bool = false,
        _ body: (RawPeer, WebSocketConnection) async throws -> Void
    ) async throws {
        let server = try await TestServer.start(options: options, moves: moves) { recorder }
        let peer = try await RawPeer.upgraded(
            to: server.port, on: server.loop, extensions: extensions, answersPings: answersPings)
        let connection = try #require(await server.connection())
        try await body(peer, connection)
        await server.stop()
    }

    @Test func `echoes messages in fragments, with pings between them answered at once`() async throws {
        try await withPeer(Recorder(echoes: true)) { peer, _ in
            await peer.send(.text("Hel", isFinal: false), .ping("1"))
            #expect(await peer.frames(1) == [.init(event: .pong, payload: Array("1".utf8))])
            await peer.send(.continuation(Array("lo".utf8), isFinal: false), .ping("2"), .continuation([]))
            #expect(
                await peer.frames(2) == [
                    .init(event: .pong, payload: Array("2".utf8)), .init(event: .text, payload: Array("Hello".utf8)),
                ])
            await peer.send(.close(1000, "done"))
            #expect(await peer.frames(1) == [.init(event: .close(1000), payload: [])])
        }
    }

    @Test func `hears a message that came with the request for the upgrade`() async throws {
        let recorder = Recorder(echoes: true)
        let server = try await TestServer.start(options: options { _ in }) { recorder }
        let peer = try await RawPeer.upgraded(
            to: server.port, on: server.loop, followedBy: FrameBytes.text("early").bytes)
        #expect(await peer.frames(1) == [.init(event: .text, payload: Array("early".utf8))])
        await server.stop()
    }

    @Test func `lives on the loop its socket was moved to at the upgrade`() async throws {
        let recorder = Recorder(echoes: true)
        let server = try await TestServer.start(options: options { _ in }, moves: true) { recorder }
        let peer = try await RawPeer.upgraded(
            to: server.port, on: server.loop, followedBy: FrameBytes.text("before").bytes)
        let connection = try #require(await server.connection())
        #expect(connection.loop === server.group.loops[1])
        await peer.send(.text("after"))
        #expect(await peer.frames(2).map(\.payload) == [Array("before".utf8), Array("after".utf8)])
        await server.stop()
    }

    static let bad: [(String, FrameBytes, UInt16)] = [
        ("an unmasked frame", .text("a").unmasked, 1002), ("reserved bits", FrameBytes(first: 0xF1), 1002),
        ("a reserved opcode", FrameBytes(first: 0x83), 1002), ("a lone continuation", .continuation([1]), 1002),
        ("text that is not UTF-8", .text([0xFF]), 1007), ("a close code nobody may send", .close(1005), 1002),
        ("a message of 64 KiB and a byte", .binary(.init(repeating: 1, count: 65_537)), 1009),
        ("the header of 2^62 bytes", .binary([]).with { $0.declaredLength = 1 << 62 }, 1009),
    ]

    @Test(arguments: bad)
    func `closes with the code that RFC 6455 names, after what came before`(
        what: String, frame: FrameBytes, code: UInt16
    ) async throws {
        let recorder = Recorder(echoes: true)
        try await withPeer(recorder) { peer, _ in
            await peer.send([FrameBytes.text("good"), frame, .text("ignored")].bytes)
            let heard = parse(await peer.bytesToEnd(), from: .server).heard
            #expect(heard.count == 2)
            #expect(heard.first == .init(event: .text, payload: Array("good".utf8)))
            #expect(heard.last?.event == .close(CloseCode(rawValue: code)))
            #expect(heard.last?.payload.isEmpty == false)
            #expect(await recorder.next() == .text("good"))
            guard case .closed(let reported, _, .fault(let fault))? = await recorder.next() else {
                Issue.record("not reported")
                return
            }
            #expect(reported?.rawValue == code)
            #expect(fault.code.rawValue == code)
        }
    }

    @Test func `takes a message of exactly the limit`() async throws {
        let recorder = Recorder()
        try await withPeer(recorder) { peer, _ in
            let message = [UInt8](repeating: 5, count: 65_536)
            await peer.send(.binary(message))
            #expect(await recorder.next() == .binary(message))
        }
    }

    @Test func `reports the peer's close, and echoes its code`() async throws {
        let recorder = Recorder()
        try await withPeer(recorder) { peer, _ in
            await peer.send(.close(3001, "moved"))
            #expect(await recorder.next() == .closed(3001, "moved", .peer))
            #expect(await recorder.next() == nil)
            #expect(await peer.bytesToEnd() == [0x88, 2, 0x0B, 0xB9])
        }
    }

    @Test func `closes on its own account, and waits for the peer's answer`() async throws {
        let recorder = Recorder()
        try await withPeer(recorder) { peer, connection in
            connection.loop.execute { connection.close(code: 1013, reason: "too slow") }
            #expect(await peer.frames(1) == [.init(event: .close(1013), payload: Array("too slow".utf8))])
            await peer.send(.text("dropped"), .close(1013))
            #expect(await peer.frames(1) == [])
            #expect(await recorder.next() == .closed(1013, "too slow", .local))
        }
    }

    /// The peer's close, ours, and ours again from within.
    @Test(arguments: ["peer", "own", "nested"])
    func `what is said when a close is due goes before it`(who: String) async throws {
        let recorder = Recorder(
            onClosing: { connection in
                connection.send(text: Array("last".utf8))
                if who == "nested" { connection.close(code: 1001) }
            },
            onMessage: { $0.close(code: 1001) })
        try await withPeer(recorder) { peer, _ in
            await peer.send(who == "peer" ? .close(1000) : .text("go"))
            let code: CloseCode = who == "peer" ? 1000 : 1001
            #expect(
                await peer.frames(2) == [
                    .init(event: .text, payload: Array("last".utf8)), .init(event: .close(code), payload: []),
                ])
        }
    }

    @Test func `does not wait for ever for an answer to its close`() async throws {
        let recorder = Recorder()
        try await withPeer(recorder, options: options { $0.closeTimeout = .milliseconds(50) }) { peer, connection in
            connection.loop.execute { connection.close(code: 1001) }
            #expect(await recorder.next() == .closed(1001, "", .local))
            #expect(await peer.bytesToEnd() == [0x88, 2, 0x03, 0xE9])
        }
    }

    @Test func `reports a peer that goes away without a word`() async throws {
        let recorder = Recorder()
        try await withPeer(recorder) { peer, _ in
            await peer.send(Array(FrameBytes.text("half a frame").bytes.prefix(9)))
            await peer.close()
            #expect(await recorder.next() == .closed(nil, "", .transport))
        }
    }

    @Test func `reports an abort only after it has returned`() async throws {
        let recorder = Recorder()
        try await withPeer(recorder) { peer, connection in
            connection.loop.execute {
                connection.abort()
                #expect(!connection.isOpen)
            }
            #expect(await recorder.end() == .closed(nil, "", .local))
            #expect(await peer.bytesToEnd() == [])
        }
    }

    @Test func `gives up a peer that stops in the middle of a frame and answers no ping`() async throws {
        let recorder = Recorder()
        try await withPeer(recorder, options: options { $0.heartbeat = .milliseconds(100) }) { peer, _ in
            await peer.send(Array(FrameBytes.text("half a frame").bytes.prefix(9)))
            #expect(await recorder.next() == .closed(nil, "", .silence))
            let pings = parse(await peer.bytesToEnd(), from: .server).heard
            #expect(!pings.isEmpty && pings.allSatisfy { $0 == .init(event: .ping, payload: []) })
        }
    }

    @Test func `keeps a peer that answers its pings`() async throws {
        let recorder = Recorder()
        let options = options { $0.heartbeat = .milliseconds(600) }
        try await withPeer(recorder, options: options, answersPings: true) { peer, connection in
            for _ in 0..<4 { #expect(await recorder.next() == .pong([])) }
            connection.loop.execute { connection.close() }
            await peer.send(.close(1000))
            #expect(await recorder.end() == .closed(1000, "", .local))
        }
    }

    @Test func `bounds the wait for a peer that stops reading`() async throws {
        let recorder = Recorder()
        try await withPeer(recorder, options: options { $0.closeTimeout = .milliseconds(100) }) { peer, connection in
            await peer.pauseReading()
            let megabyte = [UInt8](repeating: 0, count: 1 << 20)
            connection.loop.execute {
                for _ in 0..<16 { connection.send(binary: megabyte) }
                connection.loop.execute {
                    #expect(connection.queuedBytes > 1 << 20)
                    connection.close(code: 1013, reason: "too slow")
                }
            }
            #expect(await recorder.next() == .closed(1013, "too slow", .local))
        }
    }

    @Test func `tells when what was queued has been taken`() async throws {
        let recorder = Recorder()
        try await withPeer(recorder) { peer, connection in
            await peer.pauseReading()
            let message = [UInt8](repeating: 7, count: 16 << 20)
            connection.loop.execute { connection.send(binary: message) }
            await peer.startReading()
            #expect(await recorder.next() == .drained)
            #expect(await peer.frames(1) == [.init(event: .binary, payload: message)])
        }
    }

    @Test func `owes a peer that pings without reading one pong, not a queue of them`() async throws {
        try await withPeer { peer, connection in
            await peer.pauseReading()
            let message = [UInt8](repeating: 7, count: 16 << 20)
            connection.loop.execute { connection.send(binary: message) }
            for index in 0..<200 { await peer.send(.ping("ping \(index)")) }
            await peer.startReading()
            #expect(await peer.frames(1) == [.init(event: .binary, payload: message)])
            #expect(await peer.frames(1).first?.event == .pong)
            await peer.send(.close(1000))
            let rest = parse(await peer.bytesToEnd(), from: .server, limit: 1 << 30).heard.dropFirst()
            #expect(rest.dropLast().last == .init(event: .pong, payload: Array("ping 199".utf8)))
            #expect(rest.count < 100)
        }
    }

    @Test func `does not hear while reading is paused, and misses nothing`() async throws {
        let recorder = Recorder(onMessage: { $0.pauseReading() })
        try await withPeer(recorder) { peer, connection in
            await peer.send(.text("1"), .text("2"), .text("3"))
            for expected in ["1", "2", "3"] {
                #expect(await recorder.next() == .text(expected))
                connection.loop.execute { connection.resumeReading() }
            }
            await peer.send(.text("4"), .close(1000))
            #expect(await recorder.next() == .text("4"))
            connection.loop.execute { connection.resumeReading() }
            #expect(await recorder.next() == .closed(1000, "", .peer))
        }
    }

    @Test(arguments: [1000, 1 << 20, 4 << 20])
    func `reads on after a pause until drained, whether or not the kernel had to wait`(count: Int) async throws {
        let recorder = Recorder(echoes: true, onMessage: { $0.pauseReadingUntilDrained() })
        try await withPeer(recorder, options: options { $0.maximumMessageBytes = 16 << 20 }) { peer, _ in
            let message = [UInt8](repeating: 1, count: count)
            let frame = FrameBytes.binary(message).with { $0.mask = [0, 0, 0, 0] }.bytes
            for _ in 0..<2 {
                await peer.send(frame)
                #expect(await peer.frames(1) == [.init(event: .binary, payload: message)])
            }
        }
    }

    @Test func `sends a prepared frame as it is, and compressed where that was agreed on`() async throws {
        let frame = PreparedFrame(text: Array("the same text for everybody, ".repeated(20).utf8))
        try await withPeer { peer, connection in
            connection.loop.execute { connection.send(frame) }
            #expect(await peer.bytes { $0.count >= frame.bytes.count } == frame.bytes)
        }
        try await withPeer(
            options: options { $0.deflate = DeflateOptions() }, extensions: "permessage-deflate"
        ) { peer, connection in
            #expect(connection.isCompressing)
            connection.loop.execute { connection.send(frame) }
            let bytes = await peer.bytes { $0.count >= 2 && $0.count >= 2 + Int($0[1]) }
            #expect(bytes[0] == 0xC1)
            #expect(parse(bytes, from: .server, compression: InflateSettings()).heard.first?.payload == frame.payload)
        }
    }

    @Test func `cuts a reason that is too long between characters`() async throws {
        try await withPeer { peer, connection in
            connection.loop.execute { connection.close(code: 1011, reason: "€".repeated(100)) }
            #expect(await peer.frames(1) == [.init(event: .close(1011), payload: Array("€".repeated(41).utf8))])
        }
    }
}

import Testing

@testable import WebSocket

@Suite struct `The frame parser` {
    @Test func `reads the examples of RFC 6455, 5.7`() {
        let hello = Array("Hello".utf8)
        #expect(parse([0x81, 0x05] + hello, from: .server) == .of((.text, "Hello")))
        #expect(
            parse([0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]) == .of((.text, "Hello")))
        #expect(parse([0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F], from: .server) == .of((.text, "Hello")))
        #expect(parse([0x89, 0x05] + hello, from: .server) == .of((.ping, "Hello")))
        #expect(
            parse([0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]) == .of((.pong, "Hello")))
        let medium = [UInt8](repeating: 7, count: 256)
        #expect(
            parse([0x82, 0x7E, 0x01, 0x00] + medium, from: .server).heard == [.init(event: .binary, payload: medium)])
        let large = [UInt8](repeating: 9, count: 65_536)
        #expect(
            parse([0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0] + large, from: .server).heard
                == [.init(event: .binary, payload: large)])
    }

    @Test func `lets control frames come between fragments`() {
        let frames: [FrameBytes] = [
            .text("He", isFinal: false), .ping("1"), .continuation([UInt8]("l".utf8), isFinal: false), .pong("2"),
            .continuation([]), .close(1000, "bye"),
        ]
        let first = frames.with(at: 4) { $0.payload = Array("lo".utf8) }
        #expect(
            parse(first.bytes) == .of((.ping, "1"), (.pong, "2"), (.text, "Hello"), (.close(1000), "bye")))
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var fault: WebSocketFault
        var peer = FrameParser.Peer.client

        init(_ what: String, _ frames: [FrameBytes], _ fault: WebSocketFault, peer: FrameParser.Peer = .client) {
            testDescription = what
            bytes = frames.bytes
            self.fault = fault
            self.peer = peer
        }
    }

    static let refused: [Refused] = [
        Refused("RSV1", [FrameBytes(first: 0xC1)], .reservedBits),
        Refused("RSV2", [FrameBytes(first: 0xA1)], .reservedBits),
        Refused("RSV3", [FrameBytes(first: 0x91)], .reservedBits),
        Refused("RSV1 on a ping", [FrameBytes(first: 0xC9)], .reservedBits),
        Refused("an unmasked frame of a client", [.text("a").unmasked], .unmaskedFrame),
        Refused("a masked frame of a server", [.text("a")], .maskedFrame, peer: .server),
        Refused("a continuation of nothing", [.continuation([1])], .unexpectedContinuation),
        Refused("a second continuation end", [.text("a"), .continuation([])], .unexpectedContinuation),
        Refused("a message inside a message", [.text("a", isFinal: false), .text("b")], .interruptedMessage),
        Refused("a fragmented ping", [FrameBytes(first: 0x09)], .fragmentedControlFrame),
        Refused(
            "a ping of 126 bytes", [FrameBytes(first: 0x89, payload: .init(repeating: 0, count: 126))],
            .oversizedControlFrame),
        Refused(
            "a length of 125 in 16 bits", [.binary(.init(repeating: 0, count: 125)).with { $0.lengthBytes = 2 }],
            .lengthNotMinimal),
        Refused(
            "a length of 65535 in 64 bits",
            [
                .binary([]).with {
                    $0.lengthBytes = 8
                    $0.declaredLength = 65_535
                }
            ], .lengthNotMinimal),
        Refused("a length of 2^63", [.binary([]).with { $0.declaredLength = 1 << 63 }], .lengthTooLarge),
        Refused(
            "a length of 2^63 - 1", [.binary([]).with { $0.declaredLength = .max >> 1 }], .messageTooBig(limit: 1 << 20)
        ),
        Refused("a close payload of one byte", [FrameBytes(first: 0x88, payload: [3])], .truncatedCloseCode),
        Refused(
            "a close reason that is not UTF-8", [FrameBytes(first: 0x88, payload: [0x03, 0xE8, 0xFF])], .invalidUTF8),
        Refused(
            "a close reason that is cut", [FrameBytes(first: 0x88, payload: [0x03, 0xE8, 0xE2, 0x82])], .invalidUTF8),
        Refused("text that is not UTF-8", [.text([0x61, 0xFF])], .invalidUTF8),
        Refused("text that is cut", [.text([0xE2, 0x82])], .invalidUTF8),
        Refused(
            "text cut over two fragments", [.text([0xE2], isFinal: false), .continuation([0x82])], .invalidUTF8),
    ]

    @Test(arguments: refused) func `fails`(what: Refused) {
        let outcome = parse(what.bytes, from: what.peer)
        #expect(outcome.fault == what.fault)
        #expect(parse(what.bytes.map { [$0] }, from: what.peer) == outcome)
    }

    @Test(arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8])
    func `fails a reserved opcode`(opcode: UInt8) {
        #expect(parse(FrameBytes(first: 0x80 | opcode).bytes) == .fault(.reservedOpcode(opcode)))
    }

    @Test func `takes exactly the close codes an endpoint may send`() {
        let allowed = Set([1000, 1001, 1002, 1003] + Array(1007...1014) + Array(3000...4999))
        for code in 0...UInt16.max {
            let outcome = parse(FrameBytes.close(code).bytes)
            if allowed.contains(Int(code)) {
                #expect(outcome == .of((.close(CloseCode(rawValue: code)), "")))
            } else {
                #expect(outcome == .fault(.forbiddenCloseCode(code)))
            }
        }
        #expect(parse(FrameBytes.close(nil).bytes) == .of((.close(nil), "")))
    }

    @Test func `hears nothing behind a close`() {
        #expect(parse([FrameBytes.close(1000), .text("late")].bytes) == .of((.close(1000), "")))
    }

    @Test func `fails bad text at its first bad byte, in the middle of a frame`() {
        let frame = FrameBytes.text([0x61, 0x80] + [UInt8](repeating: 0x62, count: 100)).bytes
        #expect(parse([Array(frame[..<7])]) == ParserOutcome())
        #expect(parse([Array(frame[..<8])]) == .fault(.invalidUTF8))
    }

    @Test func `refuses a bad frame by its first two bytes`() {
        #expect(parse([0x83, 0x80]) == .fault(.reservedOpcode(3)))
        #expect(parse([0x81]) == ParserOutcome())
    }

    @Test(arguments: [(65_536, true), (65_537, false)])
    func `decides on the size by the declared length, before the payload has come`(length: Int, isTaken: Bool) {
        let header = FrameBytes.binary([]).with { $0.declaredLength = UInt64(length) }.bytes
        #expect(parse(header, limit: 65_536) == (isTaken ? ParserOutcome() : .fault(.messageTooBig(limit: 65_536))))
    }

    @Test func `counts all fragments of a message together`() {
        let half = [UInt8](repeating: 1, count: 50)
        let fits: [FrameBytes] = [.binary(half, isFinal: false), .ping(), .continuation(half)]
        #expect(parse(fits.bytes, limit: 100).fault == nil)
        #expect(parse(fits.bytes, limit: 99).fault == .messageTooBig(limit: 99))
        // The next message begins from nothing.
        #expect(parse((fits + fits).bytes, limit: 100).heard.count == 4)
    }

    @Test func `stops when it is told to, and goes on where it stopped`() throws {
        let bytes = [FrameBytes.text("a"), .text("b"), .text("c")].bytes
        var parser = FrameParser(peer: .client, maximumMessageBytes: 10, resources: CodecResources())
        var heard: [String] = []
        var position = 0
        for count in 1...3 {
            position += try parser.parse(bytes.span.bytes.extracting(droppingFirst: position)) { _, payload in
                heard.append(payload.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
                return false
            }
            #expect(heard.count == count)
            let isMidMessage = parser.isMidMessage
            #expect(!isMidMessage)
        }
        #expect(heard == ["a", "b", "c"])
        #expect(position == bytes.count)
    }

    @Test func `knows whether a message has begun`() throws {
        var parser = FrameParser(peer: .client, maximumMessageBytes: 10, resources: CodecResources())
        let frames = [FrameBytes.text("ab", isFinal: false), .continuation([0x63])].bytes
        for (index, byte) in frames.enumerated() {
            _ = try parser.parse([byte].span.bytes) { _, _ in true }
            let isMidMessage = parser.isMidMessage
            #expect(isMidMessage == (index < frames.count - 1))
        }
    }
}

extension [FrameBytes] {
    func with(at index: Int, _ change: (inout FrameBytes) -> Void) -> [FrameBytes] {
        var copy = self
        change(&copy[index])
        return copy
    }
}

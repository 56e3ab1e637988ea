import HubTesting
import Testing

@testable import WebSocket

@Suite struct `Bytes in any pieces` {
    static let conversations: [[FrameBytes]] = [
        [.text("Hello"), .binary([0, 1, 2, 255]), .ping("are you there"), .close(1001, "going")],
        [.text("κόσμε €", isFinal: false), .ping("x"), .continuation(Array("𝄞 end".utf8)), .pong(""), .close(nil)],
        [.binary(.init(repeating: 3, count: 200)), .text([]), .binary([], isFinal: false), .continuation([])],
        [.text("ok"), .text([0x61, 0xED, 0xA0, 0x80])],
        [.binary([1]), FrameBytes(first: 0x83)],
        [.text("a", isFinal: false), .continuation([0x80])],
        [.ping(String(repeating: "p", count: 125)), .close(1005)],
        [.text("too long for the limit of this test".repeated(10))],
    ]

    @Test(arguments: conversations) func `mean the same as the whole`(frames: [FrameBytes]) {
        let bytes = frames.bytes
        let whole = parse(bytes, limit: 300)
        #expect(whole == ReferenceParser(bytes: bytes, limit: 300).run())
        for split in 0...bytes.count {
            #expect(parse([Array(bytes[..<split]), Array(bytes[split...])], limit: 300) == whole)
        }
        #expect(parse(bytes.map { [$0] }, limit: 300) == whole)
    }

    @Test func `mean the same as the whole when split twice`() {
        let bytes = Self.conversations[1].bytes
        let whole = parse(bytes)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
                #expect(parse(pieces) == whole)
            }
        }
    }

    @Test(arguments: 0..<24 as Range<UInt64>)
    func `mean what the RFC says, right or wrong, however they are cut`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let bytes = Self.conversation(&random)
            let expected = ReferenceParser(bytes: bytes, limit: 1000).run()
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 0...min(rest.count, 40), using: &random)
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(parse(pieces, limit: 1000) == expected, "seed \(seed): \(bytes)")
            #expect(parse(bytes, limit: 1000) == expected, "seed \(seed): \(bytes)")
        }
    }

    /// Mostly sensible frames; now and then a byte is changed.
    private static func conversation(_ random: inout SeededGenerator) -> [UInt8] {
        var frames: [FrameBytes] = []
        var isOpen = false
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let isFinal = Bool.random(using: &random)
            let mask = random.bytes(4)
            var frame: FrameBytes
            switch Int.random(in: 0..<8, using: &random) {
            case 0: frame = .ping("ping")
            case 1: frame = .pong("")
            case 2 where Int.random(in: 0..<6, using: &random) == 0:
                frame = .close([1000, 1005, 4000].randomElement(using: &random), "née")
            default:
                let text = ["plain text", "ünïcödé 𝄞€", String(repeating: "abcdefgh", count: 30)]
                let payload = Array((text.randomElement(using: &random) ?? "").utf8)
                let cut = Array(payload.prefix(Int.random(in: 0...payload.count, using: &random)))
                frame =
                    isOpen
                    ? .continuation(cut, isFinal: isFinal)
                    : Bool.random(using: &random) ? .text(cut, isFinal: isFinal) : .binary(cut, isFinal: isFinal)
                isOpen = !isFinal
            }
            frames.append(frame.with { $0.mask = mask })
        }
        var bytes = frames.bytes
        if Int.random(in: 0..<3, using: &random) == 0 {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            bytes[index] = random.bytes(1)[0]
        }
        return bytes
    }
}

extension String {
    func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}

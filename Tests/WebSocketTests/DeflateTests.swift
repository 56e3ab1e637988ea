import HubTesting
import Testing

@testable import WebSocket

@Suite struct `permessage-deflate` {
    private func frame(_ bytes: [UInt8], first: UInt8 = 0xC1) -> FrameBytes {
        FrameBytes(first: first, payload: bytes, mask: nil)
    }

    private func compressor(
        bits: Int = 15, keepsContext: Bool = true, threshold: Int = 0, resources: CodecResources = CodecResources()
    ) -> MessageCompressor {
        var agreement = DeflateAgreement()
        agreement.serverMaxWindowBits = bits
        agreement.serverNoContextTakeover = !keepsContext
        var options = DeflateOptions()
        options.threshold = threshold
        return MessageCompressor(agreement, options: options, isServer: true, resources: resources)
    }

    static let examples: [(String, [[UInt8]], [String])] = [
        ("7.2.3.1, one block", [[0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]], ["Hello"]),
        (
            "7.2.3.1, in two fragments",
            [[0x41, 0x03, 0xF2, 0x48, 0xCD], [0x80, 0x04, 0xC9, 0xC9, 0x07, 0x00]], ["Hello"]
        ),
        (
            "7.2.3.2, the window shared",
            [
                [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
                [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00],
            ], ["Hello", "Hello"]
        ),
        (
            "7.2.3.3, a block that is not compressed",
            [[0xC1, 0x0B, 0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]], ["Hello"]
        ),
        (
            "7.2.3.4, BFINAL, and the window shared behind it",
            [
                [0xC1, 0x08, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
                [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00],
            ], ["Hello", "Hello"]
        ),
        (
            "7.2.3.5, two blocks",
            [[0xC1, 0x0D, 0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]], ["Hello"]
        ),
    ]

    @Test(arguments: examples)
    func `reads the examples of RFC 7692, cut anywhere`(what: String, frames: [[UInt8]], messages: [String]) {
        let bytes = frames.flatMap(\.self)
        let expected = ParserOutcome(heard: messages.map { .init(event: .text, payload: Array($0.utf8)) })
        #expect(parse(bytes, from: .server, compression: InflateSettings()) == expected)
        for cut in 0...bytes.count {
            let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
            #expect(parse(pieces, from: .server, compression: InflateSettings()) == expected)
        }
    }

    struct Round: Sendable, CustomTestStringConvertible {
        var bits: Int
        var keepsContext: Bool
        var testDescription: String { "\(bits) bits, \(keepsContext ? "with" : "without") context" }
        static let all = (8...15).flatMap { bits in [true, false].map { Round(bits: bits, keepsContext: $0) } }
    }

    @Test(arguments: Round.all) func `brings messages of any kind back`(round: Round) {
        var random = SeededGenerator(seed: UInt64(round.bits))
        let prose = Array("the quick brown fox jumps over the lazy dog, again and again; ".repeated(40).utf8)
        let messages: [[UInt8]] = [
            prose, [7], random.bytes(3000), prose, .init(repeating: 0, count: 100_000), random.bytes(70_000), prose,
        ]
        let resources = CodecResources()
        let compressor = compressor(bits: round.bits, keepsContext: round.keepsContext, resources: resources)
        let frames = messages.map { message in
            compressor.compress(message).map { frame($0, first: 0xC2) } ?? frame(message, first: 0x82)
        }
        let settings = InflateSettings(windowBits: round.bits, keepsContext: round.keepsContext)
        let outcome = parse(frames.bytes, from: .server, compression: settings)
        #expect(outcome == ParserOutcome(heard: messages.map { .init(event: .binary, payload: $0) }))
        let pieces = frames.bytes.chunked(997)
        #expect(parse(pieces, from: .server, compression: settings) == outcome)
    }

    @Test func `makes repetition shorter only if the context is kept`() throws {
        var random = SeededGenerator(seed: 1)
        let message = random.bytes(400).flatMap { [$0, $0, $0] }
        let keeping = compressor()
        let first = try #require(keeping.compress(message))
        let second = try #require(keeping.compress(message))
        #expect(second.count < first.count / 10)
        let forgetting = compressor(keepsContext: false)
        #expect(forgetting.compress(message) == first)
        #expect(forgetting.compress(message) == first)
    }

    @Test func `leaves a message alone that would grow, but not if later ones may refer to it`() {
        var random = SeededGenerator(seed: 2)
        let noise = random.bytes(1000)
        #expect(compressor(keepsContext: false).compress(noise) == nil)
        #expect((compressor().compress(noise)?.count ?? 0) > 1000)
    }

    @Test func `never compresses an empty message, nor one below the threshold`() {
        #expect(!compressor(threshold: 0).wants(0))
        #expect(!compressor(threshold: 100).wants(99))
        #expect(compressor(threshold: 100).wants(100))
    }

    @Test(arguments: [(65_536, true), (65_537, false), (100 << 20, false)])
    func `bounds what a message inflates to`(count: Int, isTaken: Bool) throws {
        let bomb = try #require(compressor(keepsContext: false).compress([UInt8](repeating: 0, count: count)))
        let outcome = parse(
            frame(bomb, first: 0xC2).bytes, from: .server, limit: 65_536, compression: InflateSettings())
        #expect(outcome.fault == (isTaken ? nil : .messageTooBig(limit: 65_536)))
        #expect(outcome.heard.count == (isTaken ? 1 : 0))
    }

    @Test func `refuses a compressed message by its declared length`() {
        let header = frame([], first: 0xC2).with { $0.declaredLength = 10_000 }.bytes
        #expect(
            parse(header, from: .server, limit: 4096, compression: InflateSettings())
                == .fault(.messageTooBig(limit: 4096)))
    }

    static let corrupt: [(String, [UInt8])] = [
        ("a reserved block type", [0x07, 0x00]), ("a distance before the beginning", [0xF2, 0x00, 0x11, 0x00, 0x00]),
        ("a stored block whose lengths disagree", [0x00, 0x05, 0x00, 0x00, 0x00, 0x61]),
        ("a message that is cut", [0xF2, 0x48, 0xCD, 0xC9]),
    ]

    @Test(arguments: corrupt) func `fails what is no DEFLATE stream`(what: String, bytes: [UInt8]) {
        #expect(
            parse(frame(bytes).bytes, from: .server, compression: InflateSettings()) == .fault(.corruptCompression))
    }

    @Test func `checks the text that comes out`() throws {
        let bytes = try #require(compressor().compress(Array("good text".utf8) + [0xC0, 0x80]))
        #expect(parse(frame(bytes).bytes, from: .server, compression: InflateSettings()) == .fault(.invalidUTF8))
        let cut = try #require(compressor().compress([0x61, 0xE2, 0x82]))
        #expect(parse(frame(cut).bytes, from: .server, compression: InflateSettings()) == .fault(.invalidUTF8))
    }

    @Test func `fails for the first thing wrong, however the bytes are cut`() {
        // One stored byte that is no text, then a reserved block type; 100 bytes more than fit, then the same.
        let badText = frame([0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x07]).bytes
        let tooMuch = frame([0x00, 0x65, 0x00, 0x9A, 0xFF] + [UInt8](repeating: 0x61, count: 101) + [0x07]).bytes
        for bytes in [badText, tooMuch] {
            let whole = parse(bytes, from: .server, limit: 100, compression: InflateSettings())
            #expect(whole.fault == (bytes == badText ? .invalidUTF8 : .messageTooBig(limit: 100)))
            #expect(parse(bytes.map { [$0] }, from: .server, limit: 100, compression: InflateSettings()) == whole)
        }
    }

    @Test func `is marked by RSV1 on a message's first frame only`() {
        let settings = InflateSettings()
        let start = frame([0xF2, 0x48, 0xCD], first: 0x41)
        #expect(
            parse([start, frame([0xC9], first: 0xC0)].bytes, from: .server, compression: settings)
                == .fault(.reservedBits))
        #expect(parse(frame([], first: 0xC9).bytes, from: .server, compression: settings) == .fault(.reservedBits))
        #expect(parse(frame([], first: 0xE1).bytes, from: .server, compression: settings) == .fault(.reservedBits))
        #expect(parse(frame([0x61], first: 0x81).bytes, from: .server, compression: settings) == .of((.text, "a")))
    }

    @Test func `lets a ping come between the fragments of a compressed message`() {
        let frames = [
            frame([0xF2, 0x48, 0xCD], first: 0x41), frame(Array("p".utf8), first: 0x89),
            frame([0xC9, 0xC9, 0x07, 0x00], first: 0x80),
        ]
        #expect(
            parse(frames.bytes, from: .server, compression: InflateSettings()) == .of((.ping, "p"), (.text, "Hello")))
    }
}

extension [UInt8] {
    func chunked(_ count: Int) -> [[UInt8]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}

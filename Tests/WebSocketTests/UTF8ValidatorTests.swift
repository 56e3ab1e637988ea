import HubTesting
import Testing

@testable import WebSocket

@Suite struct `The UTF-8 validator` {
    private func verdict(_ pieces: [[UInt8]]) -> (accepted: Bool, isComplete: Bool) {
        var validator = UTF8Validator()
        for piece in pieces where !validator.accept(piece.span.bytes) { return (false, false) }
        return (true, validator.isComplete)
    }

    @Test func `accepts every scalar, in text cut anywhere`() {
        var random = SeededGenerator(seed: 3629)
        for block in stride(from: 0, to: 0x110000, by: 512) as StrideTo<UInt32> {
            var scalars = String.UnicodeScalarView()
            for value in block..<block + 512 {
                if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
            }
            let bytes = Array(String(scalars).utf8)
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let (accepted, isComplete) = verdict([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(accepted && isComplete, "from U+\(String(block, radix: 16))")
        }
    }

    @Test func `agrees with the standard library on every sequence of two bytes, and on what it may begin`() {
        let edges: Set<UInt8> = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        for first in 0...255 as ClosedRange<UInt8> {
            for second in 0...255 as ClosedRange<UInt8> {
                let bytes = [first, second]
                let (accepted, isComplete) = verdict([bytes])
                let isText = String(validating: bytes, as: UTF8.self) != nil
                let isBeginning = edges.contains(second) ? ReferenceParser.beginsText(bytes) : accepted
                guard (accepted && isComplete) == isText, accepted == isBeginning else {
                    Issue.record("\(bytes)")
                    return
                }
            }
        }
    }

    static let refused: [(String, [UInt8])] = [
        ("a lone continuation", [0x80]), ("an overlong slash", [0xC0, 0xAF]), ("an overlong slash of 3", [0xE0, 0x80]),
        ("an overlong NUL of 4", [0xF0, 0x80]), ("the largest overlong of 2", [0xC1, 0xBF]),
        ("the largest overlong of 3", [0xE0, 0x9F, 0xBF]), ("the largest overlong of 4", [0xF0, 0x8F, 0xBF, 0xBF]),
        ("the first surrogate", [0xED, 0xA0, 0x80]), ("the last surrogate", [0xED, 0xBF, 0xBF]),
        ("U+110000", [0xF4, 0x90, 0x80, 0x80]), ("a lead of 5", [0xF8]), ("a lead of 6", [0xFC]), ("0xFE", [0xFE]),
        ("0xFF", [0xFF]), ("a lead after a lead", [0xE2, 0xE2]), ("ASCII in a sequence", [0xE2, 0x82, 0x41]),
    ]

    @Test(arguments: refused) func `refuses`(what: String, bytes: [UInt8]) {
        #expect(!verdict([bytes]).accepted)
        #expect(!verdict(bytes.map { [$0] }).accepted)
        // At any place of a longer text, so that the fast path for ASCII meets it too.
        for offset in 0..<20 {
            let text = [UInt8](repeating: 0x61, count: offset) + bytes + [UInt8](repeating: 0x62, count: 20)
            #expect(!verdict([text]).accepted)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `agrees with the standard library on mixed and damaged text, cut anywhere`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("abcdefgh ABCÄÖÜß€漢字😀𝄞")
        for _ in 0..<200 {
            let characters = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                alphabet.randomElement(using: &random)
            }
            var bytes = Array(String(characters.compactMap { $0 }).utf8)
            if Bool.random(using: &random), !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = random.bytes(1)[0]
            }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let (accepted, isComplete) = verdict([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect((accepted && isComplete) == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }
}

import HubTesting
import Model
import Testing

@Suite struct `The text of a message` {
    @Test(arguments: [
        ("hello", "hello"), ("  hello\n\t", "hello"), ("a\r\nb\rc\nd", "a\nb\nc\nd"), ("a\tb", "a\tb"),
        ("a\u{0}b\u{7}\u{1B}[31mc\u{7F}\u{9B}d", "ab[31mcd"), ("\u{3000}é\u{2028}", "é"),
        ("cafe\u{301}", "cafe\u{301}"), ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        // What is opened is closed; what closes nothing is left out.
        ("\u{202E}evil", "\u{202E}evil\u{202C}"), ("a\u{202C}b\u{2069}", "ab"),
        ("\u{2067}x\u{202B}y", "\u{2067}x\u{202B}y\u{2069}"),
        ("\u{202A}a\u{2066}b", "\u{202A}a\u{2066}b\u{2069}\u{202C}"),
        ("\u{2066}a\u{202C}b\u{2069}c", "\u{2066}ab\u{2069}c"), ("  \u{202C} x", "x"),
    ])
    func `is kept as readers may see it`(raw: String, kept: String) throws {
        let text = try MessageText(raw).rawValue
        #expect(Array(text.unicodeScalars) == Array(kept.unicodeScalars))
    }

    @Test(arguments: [
        "", " \n\t ", "\u{0}\u{1}\u{7F}\u{9F}", "\u{200B}\u{2060}\u{FEFF}", "\u{202E}\u{2066}", "\u{3164}\u{115F}",
        "\u{2800}", "\u{AD} \u{61C}", "\u{FE0F}", "\u{E0001}",
    ])
    func `is refused if there is nothing to see`(raw: String) {
        #expect(throws: MessageTextError.empty) { _ = try MessageText(raw) }
    }

    @Test(arguments: ["a", "é", "👍", "\u{301}"])
    func `holds 4,000 scalars and not one more`(scalar: String) throws {
        let longest = "x" + String(repeating: scalar, count: 3999)
        #expect(try MessageText(longest + "  ").rawValue.unicodeScalars.count == 4000)
        #expect(throws: MessageTextError.tooLong) { _ = try MessageText(longest + scalar) }
        // What closes counts too.
        #expect(throws: MessageTextError.tooLong) {
            _ = try MessageText("\u{202E}" + String(longest.unicodeScalars.dropLast()))
        }
        #expect(throws: MessageTextError.tooLong) {
            _ = try MessageText(String(repeating: "\u{202E}x", count: 500_000))
        }
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `is the same when it is made again, within its length, balanced and without control characters`(
        seed: UInt64
    ) {
        var random = SeededGenerator(seed: seed)
        let alphabet: [Unicode.Scalar] = [
            "a", " ", "\n", "\r", "\t", "\u{0}", "\u{9F}", "\u{202A}", "\u{202B}", "\u{202C}", "\u{202D}", "\u{202E}",
            "\u{2066}", "\u{2067}", "\u{2068}", "\u{2069}", "\u{200D}", "\u{301}", "ش", "字", "👍", "\u{2028}",
        ]
        for _ in 0..<3000 {
            var raw = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...24, using: &random) {
                raw.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
            }
            guard let text = (try? MessageText(String(raw)))?.rawValue else { continue }
            #expect((try? MessageText(text))?.rawValue.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
            #expect(text.unicodeScalars.count <= 4000)
            #expect(
                !text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" })
            #expect(depthAtEnd(text) == 0)
        }
    }

    /// Counted without regard to what the product does: an isolate's end closes what was opened within it.
    private func depthAtEnd(_ text: String) -> Int {
        var open: [Bool] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x202A, 0x202B, 0x202D, 0x202E: open.append(false)
            case 0x2066, 0x2067, 0x2068: open.append(true)
            case 0x202C: if open.last == false { open.removeLast() }
            case 0x2069: if let isolate = open.lastIndex(of: true) { open.removeLast(open.count - isolate) }
            default: break
            }
        }
        return open.count
    }
}

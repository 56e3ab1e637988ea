import Testing

@testable import hubctl

@Suite struct `Keys of a terminal` {
    private static let samples: [(bytes: String, keys: [Key])] = [
        ("hé", [.text("h"), .text("é")]), ("猫🙂", [.text("猫"), .text("🙂")]),
        ("\u{1b}[A\u{1b}[B\u{1b}[C\u{1b}[D", [.up, .down, .right, .left]), ("\u{1b}OH\u{1b}OF", [.home, .end]),
        ("\u{1b}[1~\u{1b}[3~\u{1b}[8~", [.home, .delete, .end]),
        ("\u{1b}[1;5C\u{1b}[1;5D\u{1b}b\u{1b}f", [.wordRight, .wordLeft, .wordLeft, .wordRight]),
        ("\u{1}\u{3}\u{17}\r\u{7f}\t", [.control("a"), .control("c"), .control("w"), .enter, .backspace, .tab]),
        ("\u{1b}[200~a\r\nb\u{1b}[Ac\u{1b}[201~x", [.paste("a\nb[Ac"), .text("x")]),
        ("\u{1b}[200~\u{1b}[201\u{1b}[201~", [.paste("[201")]),
        ("\u{1b}[38;5;9mx\u{1b}[99;99;99Zy", [.text("x"), .text("y")]), ("\u{1b}[200~\t\u{1b}[201~", [.paste(" ")]),
    ]

    @Test(arguments: samples.indices)
    func `are the same however the reads cut them`(index: Int) {
        let sample = Self.samples[index]
        let bytes = Array(sample.bytes.utf8)
        for split in 0...bytes.count {
            var decoder = KeyDecoder()
            let keys = decoder.take(bytes[..<split]) + decoder.take(bytes[split...])
            #expect(keys == sample.keys, "cut at \(split)")
        }
        var decoder = KeyDecoder()
        expect(bytes.flatMap { decoder.take([$0]) }, is: sample.keys)
    }

    @Test(
        arguments: [
            [0xff], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80],
            [0xc2, 0x9b],
            [0x80, 0x80],
        ] as [[UInt8]])
    func `hold no text that is not UTF-8, and no control character`(bytes: [UInt8]) {
        var decoder = KeyDecoder()
        let keys = decoder.take(bytes + Array("ok".utf8))
        #expect(keys.suffix(2) == [.text("o"), .text("k")])
        #expect(keys.count <= 3)
        for case .text(let text) in keys {
            #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
    }

    @Test func `a paste and a sequence are bounded`() {
        var decoder = KeyDecoder()
        let endless = "\u{1b}[" + String(repeating: "1;", count: 5_000) + "Zz"
        expect(decoder.take(endless.utf8).last, is: .text("z"))
        let huge = "\u{1b}[200~" + String(repeating: "x", count: 200_000) + "\u{1b}[201~y"
        let keys = decoder.take(huge.utf8)
        #expect(keys == [.paste(String(repeating: "x", count: KeyDecoder.longestPaste)), .text("y")])
    }
}

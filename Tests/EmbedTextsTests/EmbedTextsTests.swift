import Foundation
import Testing

/// This target's own files, as the plug-in `EmbedTexts` compiles them in.
@Suite struct `A text that is compiled in` {
    /// Of `0-awkward.en.txt`, so that a tool that changes the file is seen as well.
    private static let awkward: [String] = [
        "\u{FEFF}\u{301}Quotes \" and \"\"\"# and \\ and \\(not code) and #\"raw\"#\r\n",
        "Tab\there, nothing\0, bell\u{7}, DEL\u{7F}, \u{85}, \u{E9}, \u{1F6B2}, e\u{301}, \u{2028} ends no line, \r alone\n",
        "\n  spaces at the end  ",
    ]

    private func file(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Texts")
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    @Test func `is the file, byte by byte, whatever is in it`() throws {
        let awkward = `A text that is compiled in`.awkward.flatMap { Array($0.utf8) }
        #expect(try file("0-awkward.en.txt") == awkward)
        #expect(Array(PackageResources.__awkward_en_txt.utf8) == awkward)
    }

    @Test func `may be empty`() throws {
        #expect(try file("empty.md").isEmpty)
        #expect(PackageResources.empty_md.isEmpty)
    }
}

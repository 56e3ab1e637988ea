import Foundation
import Testing

/// This target's own files, as the plug-in `EmbedTexts` compiles them in.
@Suite struct `A text that is compiled in` {
    private func file(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Texts")
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    @Test func `is the file, byte by byte, whatever is in it`() throws {
        #expect(Array(PackageResources.__awkward_en_txt.utf8) == (try file("0-awkward.en.txt")))
        #expect(try file("0-awkward.en.txt").contains(0), "a tool has changed the file")
    }

    @Test func `may be empty`() throws {
        #expect(PackageResources.empty_md.isEmpty)
        #expect(try file("empty.md").isEmpty)
    }
}

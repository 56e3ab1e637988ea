import Configuration
import Foundation
import Testing

/// With `UPDATE_DOCUMENTS=1` in the environment (`make documents`) these write the documents anew instead.
@Suite struct `The documents list every setting as the hub has it` {
    private let isUpdating = ProcessInfo.processInfo.environment["UPDATE_DOCUMENTS"] == "1"

    @Test(arguments: [("config/default.toml", SettingDocuments.toml), (".env.example", SettingDocuments.environment)])
    func `a file that is made as a whole`(path: String, text: String) throws {
        let file = repositoryFile(path)
        if isUpdating { try text.write(to: file, atomically: true, encoding: .utf8) }
        #expect(try String(contentsOf: file, encoding: .utf8) == text, "run `make documents`")
    }

    @Test func `the table of the operator's handbook`() throws {
        let file = repositoryFile("docs/operations.md")
        var document = try String(contentsOf: file, encoding: .utf8)
        let begin = try #require(document.range(of: "<!-- settings: made by `make documents` -->\n"))
        let end = try #require(document.range(of: "<!-- end of settings -->"))
        if isUpdating {
            document.replaceSubrange(begin.upperBound..<end.lowerBound, with: SettingDocuments.markdown)
            try document.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(document[begin.upperBound..<end.lowerBound] == SettingDocuments.markdown, "run `make documents`")
        }
    }

    @Test func `the file of defaults is read and changes nothing`() throws {
        let path = repositoryFile("config/default.toml").path
        let loaded = try LoadedConfiguration(file: path, environment: [:])
        #expect(loaded.values == HubConfiguration())
        for setting in Setting.all { #expect(loaded.source(of: setting.key) == .file(path)) }
    }

    @Test func `the example of the environment is read and changes nothing`() throws {
        var environment: [String: String] = [:]
        for line in SettingDocuments.environment.split(separator: "\n") where line.hasPrefix("#HUB__") {
            let parts = line.dropFirst().split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            environment[String(parts[0])] = String(parts[1]).replacing("'", with: "")
        }
        #expect(environment.count == Setting.all.count)
        #expect(try LoadedConfiguration(file: nil, environment: environment).values == HubConfiguration())
    }
}

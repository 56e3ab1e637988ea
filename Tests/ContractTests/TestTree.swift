import Foundation

/// The names of all tests, by the files they are in.
struct TestTree {
    /// By the file's path from the repository's root.
    private let names: [String: Set<String>]

    init() throws {
        let root = Repository.file("Tests")
        var names: [String: Set<String>] = [:]
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path())
        for path in paths where path.hasSuffix("Tests.swift") {
            let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
            names["Tests/\(path)"] = Set(text.matches(of: /func `([^`\n]+)`/).map { String($0.1) })
        }
        self.names = names
    }

    /// The files called so in which there is that test.
    ///
    /// - Parameter suite: A file's name without its ending, folders before it if need be.
    func files(_ suite: String, with name: String) -> [String] {
        names.filter { $0.key.hasSuffix("/\(suite).swift") && $0.value.contains(name) }.keys.sorted()
    }
}

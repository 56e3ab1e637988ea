import Foundation

/// A file with a text, for the time of a test.
final class TemporaryFile {
    let path = NSTemporaryDirectory() + "hub-configuration-\(UUID().uuidString).toml"

    init(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A file of the repository, found from this one.
func repositoryFile(_ path: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: path)
}

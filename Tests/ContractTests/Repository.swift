import Foundation

/// The repository that these tests are of.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// - Parameter path: From the repository's root.
    static func file(_ path: String) -> URL { root.appending(path: path) }
}

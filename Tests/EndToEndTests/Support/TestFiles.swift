import Foundation
import HubTesting
import Synchronization

/// The files and child processes of this run. A watchdog process removes and ends what is left of them when this process
/// ends, however it ends.
enum TestFiles {
    /// A folder that any user may enter.
    static let root: String = {
        do {
            return try TestPostgres.temporaryDirectory("hub-e2e")
        } catch {
            fatalError("no folder for the tests: \(error)")
        }
    }()

    /// A new folder below ``root``.
    static func directory() throws -> String {
        let path = root + "/" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        return path
    }

    static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// The path of a program of this package, which is built beside the tests.
    static func program(_ name: String) throws -> String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { throw Unexpected(what: "the tests do not know where they are") }
        let own = String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        var folder = URL(filePath: own).deletingLastPathComponent()
        // The tests may be a bundle in a folder of its own.
        for _ in 0..<4 {
            let candidate = folder.appending(path: name).path()
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder = folder.deletingLastPathComponent()
        }
        throw Unexpected(what: "\(name) is not built")
    }

    /// The root of the package.
    static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path()

    // MARK: Child processes

    private static let children = Mutex<Set<Int32>>([])

    /// Has the watchdog end a child that outlives this process.
    static func note(_ pid: Int32) { change { $0.insert(pid) } }

    static func forget(_ pid: Int32) { change { $0.remove(pid) } }

    private static func change(_ body: (inout Set<Int32>) -> Void) {
        children.withLock { children in
            body(&children)
            let text = children.map { "\($0)\n" }.joined()
            try? Data(text.utf8).write(to: URL(filePath: root + "/children"), options: .atomic)
        }
    }
}

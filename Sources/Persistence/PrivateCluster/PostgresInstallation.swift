internal import Glibc

/// The programs of one installed Postgres.
struct PostgresInstallation: Hashable, Sendable {
    /// Where `initdb` and `postgres` are.
    let directory: String
    let major: Int

    /// Those there are, the newest first: in `directory`, or if it is empty where Debian puts them, then along PATH. Blocks.
    static func all(in directory: String) -> [PostgresInstallation] {
        guard directory.isEmpty else { return PostgresInstallation(directory: directory).map { [$0] } ?? [] }
        let root = "/usr/lib/postgresql"
        let versioned = FileSystem.names(in: root).compactMap { name in
            Int(name).flatMap { PostgresInstallation(directory: "\(root)/\(name)/bin", major: $0) }
        }
        let searched = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let others = searched.split(separator: ":").compactMap { PostgresInstallation(directory: String($0)) }
        return (versioned + others).sorted { $0.major > $1.major }
    }

    private init?(directory: String, major: Int) {
        guard unsafe access(directory + "/initdb", X_OK) == 0, unsafe access(directory + "/postgres", X_OK) == 0 else {
            return nil
        }
        self.directory = directory
        self.major = major
    }

    /// Asks the program for its version.
    private init?(directory: String) {
        guard unsafe access(directory + "/initdb", X_OK) == 0, unsafe access(directory + "/postgres", X_OK) == 0,
            let pipe = unsafe popen("'\(directory.replacing("'", with: "'\\''"))/postgres' --version 2>/dev/null", "r")
        else { return nil }
        defer { unsafe pclose(pipe) }
        var line = [CChar](repeating: 0, count: 128)
        guard unsafe fgets(&line, 128, pipe) != nil else { return nil }
        // "postgres (PostgreSQL) 15.4 (Debian …)"
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let major = text.split(separator: " ").dropFirst(2).first.flatMap({ Int($0.prefix { $0.isNumber }) })
        else { return nil }
        self.init(directory: directory, major: major)
    }
}

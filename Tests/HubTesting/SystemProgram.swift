import Glibc

/// A program of the system's, run to its end without input.
///
/// By `posix_spawn`: Foundation's `Process` learns of the end through a socket that any other child started at the same
/// moment inherits, a Postgres for one, and then waits for ever; it also reads beyond a directory entry while it looks for
/// open files, which the address sanitizer takes for ours.
package enum SystemProgram {
    /// - Parameters:
    ///   - name: A path, or a name looked for in PATH.
    ///   - directory: Where it runs.
    /// - Returns: What it exited with; nothing if it could not be run, or a signal ended it.
    package static func run(_ name: String, _ arguments: [String], in directory: String = "/") -> Int32? {
        run(name, arguments, in: directory, output: "/dev/null")
    }

    /// What a program says on its standard output.
    ///
    /// - Returns: Nothing if it could not be run, failed, or a signal ended it.
    package static func output(of name: String, _ arguments: [String], in directory: String = "/") -> [UInt8]? {
        var path = Array("/tmp/hub-test-output-XXXXXX".utf8CString)
        // A file, not a pipe: nobody's copy of it is waited for.
        let file = mkstemp(&path)
        guard file >= 0 else { return nil }
        defer {
            close(file)
            unlink(path)
        }
        let place = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard run(name, arguments, in: directory, output: place) == 0 else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(file, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    private static func run(_ name: String, _ arguments: [String], in directory: String, output: String) -> Int32? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let words = (["env", "--chdir=\(directory)", name] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        guard posix_spawn(&child, "/usr/bin/env", &actions, nil, words + [nil], environ) == 0 else { return nil }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : nil
    }
}

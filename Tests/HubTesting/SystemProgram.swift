import Glibc

/// A program of the system's, run to its end without output.
///
/// By `posix_spawn`: Foundation's `Process` reads beyond a directory entry while it looks for open files, which the address
/// sanitizer takes for ours.
package enum SystemProgram {
    /// - Parameter directory: Where it runs.
    /// - Returns: What it exited with; nothing if it could not be run, or a signal ended it.
    package static func run(_ name: String, _ arguments: [String], in directory: String = "/") -> Int32? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for descriptor: Int32 in 1...2 {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
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

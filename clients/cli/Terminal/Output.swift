import Glibc

/// What hubctl prints: results on standard output, everything else on standard error.
enum Output {
    /// Ends the program, now.
    ///
    /// Threads may still be busy: with the name of a hub, with a request that nobody waits for any more. `exit` would take
    /// OpenSSL's, curl's and Swift's own things from under them. Nothing here is left to it: what is printed was written,
    /// and a terminal is put back by who has changed it.
    static func end(_ code: ExitCode) -> Never { _exit(code.rawValue) }

    /// A line of the result.
    static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Text of the result, with its own ends of lines.
    static func text(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Part of the result, as it is.
    static func raw(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    /// A line beside the result.
    static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Text beside the result without an end of line.
    static func prompt(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

    /// Writes everything. Ends the program in order when the reader of the result has left.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                // Nobody reads the result any more, so nobody waits for the rest of it.
                if errno == EPIPE, descriptor == STDOUT_FILENO { end(.ok) }
                if errno == EAGAIN {
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    unsafe poll(&waiting, 1, 1000)
                    continue
                }
                return
            }
            rest = rest.dropFirst(written)
        }
    }
}

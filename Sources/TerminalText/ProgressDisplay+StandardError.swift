internal import Glibc

extension ProgressDisplay {
    /// On the standard error stream of this process.
    ///
    /// - Parameters:
    ///   - isQuiet: Nothing is shown at all.
    ///   - mayDraw: Whether nobody else writes to the terminal meanwhile; otherwise nothing is shown there.
    package static func standardError(isQuiet: Bool, mayDraw: Bool = true) -> ProgressDisplay {
        let start = ContinuousClock.now
        return ProgressDisplay(
            isQuiet ? nil : medium(mayDraw: mayDraw), clock: { start.duration(to: .now) },
            columns: { columns(STDERR_FILENO) }, write: { write($0) })
    }

    private static func medium(mayDraw: Bool) -> ProgressPolicy.Medium? {
        guard isatty(STDERR_FILENO) == 1 else { return .lines }
        guard mayDraw else { return nil }
        // One that cannot move its cursor, such as Emacs' shell.
        return variable("TERM") == "dumb" ? .lines : .terminal
    }

    /// The terminal's width now; what `COLUMNS` says where it does not, and 80 where nothing does.
    private static func columns(_ descriptor: Int32) -> Int {
        var window = winsize()
        if unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 { return Int(window.ws_col) }
        guard let told = variable("COLUMNS").flatMap({ Int($0) }), told > 0 else { return 80 }
        return told
    }

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// All of it, unless nobody can take it.
    private static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

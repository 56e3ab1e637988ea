import Glibc

/// Puts a terminal back as it was, however the program ends: by itself, by a signal, by a trap. Only SIGKILL leaves it.
///
/// One terminal at a time, from the main program alone. The signal handler calls nothing but `write`, `tcsetattr` and
/// `signal`, which a handler may.
enum TerminalGuard {
    /// Signals that end the program. libuv takes some of them over while a loop watches them, and gives them back.
    private static let deadly = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE]

    // Written before the handlers are installed and after they are removed; the handlers only read.
    private nonisolated(unsafe) static var descriptor: Int32 = -1
    private nonisolated(unsafe) static var before = termios()
    /// What is written to the terminal first; never freed.
    private nonisolated(unsafe) static var farewell: UnsafeMutablePointer<UInt8>?
    private nonisolated(unsafe) static var farewellLength = 0
    private nonisolated(unsafe) static var isArmed = false

    /// Remembers how the terminal is and sees to it that it will be so again.
    ///
    /// - Parameter farewell: What the terminal is sent before, such as the end of bracketed paste.
    /// - Returns: Its settings as they were before it was protected; nothing if it is no terminal.
    static func protect(_ descriptor: Int32, farewell text: String) -> termios? {
        if unsafe isArmed { return unsafe before }
        var settings = termios()
        guard unsafe tcgetattr(descriptor, &settings) == 0 else { return nil }
        let bytes = Array(text.utf8)
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
        for (index, byte) in bytes.enumerated() { unsafe copy[index] = byte }
        unsafe farewell = copy
        unsafe farewellLength = bytes.count
        unsafe before = settings
        unsafe TerminalGuard.descriptor = descriptor
        unsafe isArmed = true
        for signal in deadly { Glibc.signal(signal, TerminalGuard.die) }
        return settings
    }

    /// Puts it back for a while, such as while the program is stopped; it stays protected.
    static func pause() { putBack() }

    /// Puts it back for good; nothing happens a second time.
    static func restore() {
        guard unsafe isArmed else { return }
        putBack()
        unsafe isArmed = false
        for signal in deadly { Glibc.signal(signal, SIG_DFL) }
    }

    private static let die: @convention(c) (Int32) -> Void = { signal in
        TerminalGuard.putBack()
        Glibc.signal(signal, SIG_DFL)
        raise(signal)
    }

    private static func putBack() {
        guard unsafe isArmed, let text = unsafe farewell else { return }
        if unsafe farewellLength > 0 { _ = unsafe write(descriptor, text, farewellLength) }
        unsafe tcsetattr(descriptor, TCSANOW, &before)
    }
}

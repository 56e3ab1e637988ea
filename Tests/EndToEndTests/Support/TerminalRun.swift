import Foundation
import Glibc
import Synchronization

/// One of this package's programs in a terminal of its own, with somebody at the keyboard.
final class TerminalRun: Sendable {
    let pid: Int32
    /// The end of the terminal that has the keyboard and the screen.
    private let screen: Int32
    private let written = Mutex<[UInt8]>([])
    private let ended = Mutex<Int32?>(nil)

    // What unlockpt and ptsname do (Linux, asm-generic/ioctls.h); their names need a macro that modules are built without.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    /// - Parameter environment: Added to this process's, from which everything of the hub's is taken out.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], columns: UInt16 = 100
    ) throws {
        screen = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (locked, number): (Int32, UInt32) = (0, 0)
        guard screen >= 0, ioctl(screen, TerminalRun.setLock, &locked) == 0,
            ioctl(screen, TerminalRun.getNumber, &number) == 0
        else { throw Unexpected(what: "there is no terminal to be had") }
        let path = "/dev/pts/\(number)"
        TerminalRun.resize(screen, columns: columns)
        let environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("HUB__") && !$0.key.hasPrefix("HUBCTL") }
            .merging(["TERM": "xterm-256color", "NO_COLOR": "1"]) { $1 }.merging(environment) { $1 }
        pid = try TerminalRun.spawn(try TestFiles.program(program), arguments, environment, terminal: path)
        TestFiles.note(pid)
        Thread.detachNewThread { [self] in listen() }
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            TestFiles.forget(pid)
            ended.withLock { $0 = status & 0x7f != 0 ? -(status & 0x7f) : (status >> 8) & 0xff }
        }
    }

    deinit { close(screen) }

    /// The first terminal that the leader of a session opens is the one that controls it.
    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String: String], terminal: String
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in Int32(0)...2 {
            posix_spawn_file_actions_addopen(&actions, descriptor, terminal, O_RDWR, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID, whose name needs that macro too.
        let newSession: Int16 = 0x80
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | newSession)
        let words = ([path] + arguments).map { strdup($0) }
        let variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in words + variables { free(text) } }
        var child: pid_t = 0
        let result = posix_spawn(&child, path, &actions, &attributes, words + [nil], variables + [nil])
        guard result == 0 else { throw Unexpected(what: "\(path) cannot be run: error \(result)") }
        return child
    }

    private func listen() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(screen, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            // The last one who had the terminal open has ended.
            guard count > 0 else { return }
            written.withLock { $0 += bytes[..<count] }
        }
    }

    /// Everything that was written to the terminal.
    var output: String { String(decoding: written.withLock { $0 }, as: UTF8.self) }

    /// The status it ended with, or the signal as a negative number; nothing while it runs.
    var status: Int32? { ended.withLock { $0 } }

    /// Presses keys.
    func type(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(screen, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return }
            rest = rest.dropFirst(max(0, count))
        }
    }

    func signal(_ signal: Int32) { if status == nil { kill(pid, signal) } }

    func resize(columns: UInt16) { TerminalRun.resize(screen, columns: columns) }

    private static func resize(_ screen: Int32, columns: UInt16) {
        var size = winsize(ws_row: 30, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(screen, UInt(TIOCSWINSZ), &size)
    }

    /// Whether the terminal shows what is typed and hands it over in lines, as it does for a shell.
    var isCooked: Bool {
        var settings = termios()
        guard tcgetattr(screen, &settings) == 0 else { return false }
        let flags = tcflag_t(ECHO | ICANON | ISIG)
        return settings.c_lflag & flags == flags
    }

    /// Waits until `text` was written, and returns how often.
    @discardableResult
    func wait(for text: String, times: Int = 1) async throws -> Int {
        do {
            try await Support.eventually("the terminal shows it") { count(of: text) >= times || status != nil }
        } catch {
            throw Unexpected(what: "'\(text)' is not shown: \(output.suffix(2000))")
        }
        guard count(of: text) >= times else {
            throw Unexpected(what: "it ended with \(status ?? 0) before '\(text)': \(output.suffix(2000))")
        }
        return count(of: text)
    }

    func count(of text: String) -> Int { output.ranges(of: text).count }

    func waitForEnd() async throws -> Int32 {
        try await Support.eventually("it ends") { status != nil }
        return status ?? 0
    }
}

import EventLoop
import Glibc

/// A terminal that gives each key as it is pressed, until it is closed; then it is as it was before.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class RawTerminal: @unchecked Sendable {
    private let descriptor: Int32
    private let watcher: DescriptorWatcher
    private var decoder = KeyDecoder()
    private var isOpen = true

    /// What pastes are asked to be marked by, and no longer.
    private static let begin = "\u{1b}[?2004h"
    private static let end = "\u{1b}[?2004l\u{1b}[?25h"

    /// - Parameters:
    ///   - onKeys: Called with the keys of one turn.
    ///   - onHangUp: Called once, when the terminal is gone.
    /// - Throws: ``ExitCode/fault`` if the terminal cannot be read so.
    init(
        _ descriptor: Int32, on loop: Loop, onKeys: @escaping ([Key]) -> Void, onHangUp: @escaping () -> Void
    ) throws(CommandFailure) {
        self.descriptor = descriptor
        do throws(LoopError) {
            watcher = try DescriptorWatcher(descriptor: descriptor, on: loop)
        } catch {
            throw CommandFailure(.fault, "cannot read the terminal: \(error)")
        }
        enter()
        watcher.watch(.readable) { [weak self] _ in self?.read(onKeys, onHangUp) }
    }

    /// Takes the terminal, at first and again after the program was stopped and goes on.
    func enter() {
        guard isOpen, var settings = TerminalGuard.protect(descriptor, farewell: RawTerminal.end) else { return }
        settings.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
        settings.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
        unsafe tcsetattr(descriptor, TCSADRAIN, &settings)
        Output.text(RawTerminal.begin)
    }

    /// Gives it back for a while.
    func leave() { TerminalGuard.pause() }

    func close() {
        guard isOpen else { return }
        isOpen = false
        watcher.stop()
        TerminalGuard.restore()
    }

    private func read(_ onKeys: ([Key]) -> Void, _ onHangUp: () -> Void) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { return onKeys(decoder.take(bytes[..<count])) }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        close()
        onHangUp()
    }
}

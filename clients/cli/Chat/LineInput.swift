import Dispatch
import EventLoop
import Foundation
import Glibc
import Synchronization

/// Lines of a pipe or a file, read by a thread of their own: a file cannot be waited for by a loop.
///
/// At most ``window`` lines are handed over and not settled; then reading waits, and with it whoever writes.
final class LineInput: Sendable {
    static let window = 64
    /// The most bytes of a line; a longer one is cut, and refused by the hub for its length.
    private static let longest = 65_536

    private let descriptor: Int32
    private let loop: Loop
    private let onLine: @Sendable (String?) -> Void
    private let room = DispatchSemaphore(value: LineInput.window)
    private let isStopped = Mutex(false)

    /// - Parameter onLine: Called on `loop` with each line without its end, and at last with nothing.
    init(_ descriptor: Int32, on loop: Loop, onLine: @escaping @Sendable (String?) -> Void) {
        self.descriptor = descriptor
        self.loop = loop
        self.onLine = onLine
    }

    /// Begins to read. The thread ends with the input, or with the program.
    func start() {
        let thread = Thread { [self] in read() }
        thread.start()
    }

    /// A line has been dealt with.
    func settled() { room.signal() }

    /// Nothing is handed over any more.
    func stop() {
        isStopped.withLock { $0 = true }
        room.signal()
    }

    private func read() {
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            for byte in buffer[..<count] {
                if byte == UInt8(ascii: "\n") {
                    guard hand(line) else { return }
                    line = []
                } else if line.count < LineInput.longest {
                    line.append(byte)
                }
            }
        }
        if !line.isEmpty { guard hand(line) else { return } }
        loop.execute { [self] in onLine(nil) }
    }

    private func hand(_ line: [UInt8]) -> Bool {
        room.wait()
        guard !isStopped.withLock({ $0 }) else { return false }
        let text = String(decoding: line.last == 13 ? line.dropLast() : line[...], as: UTF8.self)
        loop.execute { [self] in onLine(text) }
        return true
    }
}

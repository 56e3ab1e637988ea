internal import Glibc
internal import Synchronization

/// Where the lines of a process go, and from which level on. Any thread may write.
///
/// A line is formatted by its caller and handed to the kernel in one write(2). A reader that does not keep up (a full
/// pipe, a stopped terminal) never stops the hub: lines are dropped and counted, and the count is written when there is
/// room again.
package final class LogOutput: Sendable {
    private let format: LogFormat
    private let descriptor: Int32
    private let now: @Sendable () -> Int64
    private let threshold: Atomic<UInt8>
    private let dropped = Atomic<Int>(0)

    /// - Parameters:
    ///   - descriptor: Stays its owner's; the standard error stream by default.
    ///   - now: Milliseconds since the epoch; the wall clock by default.
    package init(
        level: LogLevel, format: LogFormat, descriptor: Int32 = 2, now: (@Sendable () -> Int64)? = nil
    ) {
        self.format = format
        self.descriptor = descriptor
        self.now = now ?? LogTime.now
        threshold = Atomic(level.rawValue)
    }

    /// The lowest level written; may be changed while the hub runs.
    package var level: LogLevel {
        get { LogLevel(rawValue: threshold.load(ordering: .relaxed)) ?? .info }
        set { threshold.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// Lines lost to a reader that did not keep up, not yet told in a line of their own.
    package var droppedLines: Int { dropped.load(ordering: .relaxed) }

    func isEnabled(_ level: LogLevel) -> Bool { level.rawValue >= threshold.load(ordering: .relaxed) }

    func write(_ level: LogLevel, _ component: StaticString, _ message: StaticString, _ fields: [LogFields]) {
        guard hasRoom else {
            dropped.add(1, ordering: .relaxed)
            return
        }
        let time = now()
        let lost = dropped.exchange(0, ordering: .relaxed)
        if lost > 0 {
            let notice = LogLine(
                format: format, time: time, level: .warning, component: "telemetry",
                message: "log lines were dropped because their reader is slow", fields: [["lines": .integer(lost)]])
            put(notice.bytes)
        }
        let line = LogLine(
            format: format, time: time, level: level, component: component, message: message, fields: fields)
        put(line.bytes)
    }

    /// Whether a line's worth can be written without waiting.
    private var hasRoom: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&request, 1, 0) == 1 && request.revents & Int16(POLLOUT) != 0
    }

    private func put(_ line: [UInt8]) {
        unsafe line.withUnsafeBytes { line in
            var rest = unsafe line[...]
            while unsafe !rest.isEmpty {
                let count = unsafe Glibc.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    unsafe rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    dropped.add(1, ordering: .relaxed)
                    return
                }
            }
        }
    }
}

import Foundation
import Glibc
import Telemetry

/// A log output into a pipe, and what came out of it.
final class LogPipe {
    let output: LogOutput
    let writing: Int32
    private let reading: Int32

    /// - Parameter time: What the clock always says, in milliseconds since the epoch.
    init(level: LogLevel = .trace, format: LogFormat = .json, time: Int64 = 1_795_170_600_000) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        (reading, writing) = (ends[0], ends[1])
        output = LogOutput(level: level, format: format, descriptor: writing, now: { time })
    }

    /// What was written since the last call.
    func take() -> String {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(reading, &chunk, chunk.count)
            guard count > 0 else { break }
            all += chunk[..<count]
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// The lines written since the last call, each as its JSON members.
    func takeObjects() throws -> [[String: Any]] {
        try take().split(separator: "\n").map {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
        }
    }

    deinit {
        close(reading)
        close(writing)
    }
}

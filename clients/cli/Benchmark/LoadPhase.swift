import Measuring
import TerminalText

/// A part of a load that takes as long as it was asked to.
struct LoadPhase: Sendable {
    private let name: String
    private let start: UInt64
    private let end: UInt64

    /// From `start` to `end`, which is not before it, on ``MonotonicTime``.
    init(_ name: String, from start: UInt64, to end: UInt64) {
        self.name = name
        self.start = start
        self.end = end
    }

    /// From now on.
    init(_ name: String, for length: Duration) {
        let now = MonotonicTime.now
        self.init(name, from: now, to: now + UInt64(max(0, length / .nanoseconds(1))))
    }

    /// Waits for its end.
    ///
    /// - Parameter count: What has been done since it began, and what is said of it; asked twice a second, if anybody
    ///   looks.
    func pass(_ progress: ProgressDisplay, counting count: (() async -> (Int, String))? = nil) async {
        progress.begin(name, .time, total: LoadPhase.milliseconds(end - start))
        while case let now = MonotonicTime.now, now < end {
            var details: [String]?
            if progress.isShown, let count {
                let (done, what) = await count()
                let rate = Double(done) / max(0.001, Double(now - min(now, start)) / 1e9)
                details = ["\(Quantity.grouped(done)) \(what)", "\(Quantity.decimal(rate, 0))/s"]
            }
            progress.move(to: LoadPhase.milliseconds(now - min(now, start)), details: details)
            let next = min(end, MonotonicTime.now + 500_000_000)
            let rest = Duration.nanoseconds(Int64(next - min(next, MonotonicTime.now)))
            // Whoever gives a load up waits for no end of it.
            guard (try? await Task.sleep(for: rest)) != nil else { return }
        }
        progress.move(to: LoadPhase.milliseconds(end - start))
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Int64 { Int64(clamping: nanoseconds / 1_000_000) }
}

internal import EventLoop
internal import Model
internal import Telemetry

/// Writes when devices were last seen, every few seconds and the latest only (story 2.6).
///
/// `@unchecked Sendable`: confined to its connection's loop.
final class LastSeenWriter: @unchecked Sendable {
    private let connection: PostgresConnection
    private let limits: JournalLimits
    private let log: Logger
    private var buffer: LatestBuffer<DeviceID, Timestamp>
    private var timer: LoopTimer?
    private var failures = 0
    private var writes = 0
    private let throttle = LogThrottle(every: .seconds(10))

    /// Called when nothing waits and nothing is in flight any more.
    var onIdle: (() -> Void)?

    init(connection: PostgresConnection, limits: JournalLimits, log: Logger) {
        self.connection = connection
        self.limits = limits
        self.log = log
        buffer = LatestBuffer(capacity: limits.lastSeenCapacity)
    }

    var isIdle: Bool { buffer.isEmpty && writes == 0 }

    func note(_ device: DeviceID, at moment: Timestamp) {
        buffer.note(moment, for: device)
        arm(after: limits.lastSeenPeriod)
    }

    /// Writes what waits, now.
    func flush() {
        timer?.cancel()
        timer = nil
        guard !buffer.isEmpty else { return }
        guard connection.isReady else { return arm(after: limits.writeBehind.backoff.longest) }
        let moments = buffer.takeAll()
        for start in stride(from: 0, to: moments.count, by: limits.lastSeenBatch) {
            write(moments[start..<min(start + limits.lastSeenBatch, moments.count)])
        }
    }

    func stop() {
        timer?.cancel()
        timer = nil
    }

    private func arm(after delay: Duration) {
        guard timer == nil else { return }
        timer = connection.loop.schedule(after: delay) { [weak self] in
            self?.timer = nil
            self?.flush()
        }
    }

    private func write(_ moments: ArraySlice<(key: DeviceID, value: Timestamp)>) {
        writes += 1
        let query = LocationStatements.touching(moments)
        connection.submit([query], timeout: limits.writeTimeout) { [weak self] outcome in
            guard let self else { return }
            writes -= 1
            switch outcome {
            case .success:
                failures = 0
            case .failure(let error):
                failures += 1
                // What is newer by now stays.
                for moment in moments { buffer.note(moment.value, for: moment.key) }
                arm(after: max(limits.lastSeenPeriod, limits.writeBehind.backoff.delay(afterFailures: failures)))
                log.log(
                    .warning, "last-seen times could not be written", ["error": .string(error.debugDescription)],
                    throttle: throttle)
            }
            if isIdle { onIdle?() }
        }
    }
}

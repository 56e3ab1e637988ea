import EventLoop
import Glibc
import Measuring
import Model
import TerminalText

/// Devices that stream together on one loop, with progress for a person and an end that Ctrl-C can bring about.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class StreamRun: @unchecked Sendable {
    struct Device: Sendable {
        var identity: DeviceIdentity
        var source: any FixSource & Sendable
        /// What the summary and the report call it.
        var label: String
    }

    let loop: Loop
    let statistics = StreamStatistics()
    private(set) var sessions: [DeviceSession] = []
    /// All fixes there will be; unknown if any source has no end.
    let total: Int?
    private let devices: [Device]
    private let endpoint: HubEndpoint
    private let settings: DeviceSession.Settings
    private let progress: ProgressDisplay
    private var open = 0
    private var began: UInt64 = 0
    private var ended: UInt64 = 0
    private var signals: [SignalWatcher] = []
    private var timers: [LoopTimer] = []
    private var interrupts = 0
    private var onEnd: (() -> Void)?

    /// How long the devices may take to connect before the time they are to run begins without them.
    private static let connecting = Duration.seconds(30)
    /// How long Ctrl-C waits for what is on its way.
    private static let grace = Duration.seconds(5)

    init(
        devices: [Device], endpoint: HubEndpoint, settings: DeviceSession.Settings, progress: ProgressDisplay,
        on loop: Loop
    ) {
        self.devices = devices
        self.endpoint = endpoint
        self.settings = settings
        self.progress = progress
        self.loop = loop
        let totals = devices.map(\.source.total)
        total = totals.contains(nil) ? nil : totals.reduce(0) { $0 + ($1 ?? 0) }
    }

    /// Streams until every device has finished, or is stopped; then stops the loop. Call it off the loop.
    ///
    /// - Parameter length: Stops it so long after every device was connected at the same time, or after the time that
    ///   ``connecting`` allows for that.
    func run(for length: Duration? = nil) async {
        await withCheckedContinuation { continuation in
            loop.execute { self.start(length) { continuation.resume() } }
        }
        // By the turn in which the loop stops the last Close has left.
        await loop.stop()
    }

    /// Stops it as Ctrl-C does: what is on its way is waited for. Any thread.
    func stop() { loop.execute { self.interrupt() } }

    var seconds: Double { Double(max(ended, began) - began) / 1e9 }

    private func start(_ length: Duration?, _ onEnd: @escaping () -> Void) {
        self.onEnd = onEnd
        began = MonotonicTime.now
        ended = began
        for signal in [SIGINT, SIGTERM] {
            if let watcher = try? SignalWatcher(signal, on: loop, { [weak self] in self?.interrupt() }) {
                signals.append(watcher)
            }
        }
        sessions = devices.map { device in
            DeviceSession(
                identity: device.identity, source: device.source, endpoint: endpoint, settings: settings,
                statistics: statistics, on: loop, onFinish: { [weak self] in self?.finished($0) })
        }
        open = sessions.count
        if let length { awaitConnections(for: length) }
        for session in sessions { session.start() }
        progress.begin("acknowledged", .count("fixes"), total: total.map { Int64($0) })
        timers.append(
            loop.schedule(after: .milliseconds(100), every: .milliseconds(100)) { [weak self] in self?.show() })
    }

    private func awaitConnections(for length: Duration) {
        let deadline = loop.now.advanced(by: StreamRun.connecting)
        var isCounting = false
        timers.append(
            loop.schedule(after: .zero, every: .milliseconds(10)) { [weak self] in
                guard let self, !isCounting, statistics.connected >= open || deadline <= loop.now else { return }
                isCounting = true
                timers.append(loop.schedule(after: length) { [weak self] in self?.interrupt() })
            })
    }

    private func finished(_ session: DeviceSession) {
        open -= 1
        // A key that is not accepted, or a hub that is none, is the same for the others.
        if case .failed(let failure)? = session.outcome, failure.code == .refused {
            loop.atEndOfTurn { [self] in for other in sessions where other.outcome == nil { other.abandon(failure) } }
        }
        guard open == 0, let onEnd else { return }
        self.onEnd = nil
        ended = MonotonicTime.now
        timers = []
        for signal in signals { signal.stop() }
        show()
        progress.end()
        onEnd()
    }

    private func interrupt() {
        interrupts += 1
        if interrupts == 1 {
            timers.append(loop.schedule(after: StreamRun.grace) { [weak self] in self?.abandon() })
            for session in sessions { session.stop() }
        } else {
            abandon()
        }
    }

    private func abandon() {
        let failure = CommandFailure(.tryLater, "interrupted before everything was acknowledged")
        for session in sessions where session.outcome == nil { session.abandon(failure) }
    }

    private func show() {
        let details = StreamDetails(
            sent: statistics.sent, p50: statistics.latency.percentile(50), p99: statistics.latency.percentile(99),
            reconnects: statistics.reconnects, connected: statistics.connected, devices: open,
            trouble: statistics.connected < open ? statistics.lastTrouble : nil)
        progress.move(to: Int64(statistics.acknowledged), details: details.texts)
    }
}

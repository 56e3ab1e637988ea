import EventLoop
import Model
import Persistence

/// Hands rows to a journal, evenly or as fast as they are committed, and times their receipts.
///
/// `@unchecked Sendable`: confined to its journal's loop, but for what is read when it has ended.
final class Load: FixReceiver, @unchecked Sendable {
    private let journal: LocationJournal
    private let devices: [DeviceID]
    private let total: Int
    private let rate: Int?
    private let first: Timestamp
    /// Rows kept outstanding when there is no rate.
    private let window: Int
    private var sent = 0
    private var answered = 0
    private var startedAt = ContinuousClock.now
    private var sentAt: [ContinuousClock.Instant] = []
    private var latencies: [Double] = []
    private var timer: LoopTimer?
    private var onEnd: (() -> Void)?

    init(journal: LocationJournal, devices: [DeviceID], total: Int, rate: Int?, first: Timestamp, batchRows: Int) {
        self.journal = journal
        self.devices = devices
        self.total = total
        self.rate = rate
        self.first = first
        window = batchRows
    }

    func run() async {
        await withCheckedContinuation { continuation in
            journal.loop.execute {
                self.onEnd = { continuation.resume() }
                self.sentAt.reserveCapacity(self.total)
                self.latencies.reserveCapacity(self.total)
                self.journal.start()
                self.startedAt = .now
                if self.rate == nil {
                    self.fill()
                } else {
                    self.timer = self.journal.loop.schedule(after: .zero, every: .milliseconds(1)) { [weak self] in
                        self?.sendDue()
                    }
                }
            }
        }
    }

    /// Milliseconds: the median and the 99th percentile.
    func percentiles() -> (Double, Double) {
        let sorted = latencies.sorted()
        return (sorted[sorted.count / 2], sorted[sorted.count * 99 / 100])
    }

    func fixesCommitted(token: UInt64) {
        latencies.append(sentAt[Int(token)].duration(to: .now) / .milliseconds(1))
        answered += 1
        if answered == total {
            timer?.cancel()
            onEnd?()
        } else if rate == nil {
            fill()
        }
    }

    func fixesRefused(token: UInt64, _ refusal: FixRefusal) { preconditionFailure("a row was refused: \(refusal)") }

    private func fill() {
        while sent < total, sent - answered < window { send() }
    }

    private func sendDue() {
        guard let rate else { return }
        let due = min(total, Int(startedAt.duration(to: .now) / .seconds(1) * Double(rate)))
        while sent < due { send() }
    }

    private func send() {
        let number = sent
        sent += 1
        sentAt.append(.now)
        let fix = Fix(
            capturedAt: first.advanced(by: .milliseconds(number)), latitude: 48.1, longitude: 17.1, accuracy: 5,
            altitude: 140, bearing: 90, speed: 1.2, provider: "gps", batteryLevel: 80, networkType: "lte")
        _ = journal.append(
            fix, of: devices[number % devices.count], receivedAt: first,
            receipt: FixReceipt(receiver: self, token: UInt64(number)))
    }
}

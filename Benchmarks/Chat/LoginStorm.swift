import EventLoop
import HTTPClient
import Measuring

/// Sends sign-ins on a timetable and counts the answers.
///
/// Confined to its loop: references may be held anywhere, every method but ``run()`` is called on `loop`.
final class LoginStorm: @unchecked Sendable {
    /// What became of the sign-ins.
    struct Tally: Sendable {
        var sent = 0
        /// From the moment a sign-in was due to the end of its answer, by status; 0 for no answer.
        var answers: [Int: LatencyHistogram] = [:]
        var lag = LatencyHistogram()

        var isSound: Bool {
            answers.keys.allSatisfy { [200, 429, 503].contains($0) }
                && answers.values.reduce(0) { $0 + Int($1.count) } == sent
        }

        func lines(seconds: Double) -> [String] {
            var lines = [
                "sign-ins  \(Figures.grouped(sent)) in \(Figures.decimal(seconds, 0)) s; "
                    + "send lag p99 \(Figures.latency(lag.percentile(99)))"
            ]
            for (status, histogram) in answers.sorted(by: { $0.key < $1.key }) {
                let name = status == 0 ? "no answer" : "status \(status)"
                lines.append(
                    "\(name)  \(Figures.decimal(Double(histogram.count) / seconds, 1))/s  "
                        + Figures.percentiles(histogram))
            }
            return lines
        }
    }

    private let calls: [HTTPCall]
    private let duration: Duration
    private let period: UInt64
    private let loop: Loop
    private var client: LoopClient?
    private var timer: LoopTimer?
    private var tally = Tally()
    private var open = 0
    private var turn = 0
    private var due: UInt64 = 0
    private var end: UInt64 = 0
    private var completion: CheckedContinuation<Tally, Never>?

    init(calls: [HTTPCall], rate: Double, duration: Duration, on loop: Loop) {
        self.calls = calls
        self.duration = duration
        self.loop = loop
        period = UInt64(1e9 / rate)
    }

    /// Sends them all and waits for their answers.
    func run() async -> Tally {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                completion = continuation
                client = LoopClient(on: loop, connections: 512)
                due = MonotonicTime.now
                end = due + UInt64(duration / .nanoseconds(1))
                timer = loop.schedule(after: .zero, every: .milliseconds(1)) { [self] in sendDue() }
            }
        }
    }

    private func sendDue() {
        let now = MonotonicTime.now
        while due < end, due <= now {
            send(due: due, at: now)
            due += period
        }
        guard due >= end else { return }
        timer = nil
        finishIfDone()
    }

    private func send(due: UInt64, at now: UInt64) {
        tally.sent += 1
        tally.lag.record(from: due, to: now)
        open += 1
        client?.send(calls[turn]) { [self] outcome in
            open -= 1
            let status = (try? outcome.get())?.status ?? 0
            tally.answers[status, default: LatencyHistogram()].record(from: due, to: MonotonicTime.now)
            finishIfDone()
        }
        turn = turn + 1 == calls.count ? 0 : turn + 1
    }

    private func finishIfDone() {
        guard timer == nil, open == 0, let completion else { return }
        self.completion = nil
        client?.close()
        client = nil
        completion.resume(returning: tally)
    }
}

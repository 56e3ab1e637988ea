import Measuring

/// How many messages a second the hub takes without a growing backlog, and what bounds it.
struct CeilingRun: Sendable {
    let settings: ChatSettings
    let hub: HubUnderTest
    let duration: Duration
    /// Of a try at another rate, when the one asked for is too high.
    let trial: Duration
    /// A backlog of so many seconds ends a try.
    private let hopeless = 3.0

    /// - Returns: Whether the rate asked for is taken.
    func measure() async throws(Failure) -> Bool {
        let conversing = try await Conversing.begin(settings)
        let asked = try await step(conversing, rate: settings.rate, for: duration)
        guard !asked.isSteady else {
            _ = await conversing.finish()
            return true
        }
        var low = 0.0
        var high = settings.rate
        while high - low > max(settings.rate / 40, 50) {
            let middle = (low + high) / 2
            if try await step(conversing, rate: middle, for: trial).isSteady { low = middle } else { high = middle }
        }
        if low > 0 {
            let last = try await step(conversing, rate: low, for: duration)
            Console.line(
                "the ceiling is about \(Figures.grouped(Int(low))) messages/s"
                    + (last.isSteady ? "" : ", and not for \(Figures.decimal(duration / .seconds(1), 0)) s"))
        } else {
            Console.line("no rate tried was steady")
        }
        _ = await conversing.finish()
        return false
    }

    private func step(
        _ conversing: Conversing, rate: Double, for duration: Duration
    ) async throws(Failure) -> CeilingReport {
        _ = await conversing.takeTally()
        let warmup = Duration.seconds(3)
        let clock = MeasurementClock(start: MonotonicTime.now + 200_000_000, warmup: warmup, duration: duration)
        Console.note("\(Figures.grouped(Int(rate))) messages/s for \(Figures.decimal(duration / .seconds(1), 0)) s")
        conversing.send(clock, rate: rate, messages: nil)
        await sleep(until: clock.measure)
        var samples = [await sample(conversing, rate, clock)]
        while MonotonicTime.now < clock.end {
            await sleep(until: min(clock.end, MonotonicTime.now + 1_000_000_000))
            let latest = await sample(conversing, rate, clock)
            samples.append(latest)
            guard Double(latest.backlog) > rate * hopeless else { continue }
            for worker in conversing.workers { worker.stopSending() }
            break
        }
        let wasEnded = MonotonicTime.now < clock.end
        // What is left is taken before anything else is tried.
        let isEmptied = await conversing.wait(.seconds(120)) { $0.isDone && $0.acknowledged == $0.composed }
        _ = await conversing.wait(.seconds(30), settling: true) { $0.settled == $0.conversations }
        let report = CeilingReport(
            settings: settings, rate: rate, samples: samples, wasEnded: wasEnded, isEmptied: isEmptied,
            tally: await conversing.takeTally())
        for line in report.lines { Console.line(line) }
        return report
    }

    private func sample(
        _ conversing: Conversing, _ rate: Double, _ clock: MeasurementClock
    ) async -> CeilingReport.Sample {
        let progress = await conversing.progress()
        let now = MonotonicTime.now
        let metrics = hub.metrics()
        return CeilingReport.Sample(
            moment: now, due: Int(Double(min(now, clock.end) - clock.start) / 1e9 * rate),
            acknowledged: progress.acknowledged,
            stored: metrics["hub_chat_messages_stored_total"], held: metrics["hub_chat_messages_held"],
            batches: metrics["hub_chat_batches_total"],
            hub: hub.pid.flatMap { ProcessUsage.of(Int($0)) },
            postgres: hub.postgres.flatMap { ProcessUsage.of($0, includingChildren: true) }, own: ProcessUsage.own)
    }

    private func sleep(until moment: UInt64) async {
        let now = MonotonicTime.now
        if moment > now { try? await Task.sleep(for: .nanoseconds(Int64(moment - now))) }
    }
}

import EventLoop
import Measuring
import Model
import TerminalText

/// A load on a hub: registers the devices, connects them, lets them send, and adds up what the loops counted.
struct BenchRun: Sendable {
    /// Processes of this machine to measure.
    struct Processes: Hashable, Sendable {
        var hub: Int?
        var postgres: Int?
    }

    let settings: BenchSettings
    let target: HubTarget
    let endpoint: HubEndpoint
    let processes: Processes
    let progress: ProgressDisplay

    /// Runs the load.
    func measure() async throws(CommandFailure) -> BenchReport {
        let (loops, workers) = try await prepare(asDevices: true)
        try await connect(workers, asDevices: true)
        let now = MonotonicTime.now
        let wallNow = WallClock.now.milliseconds
        let clock = MeasurementClock(start: now + 200_000_000, warmup: settings.warmup, duration: settings.duration)
        for worker in workers { worker.begin(clock, wallStart: wallNow + 200) }
        await LoadPhase("warming up", from: clock.start, to: clock.measure).pass(progress)
        let before = usages()
        await LoadPhase("measuring", from: clock.measure, to: clock.end).pass(progress) {
            var acknowledged = 0
            for worker in workers { acknowledged += await worker.acknowledgedSoFar }
            return (acknowledged, "acknowledged")
        }
        let after = usages()
        progress.begin("waiting for the last answers", .time)
        var tally = BenchTally()
        for worker in workers { tally.add(await worker.drain(patience: settings.patience)) }
        await loops.stop()
        func difference(_ usage: KeyPath<Usages, ProcessUsage?>) -> Double? {
            guard let first = before[keyPath: usage], let last = after[keyPath: usage] else { return nil }
            return last.cpuSeconds - first.cpuSeconds
        }
        return BenchReport(
            settings: settings, tally: tally, hubCPU: difference(\.hub), postgresCPU: difference(\.postgres),
            ownCPU: difference(\.own), hubResidentBytes: after.hub?.residentBytes,
            seconds: settings.duration / .seconds(1))
    }

    /// Only holds connections open.
    func hold(asDevices: Bool) async throws(CommandFailure) -> IdleReport {
        let (loops, workers) = try await prepare(asDevices: asDevices)
        let before = usages().hub
        let start = MonotonicTime.now
        try await connect(workers, asDevices: asDevices)
        let connectSeconds = Double(MonotonicTime.now - start) / 1e9
        await LoadPhase("settling", for: settings.warmup).pass(progress)
        let connected = usages().hub
        await LoadPhase("idle", for: settings.duration).pass(progress)
        let after = usages().hub
        var tally = BenchTally()
        for worker in workers { tally.add(await worker.drain(patience: .zero)) }
        await loops.stop()
        return IdleReport(
            connections: settings.connections, before: before, connected: connected, after: after,
            connectSeconds: connectSeconds, idleSeconds: settings.duration / .seconds(1), lost: tally.lost)
    }

    // MARK: Steps

    private func prepare(asDevices: Bool) async throws(CommandFailure) -> (LoopGroup, [BenchWorker]) {
        try FileLimit.require(settings.connections)
        for pid in [processes.hub, processes.postgres].compactMap(\.self) where ProcessUsage.of(pid) == nil {
            throw .usage("there is no process \(pid) to measure")
        }
        var identities: [[DeviceIdentity]] = []
        for index in 0..<settings.groups {
            let group = try settings.group(index)
            identities.append(
                (0..<settings.devices).map {
                    DeviceIdentity(group: group, source: "bench \($0)", name: "Bench \(index)-\($0)")
                })
        }
        if asDevices {
            progress.begin("registering", .count("devices"), total: Int64(settings.connections))
            try HubAPI(target: target).register(identities.flatMap(\.self)) { [progress] in
                progress.move(to: Int64($0))
            }
        }
        let loops: LoopGroup
        do throws(LoopError) {
            loops = try LoopGroup.start(count: settings.loops)
        } catch {
            throw CommandFailure(.fault, "cannot start the event loops: \(error)")
        }
        let workers = loops.loops.map {
            BenchWorker(settings: settings, endpoint: endpoint, on: $0) { [progress] in progress.advance(by: 1) }
        }
        for (index, members) in identities.enumerated() {
            workers[index % workers.count].add(members, in: try settings.group(index))
        }
        return (loops, workers)
    }

    private func connect(_ workers: [BenchWorker], asDevices: Bool) async throws(CommandFailure) {
        progress.begin("opening", .count("connections"), total: Int64(settings.connections))
        let end = await withTaskGroup(of: LinkEnd?.self) { group in
            for worker in workers { group.addTask { await worker.connect(asDevices: asDevices) } }
            return await group.reduce(nil) { $0 ?? $1 }
        }
        guard let end else { return }
        if case .giveUp(let failure) = end.consequence(goodbye: nil) { throw failure }
        throw CommandFailure(.tryLater, "a connection could not be opened: \(end.reason)")
    }

    private struct Usages {
        var hub: ProcessUsage?
        var postgres: ProcessUsage?
        var own: ProcessUsage?
    }

    private func usages() -> Usages {
        Usages(
            hub: processes.hub.flatMap { ProcessUsage.of($0) },
            postgres: processes.postgres.flatMap { ProcessUsage.of($0, includingChildren: true) }, own: ProcessUsage.own
        )
    }
}

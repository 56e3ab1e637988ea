import EventLoop
import Measuring
import Model
import TLS
import TerminalText

/// A load of REST requests on a hub: registers the devices, opens their connections, lets them ask, and adds up.
struct LoadRun: Sendable {
    let scenario: LoadScenario
    let settings: LoadSettings
    let target: HubTarget
    let processes: BenchRun.Processes
    let progress: ProgressDisplay

    /// Runs the load.
    func measure() async throws(CommandFailure) -> LoadReport {
        try FileLimit.require(settings.connections)
        for pid in [processes.hub, processes.postgres].compactMap(\.self) where ProcessUsage.of(pid) == nil {
            throw .usage("there is no process \(pid) to measure")
        }
        let tls: TLSContext?
        do throws(TLSError) {
            tls = target.url.isSecure ? try TLSContext.client(verifying: true, caFile: target.caFile) : nil
        } catch {
            throw .badData(PlainText.line("\(error)"))
        }
        let devices = try register()
        let loops: LoopGroup
        do throws(LoopError) {
            loops = try LoopGroup.start(count: settings.loops)
        } catch {
            throw CommandFailure(.fault, "cannot start the event loops: \(error)")
        }
        let workers = loops.loops.map {
            LoadWorker(
                settings: settings, scenario: scenario, target: target, tls: tls, workers: settings.loops, on: $0
            ) { [progress] in progress.advance(by: 1) }
        }
        for (index, device) in devices.enumerated() { workers[index % workers.count].add(device.id, in: device.group) }
        progress.begin("opening", .count("connections"), total: Int64(settings.connections))
        for worker in workers {
            if let error = await worker.connect() {
                throw CommandFailure(.tryLater, "a connection could not be opened: \(error)")
            }
        }
        let clock = MeasurementClock(
            start: MonotonicTime.now + 200_000_000, warmup: settings.warmup, duration: settings.duration)
        let wall = WallClock.now.milliseconds + 200
        for worker in workers { worker.begin(clock, wallStart: wall) }
        await LoadPhase("warming up", from: clock.start, to: clock.measure).pass(progress)
        let before = usages()
        async let samples = sample(until: clock.end)
        await LoadPhase("measuring", from: clock.measure, to: clock.end).pass(progress) {
            var answered = 0
            for worker in workers { answered += await worker.answeredSoFar }
            return (answered, "answered")
        }
        let measured = await samples
        let after = usages()
        progress.begin("waiting for the last answers", .time)
        var tally = LoadTally()
        for worker in workers { tally.add(await worker.drain(patience: .seconds(10))) }
        await loops.stop()
        func difference(_ index: Int) -> Double? {
            guard let first = before[index], let last = after[index] else { return nil }
            return last.cpuSeconds - first.cpuSeconds
        }
        return LoadReport(
            scenario: scenario, settings: settings, tally: tally, samples: measured, hubCPU: difference(0),
            postgresCPU: difference(1), ownCPU: difference(2))
    }

    private func register() throws(CommandFailure) -> [DeviceIdentity] {
        progress.begin("registering", .count("devices"), total: Int64(settings.connections))
        var devices: [DeviceIdentity] = []
        for index in 0..<settings.connections {
            let group = try settings.group(index / LoadSettings.devicesPerGroup)
            devices.append(DeviceIdentity(group: group, source: "load \(index)", name: "Load \(index)"))
        }
        try HubAPI(target: target).register(devices) { [progress] in progress.move(to: Int64($0)) }
        return devices
    }

    /// Looks at the named processes once a second, and once at the least, however late this program is.
    func sample(until end: UInt64) async -> [LoadReport.Sample] {
        guard processes != BenchRun.Processes() else {
            await sleep(until: end)
            return []
        }
        var samples: [LoadReport.Sample] = []
        repeat {
            samples.append(
                LoadReport.Sample(
                    hubResidentBytes: processes.hub.flatMap { ProcessUsage.of($0)?.residentBytes },
                    databaseConnections: processes.postgres.map { ProcessUsage.postgresClients(of: $0) }))
            await sleep(until: min(end, MonotonicTime.now + 1_000_000_000))
        } while MonotonicTime.now < end
        return samples
    }

    /// Of the hub, Postgres and this program.
    private func usages() -> [ProcessUsage?] {
        [
            processes.hub.flatMap { ProcessUsage.of($0) },
            processes.postgres.flatMap { ProcessUsage.of($0, includingChildren: true) }, ProcessUsage.own,
        ]
    }

    private func sleep(until moment: UInt64) async {
        let now = MonotonicTime.now
        if moment > now { try? await Task.sleep(for: .nanoseconds(Int64(moment - now))) }
    }
}

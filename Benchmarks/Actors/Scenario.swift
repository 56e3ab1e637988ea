import Actors
import EventLoop
import Glibc
import Model

/// Groups on one loop, and what they cost. Everything but `init` hops to the loop and stays there while it measures.
final class Scenario: @unchecked Sendable {
    private let loop: Loop
    private let members: Int
    private let scheduler: BenchmarkLoop
    private let journal = BottomlessJournal()
    private var directory: LiveDirectory
    private var devices: [DeviceActor] = []
    private let observers = ObserverTurn()
    private var second: Int64 = 0

    /// - Parameter members: Of each group.
    init(loop: Loop, members: Int = 20) {
        self.loop = loop
        self.members = members
        scheduler = BenchmarkLoop(loop: loop)
        directory = Scenario.directory(of: members, scheduler, journal)
    }

    private static func directory(
        of members: Int, _ scheduler: BenchmarkLoop, _ journal: BottomlessJournal
    ) -> LiveDirectory {
        LiveDirectory(
            store: FullGroups(members: members), journal: journal, encoder: ConstantEncoder(), clock: WallClock(),
            scheduler: scheduler, limits: LiveLimits(tick: .zero))
    }

    /// Loads the groups, with so many observers each and a session for each device.
    func prepare(groups: Int, observers count: Int) async {
        directory = Scenario.directory(of: members, scheduler, journal)
        devices = []
        for number in 0..<groups {
            guard let id = GroupID("group-\(number)"), let group = try? await directory.group(id) else {
                preconditionFailure("the store always answers")
            }
            await onLoop { [self] in
                group.assumeIsolated { group in
                    for member in 0..<members {
                        guard let device = group.device(FullGroups.device(member, in: id).id) else { continue }
                        devices.append(device)
                        _ = device.assumeIsolated { $0.connect(FakeSession()) }
                    }
                    for _ in 0..<count {
                        _ = try? group.observe(QueueingObserver(observers))
                    }
                }
                scheduler.endTurn()
            }
        }
    }

    /// Reports round after round, the devices of one group one after the other.
    func measure(_ name: String, reportsPerTurn: Int) async {
        await onLoop { [self] in
            run(turns: max(1, 20_000 / reportsPerTurn), reportsPerTurn)
            let before = observers.delivered
            let turns = max(1, 400_000 / reportsPerTurn)
            let elapsed = nanoseconds { run(turns: turns, reportsPerTurn) }
            let deliveries = observers.delivered - before
            let perReport = elapsed / UInt64(turns * reportsPerTurn)
            let perDelivery = deliveries == 0 ? "" : ", \(elapsed / UInt64(deliveries)) ns a delivery"
            print("\(name): \(perReport) ns a report\(perDelivery)")
        }
    }

    /// The memory of devices that are loaded, have reported once and have a session each.
    func measureMemory(groups: Int) async {
        let before = residentBytes()
        await prepare(groups: groups, observers: 0)
        await onLoop { [self] in run(turns: groups * members, 1) }
        let bytes = residentBytes() - before
        let devices = groups * members
        print("\(devices) devices in \(groups) groups: \(bytes >> 20) MiB, \(bytes / devices) bytes a device")
    }

    private func run(turns: Int, _ reportsPerTurn: Int) {
        var next = 0
        for _ in 0..<turns {
            let now = Timestamp(milliseconds: 1_767_225_600_000 + second)
            for _ in 0..<reportsPerTurn {
                if next == devices.count {
                    next = 0
                    second += 1
                }
                let fix = Fix(
                    capturedAt: Timestamp(milliseconds: 1_767_225_600_000 + second), latitude: 48.2, longitude: 16.4,
                    accuracy: 5, speed: 1.4, provider: "gps", batteryLevel: 80, networkType: "lte")
                let isTaken = devices[next].assumeIsolated { device in
                    (try? device.report(fix, receivedAt: now, receipt: nil)) != nil
                }
                precondition(isTaken)
                next += 1
            }
            scheduler.endTurn()
            observers.end()
        }
        second += 1
    }

    private func onLoop(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            loop.execute {
                work()
                continuation.resume()
            }
        }
    }

    /// The processor time of this thread, which other programs do not add to.
    private func nanoseconds(_ work: () -> Void) -> UInt64 {
        let start = processorTime()
        work()
        return processorTime() - start
    }

    private func processorTime() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func residentBytes() -> Int {
        guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard unsafe fgets(&line, 128, file) != nil else { return 0 }
        let fields = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
    }
}

import EventLoop
import Measuring
import Model
import Wire

/// The part of a load that lives on one loop: whole groups, their timetable and their tally.
///
/// Confined to its loop: references may be held anywhere, every method but the `async` ones is called on `loop`.
final class BenchWorker: @unchecked Sendable {
    let loop: Loop
    let settings: BenchSettings
    let endpoint: HubEndpoint
    private var groups: [BenchGroup] = []
    private var members: [BenchMember] = []
    private var tally = BenchTally()
    private var clock: MeasurementClock?
    /// The wall clock's milliseconds at the clock's start.
    private var wallStart: Int64 = 0
    private var isClosedLoop = false

    // The timetable: members in the order of their phases, and whose turn it is.
    private var phases: [UInt64] = []
    private var order: [Int] = []
    private var turn = 0
    private var round: UInt64 = 0
    private var timer: LoopTimer?
    private var drainTimer: LoopTimer?
    private var retries: [Int: LoopTimer] = [:]
    private var nextRetry = 0

    // The way to being connected.
    private var asDevices = true
    private var opened = 0
    private var ready = 0
    private var connecting: CheckedContinuation<LinkEnd?, Never>?
    private let onReady: () -> Void
    private static let connectingAtOnce = 64

    /// - Parameter onReady: Hears on the loop of every connection that is open.
    init(settings: BenchSettings, endpoint: HubEndpoint, on loop: Loop, onReady: @escaping () -> Void) {
        self.settings = settings
        self.endpoint = endpoint
        self.loop = loop
        self.onReady = onReady
    }

    /// Adds a group; before the loop knows of the worker.
    func add(_ identities: [DeviceIdentity], in id: GroupID) {
        let group = BenchGroup(id: id)
        for (index, identity) in identities.enumerated() {
            let member = BenchMember(device: identity.id, index: index, group: group, worker: self)
            group.add(member)
            members.append(member)
        }
        groups.append(group)
    }

    var dialect: StreamDialect { endpoint.dialect }

    // MARK: Connecting

    /// Opens every connection; what went wrong, if any failed.
    func connect(asDevices: Bool) async -> LinkEnd? {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                self.asDevices = asDevices
                connecting = continuation
                while opened < min(BenchWorker.connectingAtOnce, members.count) { openNext() }
                if members.isEmpty { finishConnecting(nil) }
            }
        }
    }

    private func openNext() {
        members[opened].open(at: endpoint, asDevice: asDevices)
        opened += 1
    }

    func becameReady() {
        ready += 1
        onReady()
        if opened < members.count, connecting != nil { openNext() }
        if ready == members.count { finishConnecting(nil) }
    }

    func failedToConnect(_ end: LinkEnd) { finishConnecting(end) }

    private func finishConnecting(_ end: LinkEnd?) {
        connecting?.resume(returning: end)
        connecting = nil
    }

    // MARK: Load

    /// Begins to send, in an open or a closed loop, until the clock's end.
    func begin(_ clock: MeasurementClock, wallStart: Int64) {
        loop.execute { [self] in
            self.clock = clock
            self.wallStart = wallStart
            let toStart = Duration.nanoseconds(Int64(clock.start) - Int64(MonotonicTime.now))
            if let period = settings.period {
                makeTimetable(period)
                timer = loop.schedule(after: max(.zero, toStart), every: .milliseconds(1)) { [weak self] in
                    self?.sendDue(period)
                }
            } else {
                isClosedLoop = true
                timer = loop.schedule(after: max(.zero, toStart)) { [weak self] in self?.fillWindows() }
            }
        }
    }

    /// Phases are random, as those of people are; evenly spread ones would spare the hub its bursts.
    private func makeTimetable(_ period: UInt64) {
        var generator = SeededGenerator(seed: settings.seed &+ UInt64(loop.index) &* 7919)
        let drawn = members.indices.map { (phase: UInt64(generator.unit() * Double(period)), member: $0) }
            .sorted { $0 < $1 }
        phases = drawn.map(\.phase)
        order = drawn.map(\.member)
    }

    private func sendDue(_ period: UInt64) {
        guard let clock, !order.isEmpty else { return }
        let spacing = max(1, Int64(period / 1_000_000) / Int64(settings.batch * settings.burst))
        while true {
            let due = clock.start + phases[turn] + round * period
            if due >= clock.end {
                timer = nil
                return
            }
            let now = MonotonicTime.now
            if due > now { return }
            let wall = wallStart + Int64((due - clock.start) / 1_000_000)
            for later in (0..<settings.burst).reversed() {
                let age = Int64(later * settings.batch) * spacing
                members[order[turn]].send(settings.batch, due: due, wall: wall - age, spacing: spacing)
                guard clock.counts(due) else { continue }
                tally.messages += 1
                tally.fixes += settings.batch
                tally.lag.record(from: due, to: now)
            }
            turn += 1
            if turn == order.count {
                turn = 0
                round += 1
            }
        }
    }

    private func fillWindows() {
        guard case .closed(let window) = settings.pressure else { return }
        for member in members { for _ in 0..<window { sendNow(member) } }
    }

    /// The next message of a closed loop, whose time lies an hour back: a window may be faster than a fix a millisecond.
    private func sendNow(_ member: BenchMember) {
        guard let clock else { return }
        let now = MonotonicTime.now
        guard now < clock.end else { return }
        let wall = wallStart - 3_600_000 + Int64((now - min(now, clock.start)) / 1_000_000)
        member.send(settings.batch, due: now, wall: wall, spacing: 1)
        if clock.counts(now) {
            tally.messages += 1
            tally.fixes += settings.batch
        }
    }

    // MARK: What comes back

    func received(_ entries: [BenchGroup.Entry], by member: Int, bytes: Int, at now: UInt64) {
        guard let clock else { return }
        if clock.counts(now) {
            tally.frames += 1
            tally.bytes += bytes
        }
        for entry in entries where entry.member != member {
            if clock.counts(now) { tally.deliveries += 1 }
            if clock.counts(entry.due) { tally.fanout.record(from: entry.due, to: now) }
        }
    }

    func acknowledged(_ member: BenchMember, due: UInt64?, at now: UInt64) {
        if let due, let clock, clock.counts(due) {
            tally.acknowledged += 1
            tally.ack.record(from: due, to: now)
        }
        if isClosedLoop { sendNow(member) }
    }

    func refused(_ member: BenchMember, _ failure: HubMessage.Failure, wasSend: Bool) {
        tally.errors[PlainText.line(failure.rawCode), default: 0] += 1
        guard isClosedLoop, wasSend else { return }
        // The window stays full; a refusal is waited out so that it is not answered by a storm.
        let wait = Duration.milliseconds(max(100, (failure.retryAfter ?? 0) * 1000))
        let number = nextRetry
        nextRetry += 1
        retries[number] = loop.schedule(after: wait) { [weak self] in
            self?.retries[number] = nil
            self?.sendNow(member)
        }
    }

    /// A message could not be read, or builds on one that never came.
    func misunderstood() { tally.errors["not understood", default: 0] += 1 }

    func lost(_ end: LinkEnd) {
        tally.lost += 1
        tally.lossReason = tally.lossReason ?? end.reason
    }

    /// Messages of those that count.
    var acknowledgedSoFar: Int {
        get async {
            await withCheckedContinuation { continuation in
                loop.execute { [self] in continuation.resume(returning: tally.acknowledged) }
            }
        }
    }

    // MARK: The end

    /// Sends what is still due, waits until everything that counts is acknowledged, or for `patience`; then the tally.
    func drain(patience: Duration) async -> BenchTally {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                // A loop that was late has not sent all that was due before the end.
                if let period = settings.period { sendDue(period) }
                timer = nil
                retries = [:]
                let deadline = loop.now.advanced(by: patience)
                var last = -1
                drainTimer = loop.schedule(after: .milliseconds(300), every: .milliseconds(300)) { [self] in
                    // Positions that a tick withheld may still come, so the end is when nothing came for a while.
                    let seen = tally.acknowledged + Int(tally.fanout.count)
                    let isQuiet = seen == last && tally.acknowledged >= tally.messages
                    last = seen
                    guard isQuiet || loop.now >= deadline else { return }
                    drainTimer = nil
                    for member in members { member.close() }
                    continuation.resume(returning: tally)
                }
            }
        }
    }
}

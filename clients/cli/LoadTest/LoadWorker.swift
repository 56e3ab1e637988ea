import EventLoop
import Measuring
import Model
import TLS

/// The part of a load that lives on one loop: connections, their timetable and their tally.
///
/// Confined to its loop: references may be held anywhere, every method but the `async` ones is called on `loop`.
final class LoadWorker: @unchecked Sendable {
    let loop: Loop
    private let settings: LoadSettings
    private let scenario: LoadScenario
    private let requests: LoadRequests
    private let tls: TLSContext?
    private var connections: [LoadConnection] = []
    private var tally = LoadTally()
    private var clock: MeasurementClock?
    private var wallStart: Int64 = 0
    private var timer: LoopTimer?
    private var drainTimer: LoopTimer?
    private var isClosing = false
    /// Requests that count and whose connections were lost.
    private var unanswerable = 0

    /// Whose turn it is, in an order that was drawn.
    private var turn = 0
    /// Requests that have been due so far.
    private var count: UInt64 = 0
    /// When those were due that have been no longer ago than the last time all were sent, and how many of them are sent.
    private var waiting: [UInt64] = []
    private var sent = 0
    /// This worker's requests are every so many of the timetable, from its index on.
    private let workers: Int
    private var registered = 0
    private var generator: SeededGenerator
    private let onConnected: @Sendable () -> Void

    /// - Parameter onConnected: Hears on any thread of every connection that is open.
    init(
        settings: LoadSettings, scenario: LoadScenario, target: HubTarget, tls: TLSContext?, workers: Int,
        on loop: Loop,
        onConnected: @escaping @Sendable () -> Void
    ) {
        self.onConnected = onConnected
        self.settings = settings
        self.scenario = scenario
        self.tls = tls
        self.workers = workers
        self.loop = loop
        requests = LoadRequests(target: target)
        generator = SeededGenerator(seed: settings.seed &+ UInt64(loop.index) &* 7919)
    }

    /// Adds a connection; before the loop knows of the worker.
    func add(_ device: DeviceID, in group: GroupID) {
        connections.append(LoadConnection(device, in: group, of: self))
    }

    // MARK: Connecting

    /// Opens every connection, some at a time; what went wrong, if one failed.
    func connect() async -> SocketError? {
        let connectingAtOnce = 64
        return await withTaskGroup(of: SocketError?.self) { group in
            var failure: SocketError?
            for (index, connection) in connections.enumerated() {
                if index >= connectingAtOnce, let ended = await group.next() { failure = failure ?? ended }
                if failure != nil { break }
                group.addTask { await self.open(connection) }
            }
            for await ended in group { failure = failure ?? ended }
            return failure
        }
    }

    private func open(_ connection: LoadConnection) async -> SocketError? {
        let url = requests.target.url
        do throws(SocketError) {
            let socket = try await StreamSocket.connect(
                to: .tcp(host: url.host, port: url.port), tls: tls, on: loop)
            loop.execute { connection.begin(on: socket) }
            onConnected()
            return nil
        } catch {
            return error
        }
    }

    // MARK: Load

    /// Begins to send, until the clock's end.
    func begin(_ clock: MeasurementClock, wallStart: Int64) {
        loop.execute { [self] in
            self.clock = clock
            self.wallStart = wallStart
            connections.shuffle(using: &generator)
            let toStart = Duration.nanoseconds(Int64(clock.start) - Int64(MonotonicTime.now))
            timer = loop.schedule(after: max(.zero, toStart), every: .milliseconds(1)) { [weak self] in self?.sendDue()
            }
        }
    }

    private func sendDue() {
        guard let clock else { return }
        while true {
            let due = clock.start + (count * UInt64(workers) + UInt64(loop.index)) * settings.period
            if due >= clock.end {
                timer = nil
                return
            }
            let now = MonotonicTime.now
            if due > now { return }
            count += 1
            if clock.counts(due) {
                tally.sent += 1
                tally.lag.record(from: due, to: now)
            }
            waiting.append(due)
            sendWaiting()
        }
    }

    /// Sends what is due as long as a connection is free; what a hub that is late keeps waiting, counts from when it was
    /// due.
    private func sendWaiting() {
        while sent < waiting.count, let connection = nextFree() {
            send(scenario.request(at: generator.unit() * 100), on: connection, due: waiting[sent])
            sent += 1
        }
        if sent == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            sent = 0
        }
    }

    private func nextFree() -> LoadConnection? {
        for _ in connections.indices {
            let connection = connections[turn]
            turn = turn + 1 == connections.count ? 0 : turn + 1
            if connection.isFree { return connection }
        }
        return nil
    }

    private func send(_ kind: LoadScenario.Request, on connection: LoadConnection, due: UInt64) {
        let wall = wallStart + Int64((due - (clock?.start ?? due)) / 1_000_000)
        let bytes =
            switch kind {
            case .register: registration()
            case .upload: requests.upload(of: connection.device, at: wall, place: Int(count))
            case .batch: requests.batch(of: connection.device, at: wall, place: Int(count))
            case .list: requests.list(connection.group)
            }
        connection.send(bytes, kind, due: due)
    }

    private func registration() -> [UInt8] {
        let name = "\(settings.prefix)-new-\(loop.index)-\(registered / LoadSettings.devicesPerGroup)"
        registered += 1
        guard let group = GroupID(name) else { preconditionFailure("a group's name made of a group's name") }
        return requests.register(
            DeviceIdentity.stableID(group: group, source: "load \(registered)"), in: group)
    }

    // MARK: What comes back

    func answered(_ kind: LoadScenario.Request, status: Int, due: UInt64) {
        let now = MonotonicTime.now
        defer { sendWaiting() }
        guard let clock, clock.counts(due) else { return }
        tally.answered += 1
        tally.latency[kind.rawValue].record(from: due, to: now)
        if !(200...299).contains(status) { tally.errors["status \(status)", default: 0] += 1 }
    }

    /// A connection is over, and stays so.
    func closed(losing request: (due: UInt64, reason: String)?) {
        guard !isClosing else { return }
        tally.lost += 1
        guard let request, let clock, clock.counts(request.due) else { return }
        tally.errors[request.reason, default: 0] += 1
        unanswerable += 1
    }

    /// Requests of those that count.
    var answeredSoFar: Int {
        get async {
            await withCheckedContinuation { continuation in
                loop.execute { [self] in continuation.resume(returning: tally.answered) }
            }
        }
    }

    // MARK: The end

    /// Waits until everything that counts is answered or can no longer be, or for `patience`; then the tally.
    func drain(patience: Duration) async -> LoadTally {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                sendDue()
                timer = nil
                let deadline = loop.now.advanced(by: patience)
                drainTimer = loop.schedule(after: .zero, every: .milliseconds(50)) { [self] in
                    let isOver = tally.answered + unanswerable >= tally.sent || connections.allSatisfy(\.isClosed)
                    guard isOver || loop.now >= deadline else { return }
                    drainTimer = nil
                    isClosing = true
                    sent = waiting.count
                    let missing = tally.sent - tally.answered - unanswerable
                    if missing > 0 { tally.errors["no answer", default: 0] += missing }
                    for connection in connections { connection.close() }
                    continuation.resume(returning: tally)
                }
            }
        }
    }
}

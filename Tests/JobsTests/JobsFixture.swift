import EventLoop
import Glibc
import HubTesting
import Model
import Persistence
import Synchronization
import Telemetry

@testable import Jobs

/// A database of its own for one test, with what hubs have that share it.
struct JobsFixture: Sendable {
    let loops: LoopGroup
    let database: Database
    let test: TestDatabase
    let metrics = MetricsRegistry()
    let log = LogFile()

    static func with<Value>(_ body: (JobsFixture) async throws -> Value) async throws -> Value {
        let test = try await TestPostgres.shared.database()
        let loops = try LoopGroup.start(count: 1)
        let database = Database(url: test.url, limits: .patient(connectionsPerLoop: 4), on: loops.loops)
        database.start()
        let fixture = JobsFixture(loops: loops, database: database, test: test)
        do {
            let value = try await body(fixture)
            await fixture.end()
            return value
        } catch {
            await fixture.end()
            throw error
        }
    }

    private func end() async {
        await database.close()
        await loops.stop()
        try? await test.drop()
    }

    /// The jobs of one hub. Each call is another hub on the same database.
    func service(
        _ name: String = "hub-1", jobs: [ScheduledJob] = [], handlers: [JobHandler] = [],
        poll: Duration = .milliseconds(20), retry: Duration = .milliseconds(20),
        stopTimes: JobStopTimes = .patient
    ) -> JobService {
        JobService(
            database: database, queue: JobQueue(database: database), holder: name, jobs: jobs, handlers: handlers,
            limits: JobWorkerLimits(pollInterval: poll, retryInterval: retry, countInterval: .milliseconds(20)),
            stopTimes: stopTimes, metrics: metrics, log: log.logger)
    }

    /// Runs the services for as long as `body` takes, and stops them.
    func running(_ services: JobService..., body: () async throws -> Void) async throws {
        let tasks = services.map { service in Task { await service.run() } }
        func stop() async {
            for service in services { await service.stop(within: .zero) }
            for task in tasks { await task.value }
        }
        do {
            try await body()
            await stop()
        } catch {
            await stop()
            throw error
        }
    }

    /// Runs a query given as text.
    @discardableResult
    func query(_ sql: String, _ parameters: (any PostgresEncodable)?...) async throws -> PostgresResult {
        var encoded = PostgresParameters()
        for parameter in parameters {
            if let parameter { encoded.append(parameter) } else { encoded.append(Int32?.none) }
        }
        return try await database.query(PostgresQuery(PostgresStatement(sql, sql), encoded))
    }

    func count(_ sql: String) async throws -> Int { Int(try await query(sql)[0].int64(0) ?? -1) }

    /// The value of a series as it is exposed; 0 if there is none.
    func metric(_ series: String) -> Int {
        metrics.render().split(separator: "\n").first { $0.hasPrefix("\(series) ") }
            .flatMap { Int($0.dropFirst(series.utf8.count + 1)) } ?? 0
    }

    /// Waits until `condition` holds, looking every few milliseconds.
    func eventually(
        _ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw Overdue(what: what) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Something that should have happened has not.
struct Overdue: Error, CustomStringConvertible {
    let what: String
    var description: String { "not in time: \(what)" }
}

/// A log that a test can read.
final class LogFile: Sendable {
    let logger: Logger
    private let descriptor: Int32

    init() {
        var path = Array("/tmp/hub-jobs-log-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        unlink(path)
        logger = Logger("test", output: LogOutput(level: .debug, format: .json, descriptor: descriptor))
    }

    deinit { close(descriptor) }

    var text: String {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }
}

/// What happened, in order, from any thread.
final class Record: Sendable {
    private let entries = Mutex<[String]>([])
    var all: [String] { entries.withLock { $0 } }
    func add(_ entry: String) { entries.withLock { $0.append(entry) } }
    func count(_ entry: String) -> Int { all.count { $0 == entry } }
}

/// Holds work until it is opened, whatever becomes of its task.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Takes no notice of being cancelled.
    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Waits until its task is cancelled.
func untilCancelled() async throws { while true { try await Task.sleep(for: .seconds(60)) } }

extension Timestamp {
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

extension UniqueID {
    static func random() -> UniqueID { version7(at: .now) }
}

/// A number that any thread may change.
final class MutexNumber: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }

    @discardableResult
    func change(_ body: (Int) -> Int) -> Int {
        number.withLock { number in
            number = body(number)
            return number
        }
    }
}

extension JobStopTimes {
    /// Long enough for a slow machine. Nobody waits that long for jobs that end when they are cancelled.
    static let patient = JobStopTimes(notice: .seconds(60), record: .seconds(60))
}

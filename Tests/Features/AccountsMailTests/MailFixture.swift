import Configuration
import Crypto
import EventLoop
import FeatureKit
import Glibc
import HubTesting
import Mail
import Model
import Persistence
import Synchronization
import Telemetry
import Testing

@testable import Accounts
@testable import Jobs

/// A database with accounts, a clock that stands still, and a mail server; as many hubs on them as a test likes.
struct MailFixture: Sendable {
    let database: Database
    let server: TestMailServer
    let clock = ManualClock(Timestamp(milliseconds: 1_800_000_000_000))
    let metrics = MetricsRegistry()
    let log = LogFile()
    let notifications = Notifications()
    let recorded = RecordingChannel.Record()

    static func with(
        _ server: TestMailServer? = nil, _ body: (MailFixture) async throws -> Void
    ) async throws {
        let area = try #require(AccountsFeature.migrations)
        let test = try await TestPostgres.shared.database(areas: [area])
        let loops = try LoopGroup.start(count: 1)
        let database = Database(url: test.url, limits: .patient(connectionsPerLoop: 4), on: loops.loops)
        database.start()
        var failure: (any Error)?
        do {
            let mail = if let server { server } else { try await TestMailServer.start() }
            try await body(MailFixture(database: database, server: mail))
        } catch {
            failure = error
        }
        await database.close()
        await loops.stop()
        try? await test.drop()
        if let failure { throw failure }
    }

    // MARK: Hubs

    func mailer(_ url: String? = nil, _ texts: [String: String] = [:]) throws -> Mailer {
        var server = MailServer(
            url: url ?? self.server.url, from: try #require(Mailbox("Test Hub <hub@example.test>")))
        server.requiresTLS = false
        return Mailer(
            transport: MailTransport(server), texts: MailTexts(read: { texts[$0] }, log: log.logger),
            metrics: MailMetrics(metrics), publicURL: "https://app.example.test")
    }

    var store: NotificationStore { NotificationStore(database: database) }
    var queue: JobQueue { JobQueue(database: database) }

    func gathering(_ mailer: Mailer) -> NoticeGathering {
        NoticeGathering(
            store: store, jobs: queue, clock: clock, notifications: notifications,
            channels: [
                EmailChannel.name: EmailChannel(mailer: mailer, store: store),
                LogChannel.name: LogChannel(log: log.logger), RecordingChannel.name: RecordingChannel(record: recorded),
            ], metrics: MailMetrics(metrics))
    }

    /// The jobs of one hub.
    ///
    /// - Parameter url: Of its mail server, if another than the test's.
    func hub(_ name: String = "hub-1", mailServer url: String? = nil, texts: [String: String] = [:]) throws
        -> JobService
    {
        let mailer = try mailer(url, texts)
        let office = MailOffice(database: database, clock: clock, mailer: mailer)
        var gathering = gathering(mailer)
        gathering.pause = .milliseconds(1)
        return JobService(
            database: database, queue: queue, holder: name, jobs: [],
            handlers: [office.handler()] + gathering.handlers(),
            limits: JobWorkerLimits(pollInterval: .milliseconds(20), countInterval: .milliseconds(20)),
            stopTimes: JobStopTimes(notice: .seconds(60), record: .seconds(60)), metrics: metrics, log: log.logger)
    }

    func running(_ hubs: JobService..., body: () async throws -> Void) async throws {
        let tasks = hubs.map { hub in Task { await hub.run() } }
        func stop() async {
            for hub in hubs { await hub.stop(within: .zero) }
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

    // MARK: People

    /// Somebody with an account.
    func person(_ name: String = "Ada", email: String? = nil, isVerified: Bool = true) async throws -> UserID {
        let id = UserID(.version7(at: clock.now))
        let address = email ?? "u\(id)@example.test"
        try await query(
            "INSERT INTO core.users (id, username, username_key, display_name) VALUES ($1::uuid, $2, $2, $3)",
            id.rawValue, "u\(id)".replacing("-", with: ""), name)
        try await query(
            """
            INSERT INTO accounts.credentials (user_id, email, email_key, email_verified_at, password_hash)
            VALUES ($1::uuid, $2, $2, $3::timestamptz, repeat('x', 40))
            """, id.rawValue, address, isVerified ? clock.now : nil)
        return id
    }

    func order(_ purpose: MailPurpose, to user: UserID) async throws {
        try await queue.enqueue(MailOrder.job(purpose, to: user, at: clock.now))
    }

    // MARK: Looking

    @discardableResult
    func query(_ sql: String, _ parameters: (any PostgresEncodable)?...) async throws -> PostgresResult {
        var encoded = PostgresParameters()
        for parameter in parameters {
            if let parameter { encoded.append(parameter) } else { encoded.append(Int32?.none) }
        }
        return try await database.query(PostgresQuery(PostgresStatement(sql, sql), encoded))
    }

    func count(_ sql: String) async throws -> Int { Int(try await query(sql)[0].int64(0) ?? -1) }

    /// Jobs that are waiting or being done.
    func jobCount() async throws -> Int { try await count("SELECT count(*) FROM core.jobs") }

    /// Makes every job that waits due.
    func hurry() async throws {
        try await query("UPDATE core.jobs SET run_at = clock_timestamp() WHERE locked_by IS NULL")
    }

    /// Everything that is stored of accounts and of jobs, as a text.
    func everythingStored() async throws -> String {
        try await query(
            """
            SELECT concat((SELECT string_agg(t::text || encode(payload, 'escape'), ' ') FROM core.jobs t),
                (SELECT string_agg(t::text || encode(payload, 'escape'), ' ') FROM core.dead_jobs t),
                (SELECT string_agg(t::text, ' ') FROM accounts.mail_tokens t),
                (SELECT string_agg(t::text, ' ') FROM accounts.notices t))
            """)[0].text(0) ?? ""
    }

    func metric(_ series: String) -> Int {
        metrics.render().split(separator: "\n").first { $0.hasPrefix("\(series) ") }
            .flatMap { Int($0.dropFirst(series.utf8.count + 1)) } ?? 0
    }

    func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw Overdue(what: what) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// The token of a mail, as its reader copies it.
func token(of mail: TestMailServer.Mail) throws -> String {
    let match = try #require(mail.text.firstMatch(of: /#token=([A-Za-z0-9_\-]{43})\r\n/))
    return String(match.output.1)
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
        var path = Array("/tmp/hub-mail-log-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        unlink(path)
        logger = Logger("test", output: LogOutput(level: .trace, format: .json, descriptor: descriptor))
    }

    deinit { close(descriptor) }

    var text: String {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }
}

/// A channel that notes what it is given.
struct RecordingChannel: NotificationChannel {
    static let name = "record"

    final class Record: Sendable {
        private let entries = Mutex<[NoticeDelivery]>([])
        var all: [NoticeDelivery] { entries.withLock { $0 } }
        func add(_ delivery: NoticeDelivery) { entries.withLock { $0.append(delivery) } }
        /// Of all digests together.
        var total: Int { all.reduce(0) { $0 + $1.digest.counts.values.reduce(0, +) } }
    }

    let record: Record

    func deliver(_ delivery: NoticeDelivery, at now: Timestamp) async throws { record.add(delivery) }
}

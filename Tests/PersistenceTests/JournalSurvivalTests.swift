import EventLoop
import Glibc
import HubTesting
import Model
import Persistence
import Synchronization
import Testing

@Suite struct `A journal whose Postgres is killed` {
    enum Victim: CaseIterable, Sendable {
        /// The server itself, which its supervisor starts again.
        case postmaster
        /// One session's process, whereupon the server ends all sessions and recovers.
        case session
    }

    @Test(arguments: Victim.allCases)
    func `loses nothing it has acknowledged and forgets nothing it has taken`(victim: Victim) async throws {
        try await PrivateClusterFixture.with { fixture in
            var options = fixture.options
            options.isDurable = true
            let postgres = try await fixture.start(options)
            let connection = PostgresConnection(url: postgres.url, limits: .patient(), on: fixture.loop)
            try await connection.connected(within: .seconds(60))
            _ = try await Migrator(areas: [.core], log: TestPostgres.log).migrate(on: connection)
            await connection.closed()

            let loops = try LoopGroup.start(count: 2)
            let database = Database(url: postgres.url, limits: .patient(), on: loops.loops)
            database.start()
            _ = try await LocationUpkeep(database: database).ensurePartitions(around: .now)
            let store = PostgresDeviceStore(database: database)
            let book = ReceiptBook()
            let streams = try await withThrowingTaskGroup(of: FixStream.self) { group in
                for (number, loop) in loops.loops.enumerated() {
                    group.addTask {
                        let device = try await store.register(.sample(group: "g\(number)"), limit: 20, at: .now).device
                            .id
                        var limits = JournalLimits()
                        limits.writeBehind.backoff = Backoff(shortest: .milliseconds(5), longest: .milliseconds(100))
                        let journal = LocationJournal(
                            url: postgres.url, limits: limits, on: loop, log: TestPostgres.log,
                            metrics: TestPostgres.metrics)
                        return FixStream(
                            journal: journal, device: device, firstToken: UInt64(number) << 32, book: book)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for stream in streams { await stream.journal.loop.run { stream.start() } }

            // In mid-stream, twice: the streams go on until both are over.
            var killed: Set<Int32> = []
            for _ in 0..<2 {
                await book.answered(book.committed.count + 3_000)
                let process = try #require(try await process(of: victim, not: killed, postgres, fixture))
                killed.insert(process)
                kill(process, SIGKILL)
            }
            await book.answered(book.committed.count + 3_000)
            var total = 0
            for stream in streams { total += await stream.journal.loop.run { stream.finish() } }
            await book.answered(total)
            #expect(book.refused.isEmpty)
            #expect(book.committed.count == total && book.committed.values.allSatisfy { $0 == 1 })
            let rows = try await fixture.query(
                "SELECT count(*), count(DISTINCT (device_id, captured_at)) FROM core.locations", on: postgres)
            #expect(rows[0].int64(0) == Int64(total) && rows[0].int64(1) == Int64(total))
            for stream in streams { #expect(await stream.journal.drain(within: .seconds(60)) == 0) }
            await database.close()
            await loops.stop()
            await postgres.stop()
        }
    }

    /// One to kill; it is waited for, because right after another was killed there may be none, nor a server to ask. Nothing if
    /// that takes a minute.
    private func process(
        of victim: Victim, not killed: Set<Int32>, _ postgres: PrivatePostgres, _ fixture: PrivateClusterFixture
    ) async throws -> Int32? {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while ContinuousClock.now < end {
            switch victim {
            case .postmaster:
                if let server = await postgres.processID(), !killed.contains(server) { return server }
            case .session:
                let sessions = try? await fixture.query(
                    "SELECT pid FROM pg_stat_activity WHERE query LIKE '%core.write_locations%' AND pid <> pg_backend_pid()",
                    on: postgres)
                if let session = sessions?.rows.compactMap({ $0.int32(0) }).first(where: {
                    !killed.contains($0)
                }) {
                    return session
                }
            }
            // What Postgres's processes are is to be asked for; nothing tells of it.
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }
}

/// Hands fixes to a journal a few at a time, as fast as its loop turns, and waits while the journal is congested.
///
/// `@unchecked Sendable`: confined to its journal's loop.
private final class FixStream: @unchecked Sendable {
    let journal: LocationJournal
    private let device: DeviceID
    private let firstToken: UInt64
    private let book: ReceiptBook
    private let firstMoment = Timestamp.now.advanced(by: .seconds(-3600))
    private var sent = 0
    private var timer: LoopTimer?

    init(journal: LocationJournal, device: DeviceID, firstToken: UInt64, book: ReceiptBook) {
        self.journal = journal
        self.device = device
        self.firstToken = firstToken
        self.book = book
    }

    func start() {
        journal.start()
        timer = journal.loop.schedule(after: .zero, every: .milliseconds(1)) { [weak self] in self?.sendSome() }
    }

    /// - Returns: How many fixes the journal has taken.
    func finish() -> Int {
        timer?.cancel()
        return sent
    }

    private func sendSome() {
        for _ in 0..<20 {
            let moment = firstMoment.advanced(by: .milliseconds(sent))
            let admission = journal.append(
                .sample(at: moment), of: device, receivedAt: .now, receipt: book.receipt(firstToken + UInt64(sent)))
            guard admission != .dropped else { return }
            sent += 1
            if admission == .congested { return }
        }
    }
}

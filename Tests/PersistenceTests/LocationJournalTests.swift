import EventLoop
import HubTesting
import Model
import Persistence
import Synchronization
import Testing

@Suite struct `A journal of locations` {
    /// A journal on the fixture's first loop, drained at the end.
    private func with(
        _ limits: JournalLimits = JournalLimits(),
        _ body: (LocationJournal, PersistenceFixture, PostgresDeviceStore) async throws -> Void
    ) async throws {
        try await PersistenceFixture.with { fixture in
            let journal = LocationJournal(
                url: fixture.test.url, limits: limits, on: fixture.loops.loops[0], log: TestPostgres.log,
                metrics: TestPostgres.metrics)
            await journal.loop.run { journal.start() }
            try await body(journal, fixture, PostgresDeviceStore(database: fixture.database))
            _ = await journal.drain(within: .seconds(10))
        }
    }

    private func device(_ store: PostgresDeviceStore) async throws -> DeviceID {
        try await store.register(.sample(group: "family"), limit: 20, at: .now).device.id
    }

    private func count(_ fixture: PersistenceFixture) async throws -> Int {
        Int(try await fixture.query("SELECT count(*) FROM core.locations")[0].int64(0) ?? -1)
    }

    @Test func `a fix is in the table with every member when its receipt comes`() async throws {
        try await with { journal, fixture, store in
            let device = try await device(store)
            let book = ReceiptBook()
            let now = Timestamp.now
            let fix = Fix.sample(at: now.advanced(by: .seconds(-3)))
            let bare = Fix(capturedAt: now, latitude: -90, longitude: 180, accuracy: 0)
            let admissions = await journal.loop.run {
                [
                    journal.append(fix, of: device, receivedAt: now, receipt: book.receipt(1)),
                    journal.append(bare, of: device, receivedAt: now, receipt: book.receipt(2)),
                ]
            }
            #expect(admissions == [.accepted, .accepted])
            await book.answered(2)
            #expect(book.committed == [1: 1, 2: 1])
            let rows = try await fixture.query(
                """
                SELECT created_at, captured_at, latitude, longitude, accuracy, altitude, bearing, speed, provider,
                       battery_level, network_type FROM core.locations ORDER BY captured_at
                """)
            #expect(rows.rowCount == 2)
            #expect(rows[0].timestamp(0) == now && rows[0].timestamp(1) == fix.capturedAt)
            #expect(rows[0].double(2) == fix.latitude && rows[0].double(3) == fix.longitude)
            #expect(rows[0].double(4) == fix.accuracy && rows[0].double(5) == fix.altitude)
            #expect(rows[0].double(6) == fix.bearing && rows[0].double(7) == fix.speed)
            #expect(rows[0].text(8) == "gps" && rows[0].int16(9) == 81 && rows[0].text(10) == "lte")
            #expect((5...10).allSatisfy { rows[1].isNull($0) })
        }
    }

    @Test func `stores nothing where that is turned off, and acknowledges after the caller has returned`() async throws
    {
        var limits = JournalLimits(lastSeenPeriod: .milliseconds(10))
        limits.storesFixes = false
        try await with(limits) { journal, fixture, store in
            let device = try await device(store)
            let book = ReceiptBook()
            let seen = Timestamp.now.advanced(by: .seconds(60))
            let early = await journal.loop.run {
                _ = journal.append(.sample(at: .now), of: device, receivedAt: .now, receipt: book.receipt(1))
                _ = journal.append([.sample(at: .now)], of: device, receivedAt: .now, receipt: book.receipt(2))
                _ = journal.append(.sample(at: .now), of: device, receivedAt: .now, receipt: nil)
                journal.touch(device, at: seen)
                return book.committed.count
            }
            #expect(early == 0)
            await book.answered(2)
            #expect(book.committed == [1: 1, 2: 1])
            #expect(await journal.loop.run { journal.heldRows } == 0)
            #expect(await journal.drain(within: .seconds(10)) == 0)
            #expect(try await count(fixture) == 0)
            #expect(try await store.device(device)?.lastSeenAt == seen)
            let late = await journal.loop.run {
                journal.append(.sample(at: .now), of: device, receivedAt: .now, receipt: book.receipt(3))
            }
            #expect(late == .dropped)
        }
    }

    @Test func `the same fix sent again is acknowledged and stored once`() async throws {
        try await with { journal, fixture, store in
            let device = try await device(store)
            let book = ReceiptBook()
            let fix = Fix.sample(at: .now)
            await journal.loop.run {
                for token in 0..<3 as Range<UInt64> {
                    _ = journal.append(fix, of: device, receivedAt: .now, receipt: book.receipt(token))
                }
                _ = journal.append([fix, fix], of: device, receivedAt: .now, receipt: book.receipt(3))
            }
            await book.answered(4)
            await journal.loop.run {
                _ = journal.append(fix, of: device, receivedAt: .now, receipt: book.receipt(4))
            }
            await book.answered(5)
            #expect(book.committed.count == 5 && book.refused.isEmpty)
            #expect(try await count(fixture) == 1)
        }
    }

    @Test func `a repeated fix makes one write in vain, and those after it are made with care`() async throws {
        try await with { journal, fixture, store in
            let device = try await device(store)
            let book = ReceiptBook()
            // A day without a partition, so that midnight parts nothing.
            let fixes = (0..<4).map { Fix.sample(at: Timestamp(milliseconds: 1_000_000_000_000 + $0)) }
            for (index, batch) in [[0], [0, 1], [0, 2], [3]].enumerated() {
                await journal.loop.run {
                    _ = journal.append(
                        batch.map { fixes[$0] }, of: device, receivedAt: .now, receipt: book.receipt(UInt64(index)))
                }
                await book.answered(index + 1)
            }
            #expect(book.committed.count == 4 && book.refused.isEmpty)
            // A row that was written in vain keeps its place: the second one, when the first batch with a repeat was taken
            // for new.
            let places = try await fixture.query("SELECT ctid::text FROM core.locations ORDER BY captured_at")
            #expect(places.rows.map { $0.text(0) } == ["(0,1)", "(0,3)", "(0,4)", "(0,5)"])
        }
    }

    private func isSomebodyWaitingForLocations(_ fixture: PersistenceFixture) async throws -> Bool {
        try await fixture.query(
            """
            SELECT EXISTS (
                SELECT FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
                WHERE NOT granted AND relation = 'core.locations'::regclass)
            """)[0].bool(0) == true
    }

    @Test func `a fix that waited for its device's erasure is refused, and leaves nothing behind`() async throws {
        try await with { journal, fixture, store in
            let device = try await device(store)
            let eraser = PostgresConnection(url: fixture.test.url, on: fixture.loops.loops[1])
            try await eraser.connected(within: .seconds(60))
            try await eraser.run(script: "BEGIN; SELECT FROM core.erase_device('\(device)', now(), NULL)")
            let book = ReceiptBook()
            await journal.loop.run {
                _ = journal.append(.sample(at: .now), of: device, receivedAt: .now, receipt: book.receipt(1))
            }
            let deadline = ContinuousClock.now + .seconds(30)
            while try await !isSomebodyWaitingForLocations(fixture) {
                try #require(ContinuousClock.now < deadline, "the batch has to wait for the erasure")
                try await Task.sleep(for: .milliseconds(5))
            }
            try await eraser.run(script: "COMMIT")
            await book.answered(1)
            #expect(book.refused == [1: [.deviceUnknown]])
            #expect(try await count(fixture) == 0)
            await eraser.closed()
        }
    }

    @Test func `a device that was erased is not remembered, and takes nothing from before when it is back`()
        async throws
    {
        try await with { journal, fixture, store in
            let (erased, other) = (try await device(store), try await device(store))
            let book = ReceiptBook()
            let start = Timestamp.now
            var token: UInt64 = 0
            // A location of each, which was received so many milliseconds after the start.
            func report(receivedAt later: Int) async throws {
                let first = token
                token += 2
                await journal.loop.run {
                    for (index, device) in [erased, other].enumerated() {
                        _ = journal.append(
                            .sample(at: start.advanced(by: .milliseconds(Int(first)))), of: device,
                            receivedAt: start.advanced(by: .milliseconds(later)),
                            receipt: book.receipt(first + UInt64(index)))
                    }
                }
                await book.answered(Int(first) + 2)
            }
            // Known, and known still.
            try await report(receivedAt: 0)
            try await report(receivedAt: 1)
            #expect(try await count(fixture) == 4)

            try await fixture.query("SELECT core.erase_device($1::uuid, now(), NULL)", erased.rawValue)
            try await report(receivedAt: 2)
            #expect(book.refused == [4: [.deviceUnknown]])
            #expect(try await count(fixture) == 3)

            var again = DeviceRegistration.sample(group: "family")
            again.id = erased
            _ = try await store.register(again, limit: 20, at: start.advanced(by: .seconds(60)))
            // After its return, from before it, and after it again.
            try await report(receivedAt: 70_000)
            #expect(try await count(fixture) == 5)
            try await report(receivedAt: 50_000)
            #expect(try await count(fixture) == 6)
            try await report(receivedAt: 80_000)
            #expect(try await count(fixture) == 8)
            #expect(book.refused == [4: [.deviceUnknown]])
        }
    }

    @Test func `a row Postgres refuses is found, and only its batch is refused, as a whole`() async throws {
        try await with { journal, fixture, store in
            let device = try await device(store)
            let book = ReceiptBook()
            let now = Timestamp.now
            let isBad: @Sendable (Int) -> Bool = { $0 % 23 == 7 }
            await journal.loop.run {
                for number in 0..<100 {
                    var fixes = (0..<3).map { Fix.sample(at: now.advanced(by: .milliseconds(number * 10 + $0))) }
                    // A NUL is text to Swift and none to Postgres; a latitude of 91 breaks a check.
                    if isBad(number) {
                        if number.isMultiple(of: 2) { fixes[1].provider = "g\0ps" } else { fixes[2].latitude = 91 }
                    }
                    _ = journal.append(fixes, of: device, receivedAt: now, receipt: book.receipt(UInt64(number)))
                }
            }
            await book.answered(100)
            #expect(Set(book.refused.keys) == Set((0..<100).filter(isBad).map(UInt64.init)))
            #expect(book.refused.values.allSatisfy { $0 == [.rowRefused] })
            #expect(book.committed.values.allSatisfy { $0 == 1 })
            let stored = try await count(fixture)
            #expect(stored == 3 * book.committed.count)
            #expect(await journal.loop.run { journal.heldRows } == 0)
        }
    }

    @Test func `fixes of a device that does not exist are refused, the others are stored`() async throws {
        try await with { journal, fixture, store in
            let (device, stranger) = (try await device(store), DeviceID.random())
            let book = ReceiptBook()
            let now = Timestamp.now
            await journal.loop.run {
                for number in 0..<20 {
                    let fix = Fix.sample(at: now.advanced(by: .milliseconds(number)))
                    _ = journal.append(
                        fix, of: number.isMultiple(of: 4) ? stranger : device, receivedAt: now,
                        receipt: book.receipt(UInt64(number)))
                }
            }
            await book.answered(20)
            #expect(Set(book.refused.keys) == [0, 4, 8, 12, 16])
            #expect(book.refused.values.allSatisfy { $0 == [.deviceUnknown] })
            #expect(try await count(fixture) == 15)
        }
    }

    @Test func `past the high-water mark fixes are dropped, and what was taken is kept until Postgres is back`()
        async throws
    {
        var limits = JournalLimits()
        limits.writeBehind.highWater = 100
        limits.writeBehind.backoff = Backoff(shortest: .milliseconds(1), longest: .milliseconds(10))
        try await with(limits) { journal, fixture, store in
            let device = try await device(store)
            // Nobody can write while the table is locked, which stands for a Postgres that is slow.
            let blocker = PostgresConnection(url: fixture.test.url, on: fixture.loops.loops[1])
            try await blocker.connected(within: .seconds(60))
            try await blocker.run(script: "BEGIN; LOCK TABLE core.locations IN ACCESS EXCLUSIVE MODE")
            let book = ReceiptBook()
            let now = Timestamp.now
            let admissions = await journal.loop.run {
                (0..<130).map { number in
                    journal.append(
                        .sample(at: now.advanced(by: .milliseconds(number))), of: device, receivedAt: now,
                        receipt: book.receipt(UInt64(number)))
                }
            }
            #expect(admissions == (0..<130).map { $0 < 50 ? .accepted : $0 < 100 ? .congested : .dropped })
            #expect(book.committed.isEmpty)
            try await blocker.run(script: "COMMIT")
            await book.answered(100)
            #expect(Set(book.committed.keys) == Set(0..<100))
            await blocker.closed()
            #expect(try await count(fixture) == 100)
        }
    }

    @Test func `draining writes what is held and refuses what comes after`() async throws {
        try await PersistenceFixture.with { fixture in
            let store = PostgresDeviceStore(database: fixture.database)
            let device = try await device(store)
            var limits = JournalLimits()
            limits.writeBehind.pace = .seconds(3600)
            limits.lastSeenPeriod = .seconds(3600)
            let journal = LocationJournal(
                url: fixture.test.url, limits: limits, on: fixture.loops.loops[0], log: TestPostgres.log,
                metrics: TestPostgres.metrics)
            let book = ReceiptBook()
            let now = Timestamp.now
            await journal.loop.run {
                journal.start()
                _ = journal.append(.sample(at: now), of: device, receivedAt: now, receipt: book.receipt(0))
            }
            await book.answered(1)
            let seen = now.advanced(by: .seconds(60))
            await journal.loop.run {
                _ = journal.append(
                    .sample(at: now.advanced(by: .seconds(1))), of: device, receivedAt: now, receipt: book.receipt(1))
                journal.touch(device, at: seen)
                journal.touch(device, at: now)
            }
            #expect(await journal.drain(within: .seconds(10)) == 0)
            #expect(book.committed == [0: 1, 1: 1])
            #expect(try await store.device(device)?.lastSeenAt == seen)
            let late = await journal.loop.run {
                journal.append(.sample(at: now), of: device, receivedAt: now, receipt: book.receipt(2))
            }
            #expect(late == .dropped)
        }
    }

    @Test func `what cannot be drained in time is refused as stopping`() async throws {
        let loop = try Loop.start()
        let journal = LocationJournal(
            url: "host=/nonexistent dbname=none", on: loop, log: TestPostgres.log, metrics: TestPostgres.metrics)
        let book = ReceiptBook()
        await loop.run {
            journal.start()
            _ = journal.append(
                [.sample(at: .now), .sample(at: Timestamp(milliseconds: 0))], of: .random(), receivedAt: .now,
                receipt: book.receipt(0))
        }
        #expect(await journal.drain(within: .milliseconds(50)) == 2)
        #expect(book.refused == [0: [.stopping]])
        await loop.stop()
    }

    @Test func `areas hear of committed fixes before their senders do, and never of refused ones`() async throws {
        try await with { journal, fixture, store in
            let device = try await device(store)
            let book = ReceiptBook()
            let area = FixCollector(book: book)
            let now = Timestamp.now
            await journal.loop.run {
                journal.subscriber = area
                for number in 0..<10 {
                    var fix = Fix.sample(at: now.advanced(by: .milliseconds(number)))
                    if number == 4 { fix.latitude = 200 }
                    _ = journal.append(
                        fix, of: number == 5 ? .random() : device, receivedAt: now,
                        receipt: book.receipt(UInt64(number)))
                }
            }
            await book.answered(10)
            #expect(
                Set(area.fixes.map { $0.fix.capturedAt.milliseconds - now.milliseconds })
                    == Set(0..<10).subtracting([4, 5]))
            #expect(area.fixes.allSatisfy { $0.device == device && $0.receivedAt == now })
            #expect(area.wasFirst)
            let stored = try await count(fixture)
            #expect(stored == 8)
        }
    }

    @Test func `two journals note sightings of the same devices without deadlocks, and the latest wins`() async throws {
        var limits = JournalLimits()
        limits.lastSeenPeriod = .milliseconds(2)
        try await with(limits) { journal, fixture, store in
            let other = LocationJournal(
                url: fixture.test.url, limits: limits, on: fixture.loops.loops[1], log: TestPostgres.log,
                metrics: TestPostgres.metrics)
            await other.loop.run { other.start() }
            var devices: [DeviceID] = []
            for number in 0..<50 {
                devices.append(
                    try await store.register(.sample(group: "g\(number % 5)"), limit: 20, at: .now).device.id)
            }
            let now = Timestamp.now
            for round in 0..<20 {
                for (journal, order) in [(journal, devices), (other, devices.reversed())] {
                    await journal.loop.run {
                        for device in order { journal.touch(device, at: now.advanced(by: .milliseconds(round))) }
                    }
                }
            }
            _ = await other.drain(within: .seconds(10))
            _ = await journal.drain(within: .seconds(10))
            let seen = try await fixture.query("SELECT DISTINCT last_seen_at FROM core.devices")
            #expect(seen.rows.map { $0.timestamp(0) } == [now.advanced(by: .milliseconds(19))])
        }
    }
}

/// An area that keeps what it hears, and whether the sender had been told before.
private final class FixCollector: CommittedFixSubscriber, Sendable {
    private let book: ReceiptBook
    private let state = Mutex<(fixes: [CommittedFix], wasFirst: Bool)>(([], true))

    init(book: ReceiptBook) { self.book = book }

    var fixes: [CommittedFix] { state.withLock { $0.fixes } }
    var wasFirst: Bool { state.withLock { $0.wasFirst } }

    func fixesCommitted(_ fixes: [CommittedFix]) {
        let told = book.committed.count
        state.withLock {
            $0.wasFirst = $0.wasFirst && told == $0.fixes.count
            $0.fixes += fixes
        }
    }
}

import FeatureKit
import HubTesting
import Jobs
import Model
import Persistence
import Synchronization
import Testing
import Wire

@testable import Accounts

@Suite(.timeLimit(.minutes(2))) struct `Notices of what somebody missed` {
    private static let here = ConversationID(UniqueID(high: 2, low: 1))

    /// Does a test's work when it is asked.
    private final class Judge: NoticeJudge {
        let decide: @Sendable ([Notice]) async throws -> [Notice]
        init(_ decide: @escaping @Sendable ([Notice]) async throws -> [Notice]) { self.decide = decide }
        func wanted(_ notices: [Notice]) async throws -> [Notice] { try await decide(notices) }
    }

    @Test func `come together in one mail, which has no text of theirs`() async throws {
        try await MailFixture.with { fixture in
            let (ada, bob) = (try await fixture.person("Ada"), try await fixture.person("Bob"))
            let gathering = fixture.gathering(try fixture.mailer())
            for seq in 1...3 {
                try await gathering.enqueue([
                    Notice(to: ada, .directMessage, conversation: Self.here, seq: Int64(seq), from: bob)
                ])
            }
            try await gathering.enqueue([Notice(to: ada, .invitation, from: bob)])
            // One job, which waits for more.
            #expect(try await fixture.jobCount() == 1)
            #expect(
                try await fixture.count(
                    "SELECT count(*) FROM core.jobs WHERE run_at > created_at + interval '50 seconds'") == 1)
            try await fixture.hurry()
            try await fixture.running(fixture.hub()) {
                let mail = try await fixture.server.mails(1)[0]
                #expect(mail["Subject"] == "3 new messages from Bob, 1 invitation")
                try await fixture.eventually("all is done") { try await fixture.jobCount() == 0 }
            }
            #expect(fixture.server.mails.count == 1)
            #expect(try await fixture.count("SELECT count(*) FROM accounts.notices") == 0)
        }
    }

    @Test func `are all told, each once, whatever comes while others are gathered`() async throws {
        try await MailFixture.with { fixture in
            var people: [UserID] = []
            for _ in 0..<4 {
                let person = try await fixture.person()
                var preferences = NotificationPreferences()
                preferences.channels = [RecordingChannel.name]
                try await fixture.store.set(preferences, of: person, at: fixture.clock.now)
                people.append(person)
            }
            var gathering = fixture.gathering(try fixture.mailer())
            gathering.pause = .milliseconds(1)
            let (queue, everybody) = (gathering, people)
            try await fixture.running(fixture.hub("hub-1"), fixture.hub("hub-2")) {
                try await withThrowingTaskGroup { group in
                    for worker in 0..<4 {
                        group.addTask {
                            for seq in 1...50 {
                                try await queue.enqueue(
                                    everybody.shuffled().map {
                                        Notice(
                                            to: $0, .groupMessage,
                                            conversation: ConversationID(UniqueID(high: 3, low: UInt64(seq % 3))),
                                            seq: Int64(worker * 1000 + seq))
                                    })
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await fixture.eventually("all are told") { try await fixture.jobCount() == 0 }
            }
            #expect(fixture.recorded.total == 4 * 50 * 4)
            #expect(try await fixture.count("SELECT count(*) FROM accounts.notices") == 0)
            #expect(try await fixture.count("SELECT count(*) FROM core.dead_jobs") == 0)
        }
    }

    @Test func `that come while their kind is gathered are told next`() async throws {
        try await MailFixture.with { fixture in
            let ada = try await fixture.person()
            var preferences = NotificationPreferences()
            preferences.channels = [RecordingChannel.name]
            try await fixture.store.set(preferences, of: ada, at: fixture.clock.now)
            let gathering = fixture.gathering(try fixture.mailer())
            let isFirst = Mutex(true)
            fixture.notifications.judge(
                with: Judge { notices in
                    if isFirst.withLock({ first in
                        defer { first = false }
                        return first
                    }) {
                        try await gathering.enqueue([
                            Notice(to: ada, .mention, conversation: Self.here, seq: 2),
                            Notice(to: ada, .groupMessage, conversation: Self.here, seq: 3),
                        ])
                    }
                    return notices
                })
            try await gathering.enqueue([Notice(to: ada, .mention, conversation: Self.here, seq: 1)])
            try await fixture.hurry()
            try await fixture.running(fixture.hub()) {
                try await fixture.eventually("both are told") {
                    try await fixture.hurry()
                    return fixture.recorded.all.count == 2
                }
            }
            #expect(fixture.recorded.all.map(\.digest.counts) == [[.mention: 1], [.mention: 1, .groupMessage: 1]])
        }
    }

    @Test func `are not told if an area says they came to nothing, or their reader wants none`() async throws {
        try await MailFixture.with { fixture in
            let (ada, bob) = (try await fixture.person(), try await fixture.person())
            var preferences = NotificationPreferences()
            preferences.messages = .direct
            try await fixture.store.set(preferences, of: bob, at: fixture.clock.now)
            fixture.notifications.judge(with: Judge { $0.filter { $0.recipient != ada } })
            let gathering = fixture.gathering(try fixture.mailer())
            try await gathering.enqueue([
                Notice(to: ada, .directMessage, conversation: Self.here, seq: 1),
                Notice(to: bob, .groupMessage, conversation: Self.here, seq: 1),
            ])
            try await fixture.hurry()
            try await fixture.running(fixture.hub()) {
                try await fixture.eventually("all is done") { try await fixture.jobCount() == 0 }
            }
            #expect(fixture.server.mails.isEmpty)
            #expect(try await fixture.count("SELECT count(*) FROM accounts.notices") == 0)
        }
    }

    @Test func `reach no address that may be another's, and the log without what they hold`() async throws {
        try await MailFixture.with { fixture in
            let ada = try await fixture.person("Ada", isVerified: false)
            let bob = try await fixture.person("Bob")
            var preferences = NotificationPreferences()
            preferences.channels = [EmailChannel.name, LogChannel.name, "carrier_pigeon"]
            try await fixture.store.set(preferences, of: ada, at: fixture.clock.now)
            let gathering = fixture.gathering(try fixture.mailer())
            try await gathering.enqueue([
                Notice(to: ada, .directMessage, conversation: Self.here, seq: 4711, from: bob),
                Notice(to: UserID(UniqueID(high: 404, low: 0)), .mention),
            ])
            try await fixture.hurry()
            try await fixture.running(fixture.hub()) {
                try await fixture.eventually("all is done") { try await fixture.jobCount() == 0 }
            }
            #expect(fixture.server.mails.isEmpty)
            let lines = fixture.log.text.split(separator: "\n").filter { $0.contains(#""message":"notices""#) }
            #expect(lines.count == 1)
            #expect(lines.first?.contains(ada.description) == true)
            #expect(!fixture.log.text.contains("Bob"))
            #expect(!fixture.log.text.contains("4711"))
            #expect(try await fixture.count("SELECT count(*) FROM core.dead_jobs") == 0)
        }
    }

    @Test func `of quiet hours are told when these end`() async throws {
        try await MailFixture.with { fixture in
            // 2027-01-15T08:00Z, which is 09:00 in Berlin.
            let ada = try await fixture.person()
            var preferences = NotificationPreferences()
            preferences.quietHours = QuietHours(start: 22 * 60, end: 9 * 60 + 30, timeZone: "Europe/Berlin")
            try await fixture.store.set(preferences, of: ada, at: fixture.clock.now)
            let gathering = fixture.gathering(try fixture.mailer())
            try await gathering.enqueue([Notice(to: ada, .directMessage, conversation: Self.here, seq: 1)])
            try await fixture.hurry()
            try await fixture.running(fixture.hub()) {
                try await fixture.eventually("it was put off") {
                    try await fixture.count(
                        """
                        SELECT count(*) FROM core.jobs WHERE attempts = 0 AND dedupe_key IS NOT NULL
                            AND run_at > clock_timestamp() + interval '29 minutes'
                            AND run_at < clock_timestamp() + interval '31 minutes'
                        """) == 1
                }
                #expect(fixture.server.mails.isEmpty)
                // What comes meanwhile joins it.
                try await gathering.enqueue([Notice(to: ada, .directMessage, conversation: Self.here, seq: 2)])
                fixture.clock.advance(by: .seconds(1800))
                try await fixture.eventually("one job waits") { try await fixture.jobCount() == 1 }
                try await fixture.hurry()
                #expect(try await fixture.server.mails(1)[0]["Subject"] == "2 new messages")
            }
        }
    }

    /// Moments and when the hours end that they lie in; nothing if they lie in none.
    @Test(
        arguments: [
            // A night, in winter.
            ("22:00", "07:00", "Europe/Berlin", "2026-01-10T20:59:59.000Z", nil),
            ("22:00", "07:00", "Europe/Berlin", "2026-01-10T21:00:00.000Z", "2026-01-11T06:00:00.000Z"),
            ("22:00", "07:00", "Europe/Berlin", "2026-01-11T05:59:59.000Z", "2026-01-11T06:00:00.000Z"),
            ("22:00", "07:00", "Europe/Berlin", "2026-01-11T06:00:00.000Z", nil),
            // The night in which an hour is skipped, and that in which one comes twice.
            ("22:00", "07:00", "Europe/Berlin", "2026-03-28T23:00:00.000Z", "2026-03-29T05:00:00.000Z"),
            ("22:00", "07:00", "Europe/Berlin", "2026-10-24T23:00:00.000Z", "2026-10-25T06:00:00.000Z"),
            // An end that the wall clock never shows, and one that it shows twice.
            ("01:00", "02:30", "Europe/Berlin", "2026-03-29T00:30:00.000Z", "2026-03-29T01:30:00.000Z"),
            ("01:00", "02:30", "Europe/Berlin", "2026-10-25T00:10:00.000Z", "2026-10-25T01:30:00.000Z"),
            // Within a day; across the date line; a zone with half an hour; another hemisphere's summer.
            ("12:00", "13:00", "UTC", "2026-06-01T12:30:00.000Z", "2026-06-01T13:00:00.000Z"),
            ("00:00", "00:01", "Pacific/Kiritimati", "2026-06-01T10:00:30.000Z", "2026-06-01T10:01:00.000Z"),
            ("23:30", "00:30", "Asia/Kolkata", "2026-06-01T18:45:00.000Z", "2026-06-01T19:00:00.000Z"),
            ("22:00", "06:00", "America/Sao_Paulo", "2026-06-02T08:00:00.000Z", "2026-06-02T09:00:00.000Z"),
            // A zone that nobody knows any more keeps nobody in silence.
            ("22:00", "07:00", "Atlantis/Capital", "2026-01-10T23:00:00.000Z", nil),
        ] as [(String, String, String, String, String?)])
    func `know quiet hours by the wall clock`(
        start: String, end: String, zone: String, moment: String, quietUntil: String?
    ) async throws {
        try await MailFixture.with(Self.server.value()) { fixture in
            let until = try await fixture.query(
                "SELECT accounts.quiet_until($1::smallint, $2::smallint, $3, $4::timestamptz)",
                QuietHours.minutes(start), QuietHours.minutes(end), zone, Timestamp(rfc3339: moment))[0].timestamp(0)
            #expect(until?.rfc3339 == quietUntil)
        }
    }

    /// One for those tests that send nothing.
    private static let server = Shared()

    private actor Shared {
        private var server: TestMailServer?

        func value() async throws -> TestMailServer {
            if let server { return server }
            let fresh = try await TestMailServer.start()
            server = fresh
            return fresh
        }
    }
}

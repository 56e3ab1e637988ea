import Glibc
import Model
import Persistence
import Testing
import Wire

/// Deletions of accounts that take long, and what is left of people after them: nothing.
@Suite(.timeLimit(.minutes(5)))
struct ErasureInPartsTests {
    @Test func `no table of any area names somebody who is gone`() async throws {
        try await RunningHub.with { running in
            let hub = running.address
            let (ada, ben) = (
                try await TestPerson.register(on: hub, "ada"), try await TestPerson.register(on: hub, "ben")
            )
            _ = try await ada.signIn()
            let device = try await running.give(ada, deviceIn: .fresh())
            try await HubAddress.fill(running, device, count: 20)
            // Groups: one of hers alone, one of hers that he is in, and one of his.
            let (shared, his) = (try await Circle.make(by: ada), try await Circle.make(by: ben))
            _ = try await Circle.make(by: ada)
            #expect(try await ben.post("/api/v1/invitations/\(try await shared.code())/join", "").status == 200)
            #expect(try await ada.post("/api/v1/invitations/\(try await his.code())/join", "").status == 200)
            // Conversations: of two, of many, and of none but her.
            let group = try await TestTalk.group([ada, ben])
            let alone = try await TestTalk.group([ada])
            let direct = try await ada.post("/api/v1/conversations", #"{"kind":"direct","userId":"\#(ben.id)"}"#)
            let directID = try #require(direct.json["id"]?.string)
            let secret = "walrus-\(ada.username)"
            let stream = try await ada.connect()
            for talk in [group, alone] {
                for number in 1...3 { _ = try await stream.say("\(secret) \(number)", in: talk) }
            }
            let name = UniqueID.version7(at: .now)
            #expect(
                try await ada.post(
                    "/api/v1/conversations/\(directID)/messages", #"{"clientId":"\#(name)","text":"\#(secret)"}"#
                ).status == 201)
            let answer = try await ben.post(
                "/api/v1/conversations/\(directID)/messages",
                #"{"clientId":"\#(UniqueID.version7(at: .now))","text":"his own"}"#)
            #expect(answer.status == 201)
            let thumb = "/api/v1/conversations/\(directID)/messages/2/reactions/%F0%9F%91%8D"
            #expect(try await ada.put(thumb, "").status == 204)
            #expect(try await ben.post("/api/v1/blocks", #"{"userId":"\#(ada.id)"}"#).status == 204)

            #expect(try await ada.deleteAccount().status == 204)
            // What the account left for its job, and what conversations left.
            let hasten = """
                UPDATE core.jobs SET run_at = clock_timestamp() WHERE kind = 'erase_account' AND dedupe_key = $1
                """
            _ = try await running.database.query(PostgresStatement(hasten, hasten).with(ada.id.description))
            let words = [ada.id.description, ada.username, ada.email, secret]
            try? await Support.eventually("nothing names her", within: .seconds(30)) {
                try await Traces.tables(naming: words, in: running.database).isEmpty
            }
            // The ones that do, if it was not in time.
            let left = try await Traces.tables(naming: words, in: running.database)
            #expect(left == [])
            #expect(try await running.count("SELECT count(*) FROM chat.conversations WHERE id = '\(alone.id)'") == 0)
            // What is his stays.
            let texts = try await ben.get("/api/v1/conversations/\(directID)/messages").json["messages"]?.array
            #expect(texts?.compactMap { $0["text"]?.string } == ["his own"])
            #expect(texts?.last?["reactions"]?.array?.isEmpty != false)
            #expect(try await shared.roles(seenBy: ben) == [ben.username: "owner"])
        }
    }

    @Test func `a hub that is killed in the middle of a deletion ends it when it is back`() async throws {
        try await HubProcess.with { hub in
            let (ada, ben) = (
                try await TestPerson.register(on: hub.address, "ada"),
                try await TestPerson.register(on: hub.address, "ben")
            )
            let (first, second) = (try await TestTalk.group([ada, ben]), try await TestTalk.group([ada, ben]))
            let count = 3_000
            try await hub.withDatabase { database in
                for talk in [first, second] { try await fill(talk, by: ada, count: count, in: database) }
                try await database.withConnection(within: .seconds(60)) { connection in
                    // A message of the second conversation is held, so that the erasure gets as far as there and no
                    // farther.
                    try await connection.run(
                        script: """
                            BEGIN;
                            SELECT FROM chat.messages WHERE conversation_id = '\(second.id)' AND seq = 1 FOR UPDATE
                            """)
                    let deletion = Task { try? await ada.deleteAccount() }
                    let hers = "SELECT count(*) FROM chat.messages WHERE sender_id = '\(ada.id)'"
                    try await Support.eventually("the first conversation is done", within: .seconds(60)) {
                        try await database.number(hers + " AND conversation_id = '\(first.id)'") == 0
                    }
                    hub.run.signal(SIGKILL)
                    _ = await hub.run.outcome()
                    #expect(await deletion.value?.status != 204)
                    #expect(try await database.number(hers) > 0)
                    try await connection.run(script: "ROLLBACK")
                }
            }
            try await hub.restart()
            #expect(try await ada.get("/api/v1/auth/me").status == 401)
            #expect(try await TestPerson.tryLogin(on: hub.address, email: ada.email).status == 401)
            // He is who he was.
            #expect(try await ben.get("/api/v1/auth/me").status == 200)
            let left = try await ben.get("/api/v1/conversations/\(second.id)").json
            #expect(left["members"]?.array?.count == 1)
            try await hub.withDatabase { database in
                _ = try await database.number(
                    """
                    WITH hastened AS (UPDATE core.jobs SET run_at = clock_timestamp() RETURNING 1)
                    SELECT count(*) FROM hastened
                    """)
                let words = [ada.id.description, ada.username, ada.email, "walrus"]
                try await Support.eventually("nothing names her", within: .seconds(60)) {
                    try await Traces.tables(naming: words, in: database).isEmpty
                }
                #expect(
                    try await database.number("SELECT count(*) FROM chat.messages WHERE text IS NULL") == 2 * count)
            }
        }
    }

    private func fill(_ talk: TestTalk, by person: TestPerson, count: Int, in database: Database) async throws {
        try await database.withConnection(within: .seconds(60)) { connection in
            try await connection.run(
                script: """
                    INSERT INTO chat.messages (conversation_id, seq, sender_id, client_id, text, sent_at)
                    SELECT '\(talk.id)', n, '\(person.id)', gen_random_uuid(), 'walrus ' || n, now()
                    FROM generate_series(1, \(count)) n;
                    UPDATE chat.conversations SET last_seq = \(count) WHERE id = '\(talk.id)'
                    """)
        }
    }
}

/// Looks through everything that is stored, in whichever table, also in ones that no test knows of.
enum Traces {
    /// The tables that have rows with one of `words`, in any column.
    ///
    /// The audit log is left out: that devices were erased, and by whom, is what it is for, until its retention is over.
    static func tables(naming words: [String], in database: Database) async throws -> [String] {
        let list = """
            SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'audit_log'
            ORDER BY 1
            """
        var named: [String] = []
        for row in try await database.query(PostgresQuery(PostgresStatement(list, list))).rows {
            guard let table = row.text(0) else { continue }
            // Payloads are bytes, which are written as hexadecimal digits.
            let search = """
                SELECT count(*) FROM \(table) t, unnest($1::text[]) word
                WHERE position(word IN t::text) > 0 OR position(encode(convert_to(word, 'UTF8'), 'hex') IN t::text) > 0
                """
            var parameters = PostgresParameters()
            parameters.append(array: words)
            let found = try await database.query(PostgresQuery(PostgresStatement(search, search), parameters))
            if (found[0].int64(0) ?? 0) > 0 { named.append(table) }
        }
        return named
    }
}

extension Database {
    /// The one number that a query gives.
    func number(_ sql: String) async throws -> Int {
        Int(try await query(PostgresQuery(PostgresStatement(sql, sql)))[0].int64(0) ?? -1)
    }
}

extension HubProcess {
    /// Connections of a test's own to the hub's private Postgres.
    func withDatabase<Value>(_ body: (Database) async throws -> Value) async throws -> Value {
        let database = Support.database(databaseURL)
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }
}

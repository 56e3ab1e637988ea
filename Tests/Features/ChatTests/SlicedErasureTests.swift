import EventLoop
import HubTesting
import Jobs
import Model
import Persistence
import Testing
import Wire

@testable import Chat

/// What is long is removed in parts, each a short transaction, whatever happens between two of them.
@Suite(.timeLimit(.minutes(5))) struct `Very much that was said` {
    /// Half of them by each; every tenth has a reaction of the other one's.
    private func fill(_ fixture: ChatFixture, _ id: ConversationID, count: Int) async throws {
        try await fixture.query(
            """
            INSERT INTO chat.messages (conversation_id, seq, sender_id, client_id, text, sent_at)
            SELECT $1::uuid, n, CASE WHEN n % 2 = 0 THEN $2::uuid ELSE $3::uuid END, gen_random_uuid(),
                'secret ' || n, now()
            FROM generate_series(1, $4::int) n
            """, id.rawValue, fixture.ada.rawValue, fixture.ben.rawValue, Int32(count))
        try await fixture.query(
            """
            INSERT INTO chat.reactions (conversation_id, seq, user_id, emoji, reacted_at)
            SELECT $1::uuid, n, CASE WHEN n % 20 = 0 THEN $3::uuid ELSE $2::uuid END, '👍', now()
            FROM generate_series(5, $4::int, 5) n
            """, id.rawValue, fixture.ada.rawValue, fixture.ben.rawValue, Int32(count))
        try await fixture.query(
            "UPDATE chat.conversations SET last_seq = $2::int WHERE id = $1::uuid", id.rawValue, Int32(count))
    }

    private func slicing(
        _ fixture: ChatFixture, rows: Int, conversations: Int = 100,
        _ body: (PostgresChatErasureStore) async throws -> Void
    ) async throws {
        try await body(
            PostgresChatErasureStore(database: fixture.database, conversations: conversations, rows: rows))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `goes with an account in slices that may be broken off anywhere`(seed: UInt64) async throws {
        try await ChatFixture.with { fixture in
            var random = SeededGenerator(seed: seed)
            let count = 20_000
            let id = try await fixture.group([fixture.ada, fixture.ben, fixture.cleo])
            try await fill(fixture, id, count: count)
            try await slicing(fixture, rows: 250) { store in
                let step = PersonErasure(store: store, chat: nil)
                #expect(try await step.withdraw(fixture.ada))
                #expect(try await !step.withdraw(fixture.ada))
                // She is out of it before anything has gone, and it has another owner.
                let state = try #require(try await fixture.store.load(id))
                #expect(!state.members.contains { $0.user == fixture.ada })
                #expect(state.members.count { $0.role == .owner } == 1)
                #expect(try await fixture.send("one more", to: id, by: fixture.ada) == .notMember)
                var slices = 0
                var until = Int.random(in: 1...20, using: &random)
                var hasMore = true
                while hasMore {
                    if slices == until {
                        try await killed(fixture, fixture.ada)
                        until += Int.random(in: 1...20, using: &random)
                    }
                    hasMore = try await step.erase(fixture.ada)
                    slices += 1
                }
                #expect(slices > 10_000 / 250)
            }
            // Nothing of hers is left, and all of his is; who has copies learns of every one.
            #expect(try await fixture.count("chat.messages WHERE sender_id IS NULL AND text IS NULL") == count / 2)
            #expect(try await fixture.count("chat.messages WHERE text IS NOT NULL") == count / 2)
            #expect(try await fixture.count("chat.reactions WHERE user_id = '\(fixture.ada)'") == 0)
            #expect(try await fixture.count("chat.reactions r JOIN chat.messages x USING (conversation_id, seq)") == 0)
            let changes = try await fixture.query(
                "SELECT count(*), count(DISTINCT change), max(change) FROM chat.messages WHERE change > 0")
            #expect(changes[0].int64(0) == changes[0].int64(1))
            #expect(
                try await fixture.count(
                    "chat.conversations WHERE id = '\(id)' AND last_change = \(changes[0].int64(2) ?? -1)") == 1)
            // What is left of her goes in a moment.
            try await fixture.erase(fixture.ada)
            #expect(try await fixture.count("core.users WHERE id = '\(fixture.ada)'") == 0)
        }
    }

    /// Does a slice whose hub is killed before it is committed.
    private func killed(_ fixture: ChatFixture, _ person: UserID) async throws {
        let left = "chat.messages WHERE sender_id = '\(person)'"
        let before = try await fixture.count(left)
        try await fixture.database.withConnection(within: .seconds(60)) { connection in
            try await connection.run(script: "BEGIN; SELECT chat.erase_person('\(person)', 250); ROLLBACK")
        }
        #expect(try await fixture.count(left) == before)
    }

    @Test func `in very many conversations goes in slices too`() async throws {
        try await ChatFixture.with { fixture in
            for _ in 0..<25 { _ = try await fixture.group([fixture.ada, fixture.ben]) }
            let alone = try await fixture.group([fixture.ada])
            let direct = try await fixture.direct(fixture.ada, fixture.cleo)
            try await fixture.send("hers", to: direct, by: fixture.ada)
            try await slicing(fixture, rows: 10, conversations: 10) { store in
                var sizes: [Int] = []
                while case let ids = try await store.withdraw(fixture.ada), !ids.isEmpty { sizes.append(ids.count) }
                #expect(sizes == [10, 10, 7])
            }
            #expect(try await fixture.count("chat.members WHERE role = 'owner' AND user_id = '\(fixture.ben)'") == 25)
            #expect(try await fixture.store.load(alone) == nil)
            // The other one may begin anew, with whoever is there.
            #expect(try await fixture.list(fixture.cleo) == [direct])
            #expect(
                try await fixture.count("chat.conversations WHERE pair_low IS NULL AND pair_high IS NULL") == 26)
        }
    }

    @Test func `in a group goes after its last member, who need not wait for it`() async throws {
        try await ChatFixture.with { fixture in
            try await fixture.addGroup("family")
            try await fixture.join("family", fixture.ada, role: "owner")
            try await fixture.join("family", fixture.ben)
            let id = try await fixture.conversation(of: "family")
            try await fill(fixture, id, count: 20_000)
            try await fixture.quit("family", fixture.ben)
            #expect(try await fixture.store.load(id) != nil)
            try await slicing(fixture, rows: 500) { store in
                try await fixture.quit("family", fixture.ada)
                #expect(try await fixture.store.load(id) == nil)
                #expect(try await fixture.texts(id, for: fixture.ada) == nil)
                #expect(try await fixture.count("chat.messages") == 20_000)
                #expect(try await fixture.erasures() == [id])
                // Whoever comes next finds none of it, while it goes.
                try await fixture.join("family", fixture.cleo, role: "owner")
                let next = try await fixture.conversation(of: "family")
                #expect(next != id)
                #expect(try await !store.erase(id))
                try await fixture.send("anybody?", to: next, by: fixture.cleo)
                try await ConversationEraser.erase(id, store)
                #expect(try await fixture.count("chat.conversations") == 1)
                #expect(try await fixture.count("chat.messages") == 1)
                // Done again after an end that nobody noted, and of one that people are in.
                try await ConversationEraser.erase(id, store)
                try await ConversationEraser.erase(next, store)
                #expect(try await fixture.texts(next, for: fixture.cleo) == ["anybody?"])
            }
        }
    }

    @Test func `goes after the last who left it has deleted it`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.group([fixture.ada, fixture.ben])
            try await fixture.send("hello", to: id, by: fixture.ada)
            for person in [fixture.ada, fixture.ben] {
                _ = try await fixture.store.leave(id, person, at: ChatFixture.now).get()
            }
            _ = try await fixture.store.forget(id, fixture.ada).get()
            #expect(try await fixture.erasures().isEmpty)
            _ = try await fixture.store.forget(id, fixture.ben).get()
            #expect(try await fixture.erasures() == [id])
            try await fixture.eraseRetired()
            #expect(try await fixture.count("chat.conversations") == 0)
            #expect(try await fixture.count("chat.messages") == 0)
        }
    }
}

extension ChatFixture {
    /// The conversations that jobs are to remove.
    func erasures() async throws -> [ConversationID] {
        let rows = try await query(
            "SELECT payload FROM core.jobs WHERE kind = $1 ORDER BY id", ConversationEraser.job.name)
        return rows.rows.compactMap { row in
            UniqueID(String(decoding: row.bytes(0) ?? [], as: UTF8.self)).map { ConversationID($0) }
        }
    }

    /// Does those jobs.
    func eraseRetired() async throws {
        let store = PostgresChatErasureStore(database: database, rows: 2)
        for id in try await erasures() { try await ConversationEraser.erase(id, store) }
    }
}

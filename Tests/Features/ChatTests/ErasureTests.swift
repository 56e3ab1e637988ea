import Model
import Persistence
import Testing
import Wire

@testable import Chat

@Suite struct `An account that is erased` {
    @Test func `leaves numbers without a sender or a text, and others learn of it`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.group([fixture.ada, fixture.ben, fixture.cleo])
            try await fixture.send(
                "secret", to: id, by: fixture.ada, attachment: .location(latitude: 1, longitude: 2, name: nil))
            try await fixture.send("answer", to: id, by: fixture.ben, replyTo: 1)
            let emoji = try #require(Emoji("👍"))
            _ = try await fixture.store.react(
                to: 2, of: id, by: fixture.ada, with: emoji, added: true, at: ChatFixture.now
            ).get()
            _ = try await fixture.store.react(
                to: 1, of: id, by: fixture.ben, with: emoji, added: true, at: ChatFixture.now
            ).get()
            try await fixture.erase(fixture.ada)
            let page = try #require(
                try await fixture.store.messages(of: id, for: fixture.ben, .changedSince(2), limit: 9))
            #expect(page.messages.map(\.sequence) == [1, 2])
            #expect(page.messages[0].text == nil && page.messages[0].from == nil)
            #expect(page.messages[0].attachment == nil && page.messages[0].deletedAt != nil)
            #expect(page.messages[1].text == "answer" && page.messages[1].reactions.isEmpty)
            #expect(try await fixture.found("secret", by: fixture.ben).isEmpty)
            let state = try #require(try await fixture.store.load(id))
            #expect(Set(state.members.map(\.user)) == [fixture.ben, fixture.cleo])
            #expect(state.members.count { $0.role == .owner } == 1)
            #expect(try await fixture.send("on", to: id, by: fixture.ben).storedSeq == 3)
            // Nothing names them any more, whatever the column.
            let dump = try await fixture.query(
                """
                SELECT (SELECT string_agg(c::text, '') FROM chat.conversations c)
                    || (SELECT string_agg(m::text, '') FROM chat.members m)
                    || (SELECT string_agg(x::text, '') FROM chat.messages x)
                    || (SELECT string_agg(r::text, '') FROM chat.reactions r) || ''
                """)
            let text = dump[0].text(0) ?? ""
            #expect(!text.contains(fixture.ada.description) && !text.contains("secret"))
        }
    }

    @Test func `leaves the other one of a direct conversation what they said, and nothing withheld`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            try await fixture.send("hers", to: id, by: fixture.ada)
            try await fixture.send("his", to: id, by: fixture.ben)
            try await fixture.block(fixture.ada, by: fixture.ben)
            try await fixture.send("into the void", to: id, by: fixture.ada)
            try await fixture.erase(fixture.ada)
            #expect(try await fixture.texts(id, for: fixture.ben) == [nil, "his"])
            #expect(try await fixture.count("chat.messages") == 2)
            #expect(try await fixture.send("anybody?", to: id, by: fixture.ben).storedSeq == 4)
            try await fixture.erase(fixture.ben)
            try await fixture.eraseRetired()
            #expect(try await fixture.count("chat.conversations") == 0)
            #expect(try await fixture.count("chat.messages") == 0)
        }
    }
}

@Suite struct `The conversation of a location group` {
    @Test func `follows the group's people in the same transaction`() async throws {
        try await ChatFixture.with { fixture in
            try await fixture.addGroup("family")
            try await fixture.join("family", fixture.ada, role: "owner")
            let id = try await fixture.conversation(of: "family")
            // Version 7, as all that the hub makes.
            #expect(id.rawValue.high >> 12 & 0xF == 7)
            try await fixture.send("early", to: id, by: fixture.ada)
            try await fixture.join("family", fixture.ben)
            try await fixture.send("hello", to: id, by: fixture.ben)
            #expect(try await fixture.texts(id, for: fixture.ben) == ["hello"])
            let listed = try await fixture.store.conversations(of: fixture.ben, after: nil, limit: 9)
            #expect(listed.map(\.name) == ["The familys"] && listed[0].group == GroupID("family"))
            #expect(
                try await fixture.store.load(id)?.members.map(\.role).sorted { $0.rawValue > $1.rawValue }
                    == [.owner, .member])
            try await fixture.quit("family", fixture.ben)
            #expect(try await fixture.send("still?", to: id, by: fixture.ben) == .notMember)
            #expect(try await fixture.texts(id, for: fixture.ben) == nil)
            let refused = try await fixture.store.leave(id, fixture.ada, at: ChatFixture.now)
            #expect(throws: ConversationRefusal.fixedMembers) { try refused.get() }
            try await fixture.query("DELETE FROM core.groups WHERE id = 'family'")
            try await fixture.eraseRetired()
            #expect(try await fixture.count("chat.messages") == 0)
            #expect(try await fixture.count("chat.conversations") == 0)
        }
    }

    @Test func `is not joined by a transaction that is rolled back`() async throws {
        try await ChatFixture.with { fixture in
            try await fixture.addGroup("family")
            await #expect(throws: (any Error).self) {
                try await fixture.database.withConnection(within: .seconds(60)) { connection in
                    try await connection.run(
                        script: """
                            BEGIN;
                            INSERT INTO core.group_members VALUES ('family', '\(fixture.ada)', 'owner');
                            SELECT 1 / 0;
                            """)
                }
            }
            #expect(try await fixture.count("chat.members") == 0)
            #expect(try await fixture.count("chat.conversations") == 0)
        }
    }

    /// The sender's hub has not heard of the removal.
    @Test func `takes nothing of somebody whose removal was committed while they sent`() async throws {
        try await ChatFixture.with { fixture in
            try await fixture.addGroup("family")
            try await fixture.join("family", fixture.ada, role: "owner")
            try await fixture.join("family", fixture.ben)
            let id = try await fixture.conversation(of: "family")
            let sending = try await fixture.database.withConnection(within: .seconds(60)) { connection in
                try await connection.run(
                    script: """
                        BEGIN; DELETE FROM core.group_members WHERE user_id = '\(fixture.ben)';
                        """)
                async let sent = fixture.send("late", to: id, by: fixture.ben)
                // It waits for the lock of the conversation's row, which the removal has.
                let waiting = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                while try await fixture.count(waiting) == 0 { await Task.yield() }
                try await connection.run(script: "COMMIT")
                return try await sent
            }
            #expect(sending == .notMember)
            #expect(try await fixture.count("chat.messages") == 0)
        }
    }
}

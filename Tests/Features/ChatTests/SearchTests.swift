import Model
import Testing
import Wire

@testable import Chat

@Suite struct `A search` {
    @Test func `finds words in any case and compatible form, in one's own conversations alone`() async throws {
        try await ChatFixture.with { fixture in
            let mine = try await fixture.direct(fixture.ada, fixture.ben)
            let others = try await fixture.direct(fixture.cleo, fixture.dan)
            try await fixture.send("Meet at the Harbour", to: mine, by: fixture.ada)
            try await fixture.send("the harbour is closed", to: mine, by: fixture.ben)
            try await fixture.send("harbour", to: others, by: fixture.cleo)
            // A ligature, and a letter with its accent apart.
            try await fixture.send("o\u{FB03}ce cafe\u{301}", to: mine, by: fixture.ada)
            #expect(try await fixture.found("HARBOUR", by: fixture.ada).count == 2)
            #expect(try await fixture.found("harbour -closed", by: fixture.ben) == ["Meet at the Harbour"])
            #expect(try await fixture.found("\"the harbour\" meet", by: fixture.ben) == ["Meet at the Harbour"])
            #expect(try await fixture.found("office café", by: fixture.ben).count == 1)
            #expect(try await fixture.found("harbour", by: fixture.cleo) == ["harbour"])
            #expect(try await fixture.found("harbour", by: fixture.people[3]) == ["harbour"])
        }
    }

    @Test(arguments: [
        "", "!!!", "'", "\"", "-", "& | ! <->", "\\", "a:*", "(((", "''::tsquery", "\"\"\" or or or - -", "%_%",
        String(repeating: "\"a\" or -", count: 25), "\u{202E}\u{200B}", "or", "-nothing",
    ])
    func `takes anything for a query, and shows nothing of others`(query: String) async throws {
        try await ChatFixture.with { fixture in
            let mine = try await fixture.direct(fixture.ada, fixture.ben)
            let others = try await fixture.direct(fixture.cleo, fixture.dan)
            try await fixture.send("mine a", to: mine, by: fixture.ada)
            try await fixture.send("theirs a or \u{1}\(others)", to: others, by: fixture.cleo)
            let found = try await fixture.found(query, by: fixture.ada)
            #expect(found.allSatisfy { $0 == "mine a" })
            // Nobody's words are a conversation's.
            #expect(try await fixture.found("\(others)", by: fixture.ada).isEmpty)
        }
    }

    @Test func `answers in pages, the newest first, also of one moment`() async throws {
        try await ChatFixture.with { fixture in
            let ids = [
                try await fixture.direct(fixture.ada, fixture.ben),
                try await fixture.group([fixture.ada, fixture.cleo]),
            ]
            for number in 0..<17 {
                let moment = ChatFixture.now.advanced(by: .seconds(number / 6))
                try await fixture.send("needle \(number)", to: ids[number % 2], by: fixture.ada, at: moment)
            }
            var found: [PostgresConversationStore.Found] = []
            while true {
                let page = try await fixture.store.search(
                    "needle", for: fixture.ada, after: found.last?.position, limit: 4)
                if page.isEmpty { break }
                found += page
            }
            #expect(Set(found.map(\.message.text)).count == 17 && found.count == 17)
            #expect(found.map(\.message.sentAt) == found.map(\.message.sentAt).sorted(by: >))
        }
    }
}

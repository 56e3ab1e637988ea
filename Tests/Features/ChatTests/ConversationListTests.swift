import Model
import Testing
import Wire

@testable import Chat

@Suite struct `The list of conversations` {
    @Test func `begins with the one that was spoken in last, in pages that lose and repeat none`() async throws {
        try await ChatFixture.with { fixture in
            var ids: [ConversationID] = []
            for number in 0..<12 {
                let id = try await fixture.group([fixture.ada, fixture.ben])
                // Several of one moment.
                let moment = ChatFixture.now.advanced(by: .seconds(number / 3))
                try await fixture.send("\(number)", to: id, by: fixture.ben, at: moment)
                ids.append(id)
            }
            var found: [ConversationSummary] = []
            while true {
                let last = found.last.map { (moment: $0.position, id: $0.id) }
                let page = try await fixture.store.conversations(of: fixture.ada, after: last, limit: 5)
                if page.isEmpty { break }
                found += page
            }
            #expect(found.count == 12 && Set(found.map(\.id)) == Set(ids))
            #expect(Set(found.prefix(3).map(\.id)) == Set(ids.suffix(3)))
            #expect(found.allSatisfy { $0.unreadCount == 1 && $0.lastSeq == 1 && $0.lastMessage != nil })
            try await fixture.send("again", to: ids[0], by: fixture.ada, at: ChatFixture.now.advanced(by: .seconds(9)))
            #expect(try await fixture.list(fixture.ada).first == ids[0])
        }
    }

    @Test func `shows a direct conversation to the other one from the first message on`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            #expect(try await fixture.list(fixture.ada) == [id])
            #expect(try await fixture.list(fixture.ben).isEmpty)
            let outcome = try await fixture.send("hello", to: id, by: fixture.ada)
            guard case .stored(let stored) = outcome else { throw ChatFixture.Missing(what: "message") }
            #expect(stored.revealedTo == [fixture.ben])
            let listed = try await fixture.store.conversations(of: fixture.ben, after: nil, limit: 9)
            #expect(listed.map(\.id) == [id] && listed[0].members?.count == 2)
        }
    }

    @Test func `a pair has one direct conversation, also if both start it at once`() async throws {
        try await ChatFixture.with(loops: 4) { fixture in
            let (ada, ben) = (fixture.ada, fixture.ben)
            let opened = try await withThrowingTaskGroup(of: (ConversationID, Bool).self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let opened = try await fixture.store.openDirect(
                            by: number % 2 == 0 ? ada : ben, with: number % 2 == 0 ? ben : ada, at: ChatFixture.now
                        ).get()
                        return (opened.id, opened.isNew)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(opened.map(\.0)).count == 1)
            #expect(opened.count { $0.1 } == 1)
            #expect(try await fixture.count("chat.members") == 2)
            let nobody = UserID(.version7(at: ChatFixture.now))
            for other in [nobody, ada] {
                let refused = try await fixture.store.openDirect(by: ada, with: other, at: ChatFixture.now)
                #expect(throws: ConversationRefusal.unknownUser) { _ = try refused.get() }
            }
        }
    }

    @Test func `a conversation that was deleted for oneself comes back without what was before`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            try await fixture.send("before", to: id, by: fixture.ada)
            try await fixture.store.forget(id, fixture.ben).get()
            #expect(try await fixture.list(fixture.ben).isEmpty)
            #expect(try await fixture.texts(id, for: fixture.ben) == [])
            #expect(try await fixture.found("before", by: fixture.ben).isEmpty)
            #expect(try await fixture.texts(id, for: fixture.ada) == ["before"])
            try await fixture.send("after", to: id, by: fixture.ada)
            #expect(try await fixture.list(fixture.ben) == [id])
            #expect(try await fixture.texts(id, for: fixture.ben) == ["after"])
            #expect(try await fixture.store.unread(of: fixture.ben) == [id: 1])
        }
    }
}

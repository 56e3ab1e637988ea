import Model
import Testing
import Wire

@testable import Chat

/// Whoever is blocked can neither reach the blocker nor tell (docs/adr/0030).
@Suite struct `A blocked person` {
    @Test func `sends, edits and reacts as ever, and nothing of it is seen`() async throws {
        try await ChatFixture.with { fixture in
            let (ada, ben) = (fixture.ada, fixture.ben)
            let id = try await fixture.direct(ada, ben)
            let now = ChatFixture.now
            try await fixture.send("seen by both", to: id, by: ben)
            try await fixture.send("before", to: id, by: ada)
            try await fixture.block(ben, by: ada)
            let outcome = try await fixture.send("unseen", to: id, by: ben)
            guard case .stored(let stored) = outcome else {
                Issue.record("it was not stored")
                return
            }
            #expect(stored.seq == 3 && stored.sentAt == now && stored.isWithheld && stored.revealedTo.isEmpty)
            let edited = try await fixture.store.edit(
                1, of: id, by: ben, to: MessageText("rewritten"), at: now
            ).get()
            #expect(edited.change.audience == .only(ben) && edited.message.text == "rewritten")
            let emoji = try #require(Emoji("👍"))
            let reacted = try await fixture.store.react(
                to: 2, of: id, by: ben, with: emoji, added: true, at: now
            ).get()
            #expect(reacted?.audience == .only(ben))
            // The sender sees what everybody sees whose messages arrive.
            #expect(try await fixture.texts(id, for: ben) == ["rewritten", "before", "unseen"])
            let own = try #require(try await fixture.store.messages(of: id, for: ben, .since(0), limit: 9))
            #expect(own.messages[0].editedAt == now && own.messages[1].reactions.count == 1 && own.lastSeq == 3)
            #expect(try await fixture.found("unseen", by: ben) == ["unseen"])
            // The blocker, nothing.
            let other = try #require(try await fixture.store.messages(of: id, for: ada, .since(0), limit: 9))
            #expect(other.messages.map(\.text) == ["seen by both", "before"])
            #expect(other.messages[0].editedAt == nil && other.messages[1].reactions.isEmpty && other.lastSeq == 2)
            #expect(try await fixture.found("unseen", by: ada).isEmpty)
            #expect(try await fixture.store.unread(of: ada) == [id: 1])
            let listed = try #require(try await fixture.store.conversation(id, for: ada))
            #expect(listed.lastMessage?.text == "before" && listed.lastSeq == 2)
            // Not after the block is lifted either; what comes then does.
            try await fixture.unblock(ben, by: ada)
            try await fixture.send("later", to: id, by: ben)
            #expect(try await fixture.texts(id, for: ada) == ["seen by both", "before", "later"])
        }
    }

    @Test func `finds a message by the text that they see, and the blocker by the one that the blocker sees`()
        async throws
    {
        try await ChatFixture.with { fixture in
            let (ada, ben) = (fixture.ada, fixture.ben)
            let id = try await fixture.direct(ada, ben)
            try await fixture.send("harbour at noon", to: id, by: ben)
            try await fixture.block(ben, by: ada)
            _ = try await fixture.store.edit(
                1, of: id, by: ben, to: MessageText("station at noon"), at: ChatFixture.now)
            #expect(try await fixture.found("harbour", by: ben).isEmpty)
            #expect(try await fixture.found("station", by: ben) == ["station at noon"])
            #expect(try await fixture.found("noon -harbour", by: ben) == ["station at noon"])
            #expect(try await fixture.found("harbour", by: ada) == ["harbour at noon"])
            #expect(try await fixture.found("station", by: ada).isEmpty)
            // Once the block is lifted, the next edit is everybody's.
            try await fixture.unblock(ben, by: ada)
            _ = try await fixture.store.edit(1, of: id, by: ben, to: MessageText("bridge at noon"), at: ChatFixture.now)
            for person in [ada, ben] {
                #expect(try await fixture.found("noon", by: person) == ["bridge at noon"])
                #expect(try await fixture.found("station", by: person).isEmpty)
            }
        }
    }

    @Test func `cannot be written to, reacted to or edited for by the blocker, who may delete`() async throws {
        try await ChatFixture.with { fixture in
            let (ada, ben) = (fixture.ada, fixture.ben)
            let id = try await fixture.direct(ada, ben)
            try await fixture.send("mine", to: id, by: ada)
            try await fixture.block(ben, by: ada)
            #expect(try await fixture.send("more", to: id, by: ada) == .recipientBlocked)
            let emoji = try #require(Emoji("👍"))
            let (edit, reaction) = (
                try await fixture.store.edit(1, of: id, by: ada, to: MessageText("x"), at: ChatFixture.now),
                try await fixture.store.react(to: 1, of: id, by: ada, with: emoji, added: true, at: ChatFixture.now)
            )
            #expect(throws: ConversationRefusal.recipientBlocked) { _ = try edit.get() }
            #expect(throws: ConversationRefusal.recipientBlocked) { _ = try reaction.get() }
            let change = try await fixture.store.delete(1, of: id, by: ada, at: ChatFixture.now).get()
            #expect(change.audience == .members)
            #expect(try await fixture.texts(id, for: ben) == [nil])
        }
    }

    @Test func `starts a conversation that the blocker never sees`() async throws {
        try await ChatFixture.with { fixture in
            let (ada, ben) = (fixture.ada, fixture.ben)
            try await fixture.block(ben, by: ada)
            let id = try await fixture.direct(ben, ada)
            try await fixture.send("hello?", to: id, by: ben)
            #expect(try await fixture.list(ada).isEmpty)
            #expect(try await fixture.list(ben) == [id])
            try await fixture.unblock(ben, by: ada)
            // The same conversation, without what was said into the void.
            #expect(try await fixture.direct(ada, ben) == id)
            #expect(try await fixture.texts(id, for: ada) == [])
        }
    }

    @Test func `adds the blocker to a group as far as the others can see, until somebody else does`() async throws {
        try await ChatFixture.with { fixture in
            let (ada, ben, cleo) = (fixture.ada, fixture.ben, fixture.cleo)
            try await fixture.block(ben, by: ada)
            let created = try await fixture.store.createGroup(
                by: ben, name: "Trip", with: [ada, cleo], at: ChatFixture.now
            ).get()
            #expect(created.added == [cleo])
            let id = created.id
            try await fixture.send("one", to: id, by: ben)
            let members = try await fixture.store.members(of: [id], for: ben)[id]
            #expect(Set(members?.map(\.user) ?? []) == [ada, ben, cleo])
            #expect(try await fixture.list(ada).isEmpty)
            #expect(try await fixture.texts(id, for: ada) == nil)
            #expect(try await fixture.send("me", to: id, by: ada) == .notMember)
            #expect(try await fixture.store.add([ada], to: id, by: ben, at: ChatFixture.now).get() == [])
            #expect(try await fixture.store.add([ada], to: id, by: cleo, at: ChatFixture.now).get() == [ada])
            try await fixture.send("two", to: id, by: ben)
            #expect(try await fixture.texts(id, for: ada) == ["two"])
        }
    }
}

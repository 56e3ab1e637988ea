import HubTesting
import Model
import Testing
import Wire

@testable import Chat

/// What is read once for all is shown to each by the rules of the statements that read it for one.
@Suite struct `Messages as they are stored` {
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `are shown to everybody who takes part as their own page shows them`(seed: UInt64) async throws {
        try await ChatFixture.with { fixture in
            var random = SeededGenerator(seed: seed)
            let pair = [fixture.ada, fixture.ben]
            let talks: [(id: ConversationID, people: [UserID])] = [
                (try await fixture.direct(pair[0], pair[1]), pair),
                (try await fixture.group(fixture.people), fixture.people),
            ]
            let emojis = [Emoji("👍"), Emoji("🎉")].compactMap { $0 }
            for step in 0..<120 {
                guard let talk = talks.randomElement(using: &random),
                    let person = talk.people.randomElement(using: &random),
                    let emoji = emojis.randomElement(using: &random)
                else { continue }
                let number = Int64.random(in: 1...30, using: &random)
                let now = ChatFixture.now.advanced(by: .seconds(step))
                let store = fixture.store
                switch Int.random(in: 0..<12, using: &random) {
                case 0...4: try await fixture.send("text \(step)", to: talk.id, by: person, at: now)
                case 5:
                    _ = try await store.edit(number, of: talk.id, by: person, to: MessageText("new \(step)"), at: now)
                case 6: _ = try await store.delete(number, of: talk.id, by: person, at: now)
                case 7, 8:
                    _ = try await store.react(
                        to: number, of: talk.id, by: person, with: emoji, added: .random(using: &random), at: now)
                case 9:
                    let other = person == pair[0] ? pair[1] : pair[0]
                    try await fixture.block(other, by: person)
                case 10: try await fixture.query("DELETE FROM core.blocks")
                default: _ = try await store.forget(talk.id, person)
                }
            }
            for talk in talks {
                let state = try #require(try await fixture.store.load(talk.id))
                let page = try #require(
                    try await fixture.store.storedMessages(of: talk.id, after: 0, through: .max, limit: 200))
                #expect(page.membersVersion == state.membersVersion)
                #expect(!page.hasMore && !page.messages.isEmpty)
                for member in state.members {
                    let own = try await fixture.store.messages(of: talk.id, for: member.user, .since(0), limit: 200)
                    #expect(page.messages.compactMap { $0.seen(by: member) } == own?.messages)
                    let shown = page.messages.flatMap { $0.shown(to: state.members) }
                    #expect(shown.filter { $0.to.contains(member) }.map(\.message) == own?.messages)
                }
            }
        }
    }

    @Test func `come in pages, up to the last that is asked for`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            for number in 1...7 { try await fixture.send("text \(number)", to: id, by: fixture.ada) }
            let page = try #require(try await fixture.store.storedMessages(of: id, after: 1, through: 6, limit: 3))
            #expect(page.messages.map(\.message.sequence) == [2, 3, 4] && page.hasMore)
            let last = try #require(try await fixture.store.storedMessages(of: id, after: 4, through: 6, limit: 3))
            #expect(last.messages.map(\.message.sequence) == [5, 6] && !last.hasMore)
            let none = try #require(try await fixture.store.storedMessages(of: id, after: 7, through: 9, limit: 3))
            #expect(none.messages.isEmpty && !none.hasMore)
            let nowhere = ConversationID(.version7(at: ChatFixture.now))
            #expect(try await fixture.store.storedMessages(of: nowhere, after: 0, through: 9, limit: 3) == nil)
        }
    }

    @Test func `are counted with who deleted the conversation for themselves`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            try await fixture.send("text", to: id, by: fixture.ada)
            let before = try #require(try await fixture.store.load(id)).membersVersion
            _ = try await fixture.store.forget(id, fixture.ben)
            #expect(try #require(try await fixture.store.load(id)).membersVersion > before)
        }
    }
}

import Model
import Testing
import Wire

@testable import Chat

@Suite struct `A conversation is read in pages` {
    @Test func `both ways, without losing or repeating any`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            for number in 1...23 { try await fixture.send("\(number)", to: id, by: fixture.ada) }
            var seqs: [Int64] = []
            while true {
                let page = try #require(
                    try await fixture.store.messages(of: id, for: fixture.ben, .since(seqs.last ?? 0), limit: 5))
                seqs += page.messages.map(\.sequence)
                #expect(page.lastSeq == 23)
                if !page.hasMore { break }
            }
            #expect(seqs == Array(1...23))
            var back: [Int64] = []
            while true {
                let page = try #require(
                    try await fixture.store.messages(
                        of: id, for: fixture.ben, .before(back.first ?? .max), limit: 5))
                back = page.messages.map(\.sequence) + back
                if !page.hasMore { break }
            }
            #expect(back == Array(1...23))
            let end = try #require(try await fixture.store.messages(of: id, for: fixture.ben, .since(23), limit: 5))
            #expect(end.messages.isEmpty && !end.hasMore)
        }
    }

    @Test func `what was changed meanwhile comes in the order of the changes`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.group([fixture.ada, fixture.ben])
            for number in 1...5 { try await fixture.send("\(number)", to: id, by: fixture.ada) }
            let now = ChatFixture.now
            let emoji = try #require(Emoji("👍"))
            _ = try await fixture.store.edit(
                4, of: id, by: fixture.ada, to: MessageText("four"), at: now
            ).get()
            _ = try await fixture.store.delete(2, of: id, by: fixture.ada, at: now).get()
            let last = try await fixture.store.react(
                to: 5, of: id, by: fixture.ben, with: emoji, added: true, at: now
            ).get()
            #expect(last == .init(change: 3, audience: .members))
            let all = try #require(
                try await fixture.store.messages(of: id, for: fixture.ben, .changedSince(0), limit: 2))
            #expect(all.messages.map(\.sequence) == [4, 2] && all.hasMore && all.lastChange == 3)
            #expect(all.messages[0].text == "four" && all.messages[0].editedAt == now)
            #expect(all.messages[1].text == nil && all.messages[1].deletedAt == now)
            let rest = try #require(
                try await fixture.store.messages(of: id, for: fixture.ada, .changedSince(2), limit: 2))
            #expect(rest.messages.map(\.sequence) == [5] && !rest.hasMore)
            #expect(rest.messages[0].reactions == [.init(emoji: "👍", users: [fixture.ben])])
            // Taken back, it is a change too; taken back twice, none.
            let back = try await fixture.store.react(
                to: 5, of: id, by: fixture.ben, with: emoji, added: false, at: now
            ).get()
            #expect(back?.change == 4)
            let again = try await fixture.store.react(
                to: 5, of: id, by: fixture.ben, with: emoji, added: false, at: now
            ).get()
            #expect(again == nil)
        }
    }
}

@Suite struct `A message is changed by its sender alone, for a day` {
    @Test func `what is refused, and why`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.group([fixture.ada, fixture.ben])
            let now = ChatFixture.now
            for number in 1...3 { try await fixture.send("\(number)", to: id, by: fixture.ada, at: now) }
            let text = try MessageText("other")
            func edit(_ seq: Int64, _ user: UserID, at moment: Timestamp) async throws -> ConversationRefusal? {
                switch try await fixture.store.edit(seq, of: id, by: user, to: text, at: moment) {
                case .success: nil
                case .failure(let refusal): refusal
                }
            }
            let day = Duration.seconds(86_400)
            #expect(try await edit(1, fixture.ben, at: now) == .forbidden)
            #expect(try await edit(9, fixture.ada, at: now) == .messageNotFound)
            #expect(try await edit(1, fixture.cleo, at: now) == .notFound)
            #expect(try await edit(1, fixture.ada, at: now.advanced(by: day + .milliseconds(1))) == .tooLate)
            #expect(try await edit(1, fixture.ada, at: now.advanced(by: day)) == nil)
            _ = try await fixture.store.delete(2, of: id, by: fixture.ada, at: now).get()
            #expect(try await edit(2, fixture.ada, at: now) == .messageNotFound)
            #expect(try await fixture.store.delete(2, of: id, by: fixture.ada, at: now) == .failure(.messageNotFound))
            #expect(try await fixture.store.delete(3, of: id, by: fixture.ben, at: now) == .failure(.forbidden))
            #expect(try await fixture.texts(id, for: fixture.ben) == ["other", nil, "3"])
        }
    }

    @Test func `a message takes ten reactions of one person, and none once it is deleted`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.group([fixture.ada, fixture.ben])
            let now = ChatFixture.now
            try await fixture.send("text", to: id, by: fixture.ada)
            let emojis = ["👍", "👎", "😀", "😃", "😄", "😁", "😆", "😅", "🤣", "😂", "🙂"].compactMap(Emoji.init)
            try #require(emojis.count == 11)
            for emoji in emojis.dropLast() {
                _ = try await fixture.store.react(to: 1, of: id, by: fixture.ben, with: emoji, added: true, at: now)
                    .get()
            }
            func react(_ emoji: Emoji, _ user: UserID) async throws -> ConversationRefusal? {
                switch try await fixture.store.react(to: 1, of: id, by: user, with: emoji, added: true, at: now) {
                case .success: nil
                case .failure(let refusal): refusal
                }
            }
            #expect(try await react(emojis[10], fixture.ben) == .tooManyReactions)
            #expect(try await react(emojis[0], fixture.ben) == nil)
            #expect(try await react(emojis[0], fixture.cleo) == .notFound)
            #expect(try await react(emojis[0], fixture.ada) == nil)
            let page = try #require(try await fixture.store.messages(of: id, for: fixture.ada, .since(0), limit: 9))
            let first = try #require(page.messages[0].reactions.first)
            #expect(first.emoji == "👍" && Set(first.users) == [fixture.ben, fixture.ada])
            _ = try await fixture.store.delete(1, of: id, by: fixture.ada, at: now).get()
            #expect(try await react(emojis[1], fixture.ada) == .messageNotFound)
            #expect(try await fixture.count("chat.reactions") == 0)
        }
    }
}

import Model
import Testing
import Wire

@testable import Chat

@Suite struct `Read marks` {
    @Test func `go forward, not beyond the end, and count what is unread`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            for number in 1...5 { try await fixture.send("\(number)", to: id, by: fixture.ada) }
            try await fixture.send("mine", to: id, by: fixture.ben)
            func mark(_ user: UserID, _ seq: Int64) -> ReadMark { ReadMark(conversation: id, user: user, seq: seq) }
            #expect(try await fixture.store.unread(of: fixture.ben) == [id: 5])
            #expect(try await fixture.store.unread(of: fixture.ada) == [id: 1])
            let outcomes = try await fixture.store.mark([
                mark(fixture.ben, 2), mark(fixture.ben, 7), mark(fixture.cleo, 1), mark(fixture.ben, 3),
            ])
            #expect(outcomes[1...2] == [.beyondEnd, .notMember])
            #expect(outcomes[3] == .marked(seq: 3, moved: true))
            #expect(try await fixture.store.mark([mark(fixture.ben, 1)]) == [.marked(seq: 3, moved: false)])
            #expect(try await fixture.store.unread(of: fixture.ben) == [id: 2])
            _ = try await fixture.store.delete(5, of: id, by: fixture.ada, at: ChatFixture.now).get()
            #expect(try await fixture.store.unread(of: fixture.ben) == [id: 1])
            #expect(try await fixture.store.mark([mark(fixture.ben, 6)]) == [.marked(seq: 6, moved: true)])
            #expect(try await fixture.store.unread(of: fixture.ben).isEmpty)
        }
    }

    @Test func `unread messages of one conversation are counted up to a thousand`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            for batch in 0..<3 {
                let messages = try (0..<400).map { number in
                    NewMessage(
                        conversation: id, sender: fixture.ada,
                        clientID: UniqueID(high: UInt64(batch), low: UInt64(number)),
                        text: try MessageText("text"))
                }
                _ = try await fixture.store.append(messages, at: ChatFixture.now)
            }
            #expect(try await fixture.store.unread(of: fixture.ben) == [id: 1000])
            let listed = try await fixture.store.conversations(of: fixture.ben, after: nil, limit: 9)
            #expect(listed.map(\.unreadCount) == [1000] && listed[0].lastSeq == 1200)
        }
    }
}

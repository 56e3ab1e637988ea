import HubTesting
import Model
import Persistence
import Testing
import Wire

@testable import Chat

/// Numbers are the conversation's, whoever writes.
@Suite struct `Messages are numbered in the order in which they are stored` {
    @Test func `one batch for several conversations numbers each by itself`() async throws {
        try await ChatFixture.with { fixture in
            let (one, two) = (
                try await fixture.direct(fixture.ada, fixture.ben),
                try await fixture.group([fixture.ada, fixture.cleo])
            )
            let messages = try (0..<6).map { number in
                NewMessage(
                    conversation: number % 2 == 0 ? one : two, sender: fixture.ada,
                    clientID: .version7(at: ChatFixture.now), text: try MessageText("text \(number)"))
            }
            let outcomes = try await fixture.store.append(messages, at: ChatFixture.now)
            #expect(outcomes.map(\.storedSeq) == [1, 1, 2, 2, 3, 3])
            #expect(try await fixture.texts(one, for: fixture.ben) == ["text 0", "text 2", "text 4"])
            let state = try #require(try await fixture.store.load(one))
            #expect(state.lastSeq == 3 && state.members.count == 2 && state.kind == .direct)
        }
    }

    @Test func `a message that comes again, in one call or later, keeps its number and its time`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            let message = NewMessage(
                conversation: id, sender: fixture.ada, clientID: .version7(at: ChatFixture.now),
                text: try MessageText("hello"))
            let first = try await fixture.store.append([message, message], at: ChatFixture.now)
            #expect(first[0].storedSeq == 1)
            #expect(first[1] == .duplicate(seq: 1, sentAt: ChatFixture.now))
            let later = ChatFixture.now.advanced(by: .seconds(9))
            #expect(
                try await fixture.store.append([message], at: later) == [
                    .duplicate(seq: 1, sentAt: ChatFixture.now)
                ])
            // Another's message of the same name is another message.
            var others = message
            others.sender = fixture.ben
            #expect(try await fixture.store.append([others], at: later)[0].storedSeq == 2)
            #expect(try await fixture.count("chat.messages") == 2)
        }
    }

    @Test func `what is refused takes no number`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            let nowhere = ConversationID(.version7(at: ChatFixture.now))
            func message(_ sender: UserID, _ id: ConversationID, replyTo: Int64? = nil) throws -> NewMessage {
                NewMessage(
                    conversation: id, sender: sender, clientID: .version7(at: ChatFixture.now),
                    text: try MessageText("text"), replyTo: replyTo)
            }
            let outcomes = try await fixture.store.append(
                [
                    message(fixture.cleo, id), message(fixture.ada, id), message(fixture.ada, nowhere),
                    message(fixture.ada, id, replyTo: 7), message(fixture.ben, id),
                ], at: ChatFixture.now)
            #expect(outcomes[0] == .notMember && outcomes[2] == .notMember && outcomes[3] == .unknownReply)
            #expect(outcomes[1].storedSeq == 1 && outcomes[4].storedSeq == 2)
            #expect(try await fixture.send("yes", to: id, by: fixture.ben, replyTo: 1).storedSeq == 3)
        }
    }

    @Test func `a clock that goes back does not put a message before an earlier one`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            try await fixture.send("one", to: id, by: fixture.ada)
            let earlier = ChatFixture.now.advanced(by: .seconds(-60))
            try await fixture.send("two", to: id, by: fixture.ada, at: earlier)
            let page = try #require(try await fixture.store.messages(of: id, for: fixture.ben, .since(0), limit: 9))
            #expect(page.messages.map(\.sentAt) == [ChatFixture.now, ChatFixture.now])
        }
    }

    /// Two hubs, or the remains of one that was restarted, write into the same conversations.
    @Test func `writers who know nothing of each other never give one number twice`() async throws {
        try await ChatFixture.with(loops: 4) { fixture in
            let ids = [
                try await fixture.direct(fixture.ada, fixture.ben), try await fixture.group(fixture.people),
                try await fixture.direct(fixture.cleo, fixture.dan),
            ]
            let senders = [fixture.ada, fixture.ada, fixture.cleo]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<6 {
                    group.addTask {
                        let store = PostgresConversationStore(database: fixture.database)
                        var random = SeededGenerator(seed: UInt64(writer))
                        for round in 0..<20 {
                            var messages: [NewMessage] = []
                            for number in 0..<Int.random(in: 1...5, using: &random) {
                                let choice = Int.random(in: 0..<3, using: &random)
                                messages.append(
                                    NewMessage(
                                        conversation: ids[choice], sender: senders[choice],
                                        clientID: UniqueID(
                                            high: UInt64(writer), low: UInt64(round * 10 + number)),
                                        text: try MessageText("\(writer) \(round) \(number)")))
                            }
                            let outcomes = try await store.append(messages, at: ChatFixture.now)
                            #expect(outcomes.allSatisfy { $0.storedSeq != nil })
                            // The answer was lost: the same again.
                            let again = try await store.append(messages, at: ChatFixture.now)
                            let numbers = again.map { outcome -> Int64? in
                                if case .duplicate(let seq, _) = outcome { seq } else { nil }
                            }
                            #expect(numbers == outcomes.map(\.storedSeq))
                        }
                    }
                }
                try await group.waitForAll()
            }
            for id in ids {
                let result = try await fixture.query(
                    """
                    SELECT count(*), min(seq), max(seq), (SELECT last_seq FROM chat.conversations WHERE id = $1::uuid)
                    FROM chat.messages WHERE conversation_id = $1::uuid
                    """, id.rawValue)
                let count = try #require(result[0].int64(0))
                #expect(count > 0 && result[0].int64(1) == 1)
                #expect(result[0].int64(2) == count && result[0].int64(3) == count)
            }
        }
    }

    @Test func `an attachment comes back as it was`() async throws {
        try await ChatFixture.with { fixture in
            let id = try await fixture.direct(fixture.ada, fixture.ben)
            let place = UniqueID.version7(at: ChatFixture.now)
            let attachments: [ChatAttachment] = [
                .location(latitude: -41.25, longitude: 174.75, name: nil),
                .location(latitude: 0.1, longitude: -0.3, name: "\"Quay\" \\ é"), .place(place, name: "Home"),
            ]
            for attachment in attachments {
                try await fixture.send("here", to: id, by: fixture.ada, attachment: attachment)
            }
            let page = try #require(try await fixture.store.messages(of: id, for: fixture.ben, .since(0), limit: 9))
            #expect(page.messages.map(\.attachment) == attachments)
        }
    }
}

import FeatureKit
import HubTesting
import Model
import Testing

@testable import Chat

/// Of what somebody missed, what they are still to be told of.
@Suite(.timeLimit(.minutes(2)))
struct NoticeJudgeTests {
    private func wanted(
        _ seqs: [Int64], of conversation: ConversationID, for user: UserID, in fixture: ChatFixture
    ) async throws -> [Int64] {
        let judge = ConversationNoticeJudge(database: fixture.database, clock: ManualClock(ChatFixture.now))
        let notices = seqs.map { Notice(to: user, .groupMessage, conversation: conversation, seq: $0) }
        return try await judge.wanted(notices).compactMap(\.seq)
    }

    @Test func `what was read or deleted meanwhile, or is muted or was left, is told to nobody`() async throws {
        try await ChatFixture.with { fixture in
            let group = try await fixture.group([fixture.ada, fixture.ben, fixture.cleo])
            for text in ["one", "two", "three", "four"] { try await fixture.send(text, to: group, by: fixture.ada) }
            #expect(try await wanted([1, 2, 3, 4], of: group, for: fixture.ben, in: fixture) == [1, 2, 3, 4])

            _ = try await fixture.store.mark([ReadMark(conversation: group, user: fixture.ben, seq: 2)])
            try await fixture.query(
                "UPDATE chat.messages SET text = NULL, deleted_at = now() WHERE conversation_id = $1::uuid AND seq = 4",
                group.rawValue)
            #expect(try await wanted([1, 2, 3, 4], of: group, for: fixture.ben, in: fixture) == [3])
            #expect(try await wanted([1, 2, 3, 4], of: group, for: fixture.cleo, in: fixture) == [1, 2, 3])

            let later = ChatFixture.now.advanced(by: .seconds(60))
            try await fixture.query(
                "UPDATE chat.members SET muted_until = $2::timestamptz WHERE conversation_id = $1::uuid",
                group.rawValue,
                later)
            #expect(try await wanted([3], of: group, for: fixture.ben, in: fixture) == [])
            try await fixture.query(
                "UPDATE chat.members SET muted_until = $2::timestamptz WHERE conversation_id = $1::uuid",
                group.rawValue,
                ChatFixture.now)
            #expect(try await wanted([3], of: group, for: fixture.ben, in: fixture) == [3])

            try await fixture.query(
                "SELECT chat.leave($1::uuid, $2::uuid, now())", group.rawValue, fixture.ben.rawValue)
            #expect(try await wanted([3], of: group, for: fixture.ben, in: fixture) == [])
        }
    }

    @Test func `what is no conversation's, and what is somebody else's area, stays in its order`() async throws {
        try await ChatFixture.with { fixture in
            let direct = try await fixture.direct(fixture.ada, fixture.ben)
            try await fixture.send("hello", to: direct, by: fixture.ada)
            let stranger = ConversationID(.version7(at: ChatFixture.now))
            let notices = [
                Notice(to: fixture.ben, .invitation, from: fixture.cleo),
                Notice(to: fixture.ben, .directMessage, conversation: stranger, seq: 1),
                Notice(to: fixture.ben, .directMessage, conversation: direct, seq: 1),
                Notice(to: fixture.ben, .invitation, from: fixture.dan),
            ]
            let judge = ConversationNoticeJudge(database: fixture.database, clock: ManualClock(ChatFixture.now))
            #expect(try await judge.wanted(notices) == [notices[0], notices[2], notices[3]])
        }
    }
}

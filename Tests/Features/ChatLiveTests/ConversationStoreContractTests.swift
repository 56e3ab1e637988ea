import Chat
import HubTesting
import Model
import Testing
import Wire

/// What the live half relies on, of the real store and of the one its tests use.
@Suite struct `a store of conversations` {
    private let ann = user(1)
    private let ben = user(2)
    private let talk = conversation(1)
    private let now = Timestamp(milliseconds: 1_795_170_600_000)

    @Test(arguments: StoreUnderTest.allCases)
    func `numbers messages in order without gaps, and finds those it has`(kind: StoreUnderTest) async throws {
        try await kind.with(talk, .group, [ann, ben]) { store, _ in
            #expect(try await store.load(talk)?.lastSeq == 0)
            let first = [message(1, from: ann, in: talk), message(2, from: user(9), in: talk)]
            let outcomes = try await store.append(first + [message(1, from: ben, in: talk)], at: now)
            #expect(outcomes.map(seq) == [1, nil, 2])
            #expect(outcomes[1] == .notMember)
            let again = try await store.append(
                [message(1, from: ann, in: talk), message(3, from: ann, in: talk)], at: now.advanced(by: .seconds(5)))
            #expect(again[0] == .duplicate(seq: 1, sentAt: now))
            #expect(again.map(seq) == [1, 3])
            #expect(try await store.load(talk)?.lastSeq == 3)
            #expect(try await store.load(conversation(77)) == nil)
            let version = try #require(try await store.load(talk)).membersVersion
            guard case .stored(let stored) = again[1] else { return #expect(Bool(false), "not stored") }
            #expect(stored.membersVersion == version)
            let nowhere = try await store.append([message(1, from: ann, in: conversation(77))], at: now)
            #expect(nowhere == [.notMember])
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func `takes an answer only to a message that is there`(kind: StoreUnderTest) async throws {
        try await kind.with(talk, .group, [ann, ben]) { store, _ in
            let outcomes = try await store.append([message(1, from: ann, in: talk, replyTo: 1)], at: now)
            #expect(outcomes == [.unknownReply])
            _ = try await store.append([message(2, from: ann, in: talk)], at: now)
            let answered = try await store.append([message(3, from: ben, in: talk, replyTo: 1)], at: now)
            #expect(answered.map(seq) == [2])
            let page = try await store.messages(of: talk, for: ann, .since(1), limit: 10)
            #expect(page?.messages.map(\.replyTo) == [1])
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func `withholds what a blocked person writes, and refuses what the blocker writes`(kind: StoreUnderTest)
        async throws
    {
        try await kind.with(talk, .direct, [ann, ben]) { store, block in
            try await block(Block(blocker: ben, blocked: ann))
            #expect(try await store.load(talk)?.blocks == [Block(blocker: ben, blocked: ann)])
            let outcomes = try await store.append(
                [message(1, from: ann, in: talk), message(2, from: ben, in: talk)], at: now)
            guard case .stored(let stored) = outcomes[0] else { return #expect(Bool(false), "not stored") }
            #expect(stored.isWithheld)
            #expect(outcomes[1] == .recipientBlocked)
            #expect(try await store.messages(of: talk, for: ann, .since(0), limit: 9)?.messages.count == 1)
            #expect(try await store.messages(of: talk, for: ben, .since(0), limit: 9)?.messages.isEmpty == true)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func `pages what a member may see, and nothing for others`(kind: StoreUnderTest) async throws {
        try await kind.with(talk, .group, [ann, ben]) { store, _ in
            let messages = (UInt64(1)...7).map { message($0, from: ann, in: talk, "text \($0)") }
            _ = try await store.append(messages, at: now)
            let page = try #require(try await store.messages(of: talk, for: ben, .since(2), limit: 3))
            #expect(page.messages.map(\.sequence) == [3, 4, 5])
            #expect(page.messages.map(\.text) == ["text 3", "text 4", "text 5"])
            #expect(page.hasMore)
            let last = try #require(try await store.messages(of: talk, for: ben, .since(5), limit: 3))
            #expect(last.messages.map(\.sequence) == [6, 7])
            #expect(!last.hasMore)
            let past = try #require(try await store.messages(of: talk, for: ben, .since(7), limit: 3))
            #expect(past.messages.isEmpty && !past.hasMore)
            #expect(try await store.messages(of: talk, for: user(9), .since(0), limit: 3) == nil)
            #expect(try await store.messages(of: conversation(77), for: ben, .since(0), limit: 3) == nil)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func `moves read marks forward and never past the end`(kind: StoreUnderTest) async throws {
        try await kind.with(talk, .group, [ann, ben]) { store, _ in
            _ = try await store.append((UInt64(1)...3).map { message($0, from: ann, in: talk) }, at: now)
            let marks = [2, 1, 4].map { ReadMark(conversation: talk, user: ben, seq: $0) }
            for (mark, expected) in zip(
                marks, [ReadOutcome.marked(seq: 2, moved: true), .marked(seq: 2, moved: false), .beyondEnd])
            {
                #expect(try await store.mark([mark]) == [expected])
            }
            #expect(try await store.mark([ReadMark(conversation: talk, user: user(9), seq: 1)]) == [.notMember])
            #expect(try await store.load(talk)?.members.first { $0.user == ben }?.readSeq == 2)
        }
    }
}

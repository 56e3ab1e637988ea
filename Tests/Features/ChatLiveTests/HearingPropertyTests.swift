import FeatureKit
import HubTesting
import Model
import Persistence
import Testing
import Wire

@testable import Chat

/// What people do in any order, with real rows: everybody hears what a simple model says, and nothing else.
@Suite struct `any order of messages, changes, blocks and members` {
    private let people = (UInt64(1)...4).map { user($0) }
    private let direct = conversation(1)
    private let group = conversation(2)

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `is heard by those alone who may hear it`(seed: UInt64) async throws {
        try await ChatDatabase.with { chat in
            for person in people { try await chat.addUser(person) }
            try await chat.add(direct, .direct, Array(people[0...1]))
            try await chat.add(group, .group, people)
            try await chat.run("UPDATE chat.members SET role = 'owner' WHERE user_id = '\(people[0])'")
            var limits = ChatLimits()
            limits.messagesPerSecond = 0
            limits.typingPace = .zero
            limits.typingLapse = .seconds(3_600)
            let store = PostgresConversationStore(database: chat.database)
            let test = try ChatUnderTest(limits: limits, on: store)
            var world = World(chat: chat, store: store, test: test, people: people, seed: seed)
            world.model.talks[direct] = .init(isDirect: true, members: [people[0]: 0, people[1]: 0])
            world.model.talks[group] = .init(
                isDirect: false, members: Dictionary(uniqueKeysWithValues: people.map { ($0, 0) }))
            for _ in 0..<90 {
                guard try await world.isAsExpected() else { break }
                try await world.step(direct, group)
            }
            #expect(try await world.isAsExpected())
            // Everybody comes back and nobody blocks anybody: what might have come too much has come before these.
            for block in world.model.blocks { try await world.unblock(block) }
            for person in people.dropFirst() {
                try await world.add(person, to: group)
                #expect(try await world.isAsExpected())
            }
            for talk in [direct, group] {
                try await world.send(talk, by: people[0])
                #expect(try await world.isAsExpected())
            }
            await test.stop()
        }
    }
}

private struct World {
    let chat: ChatDatabase
    let store: PostgresConversationStore
    let test: ChatUnderTest
    let people: [UserID]
    let peers: [UserID: FakePeer]
    var random: SeededGenerator
    var model = HearingModel()
    private var number: UInt64 = 0
    /// A session's `typing` is looked at five times a second.
    private var typed: [UserID: Int] = [:]
    private var now: Timestamp { test.clock.now }

    init(chat: ChatDatabase, store: PostgresConversationStore, test: ChatUnderTest, people: [UserID], seed: UInt64) {
        self.chat = chat
        self.store = store
        self.test = test
        self.people = people
        peers = Dictionary(
            uniqueKeysWithValues: people.enumerated().map {
                ($0.element, test.open(UInt64($0.offset), $0.element, on: $0.offset % 2))
            })
        random = SeededGenerator(seed: seed)
    }

    func peer(_ user: UserID) -> FakePeer {
        guard let peer = peers[user] else { preconditionFailure("everybody is connected") }
        return peer
    }

    /// Waits until everybody has heard as much as they must, and looks whether it is that.
    func isAsExpected() async throws -> Bool {
        for person in people {
            let expected = model.heard[person] ?? []
            try await peer(person).wait { seen in seen.messages.compactMap(\.heard).count >= expected.count }
            let heard = peer(person).seen.messages.compactMap(\.heard)
            #expect(heard == expected)
            guard heard == expected else { return false }
        }
        return true
    }

    mutating func step(_ direct: ConversationID, _ group: ConversationID) async throws {
        let talk = Bool.random(using: &random) ? direct : group
        guard let person = people.randomElement(using: &random),
            let other = people.dropFirst().randomElement(using: &random)
        else { return }
        let seq = Int64.random(in: 1...max(1, model.talks[talk]?.lastSeq ?? 1), using: &random)
        number += 1
        switch Int.random(in: 0..<16, using: &random) {
        case 0...4: try await send(talk, by: person)
        case 5, 6: try await edit(seq, of: talk, by: person)
        case 7:
            let isAllowed = model.delete(seq, of: talk, by: person)
            let result = try await store.delete(seq, of: talk, by: person, at: now)
            #expect(result.isSuccess == isAllowed)
            if case .success(let change) = result {
                test.live.publish(.deleted(talk, seq: seq, change: change.change, change.audience))
            }
        case 8, 9: try await react(seq, of: talk, by: person)
        case 10: try await read(seq + Int64.random(in: 0...1, using: &random), of: talk, by: person)
        case 11: try await type(talk, by: person)
        case 12, 13:
            let pair = Bool.random(using: &random) ? [people[0], people[1]] : [people[0], other]
            let block =
                Bool.random(using: &random)
                ? Block(blocker: pair[0], blocked: pair[1]) : Block(blocker: pair[1], blocked: pair[0])
            if model.blocks.contains(block) {
                try await unblock(block)
            } else {
                try await chat.block(block)
                model.blocks.insert(block)
                test.people.publish(.blocked(block.blocked, by: block.blocker))
            }
        case 14: try await add(other, to: group)
        default: try await remove(other, from: group)
        }
    }

    mutating func send(_ talk: ConversationID, by person: UserID) async throws {
        number += 1
        let isTaken = model.send(talk, by: person)
        let re = Int64(number)
        test.send(number, re: re, in: talk, from: peer(person))
        try await peer(person).wait { $0.isAnswered(re) }
        #expect(peer(person).seen.refusals.contains { $0.id == re } != isTaken)
    }

    private mutating func edit(_ seq: Int64, of talk: ConversationID, by person: UserID) async throws {
        let isAllowed = model.edit(seq, of: talk, by: person, "text \(number)")
        let result = try await store.edit(seq, of: talk, by: person, to: text("text \(number)"), at: now)
        #expect(result.isSuccess == isAllowed)
        if case .success(let edited) = result { test.live.publish(.edited(edited.stored, edited.change.audience)) }
    }

    private mutating func react(_ seq: Int64, of talk: ConversationID, by person: UserID) async throws {
        guard let emoji = Emoji(Bool.random(using: &random) ? "👍" : "🎉") else { return }
        let added = Int.random(in: 0..<3, using: &random) > 0
        let isAllowed = model.react(seq, of: talk, by: person, emoji.rawValue, added: added)
        let result = try await store.react(to: seq, of: talk, by: person, with: emoji, added: added, at: now)
        #expect(result.isSuccess == isAllowed)
        guard case .success(let change?) = result else { return }
        let reaction = ReactionChange(
            conversation: talk, sequence: seq, emoji: emoji.rawValue, user: person, added: added, change: change.change)
        test.live.publish(.reacted(reaction, change.audience))
    }

    private mutating func read(_ seq: Int64, of talk: ConversationID, by person: UserID) async throws {
        number += 1
        let isTaken = model.read(seq, of: talk, by: person)
        let re = Int64(number)
        test.say(.read(.init(conversation: talk, sequence: seq)), re: re, from: peer(person))
        try await peer(person).wait { $0.isAnswered(re) }
        #expect(peer(person).seen.refusals.contains { $0.id == re } != isTaken)
    }

    private mutating func type(_ talk: ConversationID, by person: UserID) async throws {
        guard typed[person, default: 0] < 5 else { return }
        typed[person, default: 0] += 1
        let isTyping = Int.random(in: 0..<3, using: &random) > 0
        let refusals = peer(person).seen.refusals.count
        let isTaken = model.type(isTyping, in: talk, by: person)
        test.say(.typing(.init(conversation: talk, isTyping: isTyping)), re: nil, from: peer(person))
        // It has no answer, but what is asked behind it has.
        try await read(0, of: talk, by: person)
        #expect(peer(person).seen.refusals.count - refusals == (isTaken ? 0 : 2))
    }

    mutating func unblock(_ block: Block) async throws {
        try await chat.run(
            "DELETE FROM core.blocks WHERE blocker_id = '\(block.blocker)' AND blocked_id = '\(block.blocked)'")
        model.blocks.remove(block)
        test.people.publish(.unblocked(block.blocked, by: block.blocker))
    }

    mutating func add(_ person: UserID, to group: ConversationID) async throws {
        model.add(person, to: group, by: people[0])
        let added = try await store.add([person], to: group, by: people[0], at: now).get()
        test.live.publish(.added(group, added))
    }

    /// By the owner, or by their own will.
    private mutating func remove(_ person: UserID, from group: ConversationID) async throws {
        let isUnaware = model.talks[group]?.unaware.contains(person) == true
        guard model.isMember(person, of: group) || isUnaware else { return }
        if !isUnaware, Bool.random(using: &random) {
            try await store.leave(group, person, at: now).get()
            test.live.publish(.removed(group, [person]))
        } else {
            let knew = try await store.remove(person, from: group, by: people[0]).get()
            #expect(knew != isUnaware)
            test.live.publish(.removed(group, knew ? [person] : []))
        }
        model.remove(person, from: group)
    }
}

extension Result {
    fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}

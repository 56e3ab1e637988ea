import EventLoop
import FeatureKit
import HubTesting
import Model
import Testing
import Wire

@testable import Chat

@Suite struct `conversations on two loops` {
    private let ann = user(1)
    private let ben = user(2)
    private let cleo = user(3)

    @Test func `a message reaches every session of every member on every loop, but not the one that sent it`()
        async throws
    {
        let test = try ChatUnderTest()
        let talk = conversation(4)
        test.store.add(talk, [ann, ben])
        let sender = test.open(1, ann, on: 0)
        let others = [test.open(2, ann, on: 1), test.open(3, ben, on: 0), test.open(4, ben, on: 1)]
        let stranger = test.open(5, cleo, on: 1)
        test.sync([], re: 1, from: stranger)
        for peer in others {
            test.say(.read(.init(conversation: talk, sequence: 0)), re: 1, from: peer)
            try await peer.wait { $0.isAnswered(1) }
        }
        test.send(1, re: 7, in: talk, from: sender)
        for peer in others { try await peer.wait { $0.numbers(in: talk) == [1] } }
        try await sender.wait { $0.acknowledged(in: talk) == [1] }
        #expect(sender.seen.numbers(in: talk).isEmpty)
        #expect(stranger.seen.numbers(in: talk).isEmpty)
        await test.stop()
    }

    @Test func `a key or a device without a person is refused`() async throws {
        let test = try ChatUnderTest()
        let talk = conversation(1)
        test.store.add(talk, [ann])
        let peer = test.open(1, nil, on: 0)
        test.send(1, re: 1, in: talk, from: peer)
        test.say(.typing(.init(conversation: talk, isTyping: true)), re: 2, from: peer)
        test.say(.read(.init(conversation: talk, sequence: 0)), re: 3, from: peer)
        test.sync([(talk, 0)], re: 4, from: peer)
        try await peer.wait { $0.refusals.count == 4 }
        #expect(peer.seen.refusals.map(\.code) == [.forbidden, .forbidden, .forbidden, .forbidden])
        await test.stop()
    }

    @Test func `a conversation of others cannot be told from one that does not exist`() async throws {
        let test = try ChatUnderTest()
        test.store.add(conversation(1), [ann])
        let peer = test.open(1, ben, on: 0)
        for (index, talk) in [conversation(1), conversation(99)].enumerated() {
            let base = Int64(index * 10)
            test.send(UInt64(base), re: base, in: talk, from: peer)
            test.say(.typing(.init(conversation: talk, isTyping: true)), re: base + 1, from: peer)
            test.say(.read(.init(conversation: talk, sequence: 1)), re: base + 2, from: peer)
            test.sync([(talk, 0)], re: base + 3, from: peer)
        }
        try await peer.wait { $0.refusals.count == 8 }
        func answers(_ range: Range<Int64>) -> [Refusal] {
            peer.seen.refusals.filter { range.contains($0.id ?? -1) }.map { refusal in
                var refusal = refusal
                refusal.id = (refusal.id ?? 0) % 10
                return refusal
            }.sorted { $0.id ?? 0 < $1.id ?? 0 }
        }
        #expect(answers(0..<10) == answers(10..<20))
        #expect(answers(0..<10).allSatisfy { $0.code == .notFound })
        #expect(peer.seen.messages.isEmpty)
        await test.stop()
    }

    @Test func `too many messages are refused with when to come again, and the connection stays`() async throws {
        var limits = ChatLimits()
        limits.messagesPerSecond = 5
        let test = try ChatUnderTest(limits: limits)
        let talk = conversation(1)
        test.store.add(talk, [ann])
        let peers = [test.open(1, ann, on: 0), test.open(2, ann, on: 1)]
        for (index, peer) in peers.enumerated() {
            // In one turn of each loop, which has one time.
            peer.loop.execute {
                for number in (Int64(0)..<40) where number % 2 == index {
                    let name = clientID(UInt64(number))
                    _ = test.live.receive(
                        .message(.init(conversation: talk, clientID: name, text: "hi")), re: number, from: peer)
                }
            }
        }
        for peer in peers { try await peer.wait { $0.acknowledged(in: talk).count + $0.refusals.count == 20 } }
        let acknowledged = peers.flatMap { $0.seen.acknowledged(in: talk) }
        #expect(acknowledged.count >= 5 && acknowledged.count <= 15)
        #expect(peers.flatMap(\.seen.refusals).allSatisfy { $0.code == .rateLimitExceeded })
        #expect(peers.allSatisfy { !$0.seen.isClosed })
        await test.stop()
    }

    @Test
    func `a client that does not read a message is closed, and one that does not read its pages is not read further`()
        async throws
    {
        var limits = ChatLimits()
        limits.messagesPerSecond = 0
        limits.pageMessages = 10
        let test = try ChatUnderTest(limits: limits)
        let talk = conversation(1)
        test.store.add(talk, [ann, ben])
        let old = (UInt64(1)...100).map { message($0, from: ann, in: talk) }
        _ = try await test.store.append(old, at: test.clock.now)
        let sender = test.open(1, ann, on: 0)
        let slow = test.open(2, ben, on: 1)
        slow.setFull(true)
        test.sync([(talk, 0)], re: 1, from: slow)
        try await slow.wait { $0.hasMissed }
        let pages = test.store.pages
        // Held back for the pages: it does not count as missed.
        test.send(500, re: 1, in: talk, from: sender)
        try await sender.wait { $0.acknowledged(in: talk) == [101] }
        #expect(test.store.pages == pages)
        #expect(!slow.seen.isClosed)
        test.drain(slow)
        try await slow.wait { $0.isAnswered(1) }
        #expect(slow.seen.numbers(in: talk) == Array(1...101))
        slow.setFull(true)
        test.send(501, re: 2, in: talk, from: sender)
        try await slow.wait { $0.isClosed }
        await test.stop()
    }

    @Test func `who is nowhere is told later, once for all retries, and not if they muted it`() async throws {
        let test = try ChatUnderTest()
        let talk = conversation(1)
        test.store.add(talk, [ann, ben, cleo, user(4)])
        test.store.mute(cleo, in: talk, until: test.clock.now.advanced(by: .seconds(60)))
        test.missed.fail(1)
        let sender = test.open(1, ann, on: 0)
        let there = test.open(2, user(4), on: 1)
        test.say(.read(.init(conversation: talk, sequence: 0)), re: 9, from: there)
        try await there.wait { $0.isAnswered(9) }
        test.store.fail([.loseAnswer])
        for _ in 0..<3 { test.send(1, re: 1, in: talk, from: sender) }
        try await sender.wait { $0.acknowledged(in: talk).count == 3 }
        test.send(1, re: 2, in: talk, from: sender)
        try await sender.wait { $0.acknowledged(in: talk).count == 4 }
        let deadline = ContinuousClock.now + .seconds(20)
        while test.missed.messages.isEmpty, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(test.missed.messages.map(\.recipient) == [ben])
        #expect(test.missed.messages.map(\.sequence) == [1])
        await test.stop()
    }

    @Test func `a hub that stops without Postgres refuses what it could not store, and says how much`() async throws {
        let test = try ChatUnderTest()
        let talk = conversation(1)
        test.store.add(talk, [ann])
        let peer = test.open(1, ann, on: 0)
        test.say(.read(.init(conversation: talk, sequence: 0)), re: 1, from: peer)
        try await peer.wait { $0.isAnswered(1) }
        test.store.setAway(true)
        test.send(1, re: 2, in: talk, from: peer)
        test.send(2, re: 3, in: talk, from: peer)
        test.say(.read(.init(conversation: talk, sequence: 0)), re: 4, from: peer)
        try await peer.wait { $0.isAnswered(4) }
        #expect(await test.live.drain(within: .milliseconds(50)) == 2)
        try await peer.wait { $0.isAnswered(2) && $0.isAnswered(3) }
        #expect(peer.seen.refusals.map(\.code) == [.serviceUnavailable, .serviceUnavailable])
        await test.stop()
    }

    @Test func `somebody who left a location group hears no more of its conversation`() async throws {
        let test = try ChatUnderTest()
        let talk = conversation(1)
        let group = try #require(GroupID("family"))
        test.store.add(talk, kind: .location, [ann, ben], group: group)
        let sender = test.open(1, ann, on: 0)
        let leaver = test.open(2, ben, on: 1)
        test.sync([(talk, 0)], re: 1, from: leaver)
        try await leaver.wait { $0.isAnswered(1) }
        test.send(1, re: 1, in: talk, from: sender)
        try await leaver.wait { $0.numbers(in: talk) == [1] }
        test.store.remove(ben, from: talk)
        test.people.publish(.left(group, ben))
        try await leaver.wait { $0.messages.contains(.conversation(talk, .removed)) }
        test.send(2, re: 2, in: talk, from: sender)
        try await sender.wait { $0.acknowledged(in: talk) == [1, 2] }
        #expect(leaver.seen.numbers(in: talk) == [1])
        await test.stop()
    }
}

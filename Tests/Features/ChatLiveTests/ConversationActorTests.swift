import HubTesting
import Model
import Persistence
import Testing
import Wire

@testable import Chat

@Suite struct `a conversation` {
    private let ann = user(1)
    private let ben = user(2)
    private let cleo = user(3)

    @Test func `acknowledges and tells a message only after its commit`() {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        test.store.setAway(true)
        test.send(2, from: ann)
        test.scheduler.advance(by: .seconds(3))
        #expect(test.acknowledged == [1])
        #expect(test.heard(by: ben) == [1])
        test.store.setAway(false)
        test.scheduler.advance(by: .seconds(10))
        #expect(test.acknowledged == [1, 2])
        #expect(test.heard(by: ben) == [1, 2])
    }

    @Test func `tells everybody but the session that sent it`() {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann, session: session(9))
        let told = test.told.filter { $0.event.message != nil }
        #expect(told.count == 1)
        #expect(told.first?.audience == [ann, ben])
        #expect(told.first?.except == session(9))
        #expect(test.notified.map(\.user) == [ben])
    }

    @Test func `stores a message that is sent twice once, and answers both`() {
        let test = ActorUnderTest([ann, ben])
        test.enter { _ in }
        test.store.fail([.refuse(.unavailable)])
        test.send(1, from: ann)
        test.send(1, from: ann)
        #expect(test.answers.isEmpty)
        test.scheduler.advance(by: .seconds(1))
        test.send(1, from: ann)
        test.scheduler.advance(by: .seconds(1))
        #expect(test.acknowledged == [1, 1, 1])
        #expect(test.heard(by: ben) == [1])
        #expect(test.store.stored(in: test.talk).count == 1)
        #expect(test.notified.count == 1)
    }

    @Test func `tells what was stored by a write whose answer got lost, once`() {
        let test = ActorUnderTest([ann, ben])
        test.store.fail([.loseAnswer, .refuse(.unavailable), .loseAnswer])
        test.send(1, from: ann, session: session(9))
        test.scheduler.advance(by: .seconds(5))
        test.send(2, from: ben)
        test.scheduler.advance(by: .seconds(5))
        #expect(test.acknowledged == [1, 2])
        #expect(test.heard(by: ben) == [1, 2])
        #expect(test.notified.map(\.seq).sorted() == [1, 2])
        #expect(test.told.filter { $0.event.message?.sequence == 1 }.allSatisfy { $0.except == session(9) })
    }

    @Test func `tells what another hub stored in between, before what comes after it`() async throws {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        let theirs = [message(7, from: ben, in: test.talk), message(8, from: ben, in: test.talk)]
        _ = try await test.store.append(theirs, at: test.scheduler.clock.now)
        test.send(2, from: ann)
        test.scheduler.advance(by: .seconds(1))
        #expect(test.heard(by: ann) == [1, 2, 3, 4])
        #expect(test.heard(by: ben) == [1, 2, 3, 4])
    }

    @Test func `goes on behind the last page that it told when the next could not be read`() async throws {
        let people = (UInt64(1)...20).map { user($0) }
        let test = ActorUnderTest(people)
        test.send(1, from: ann)
        let theirs = (UInt64(1000)..<1250).map { message($0, from: ben, in: test.talk) }
        _ = try await test.store.append(theirs, at: test.scheduler.clock.now)
        test.forget()
        test.store.fail(storedPage: 2)
        test.send(2, from: ann)
        test.scheduler.advance(by: .seconds(5))
        for person in people { #expect(test.heard(by: person) == Array(2...252)) }
        // Three pages and the one that failed, however many people there are; and nobody's own.
        #expect(test.store.storedPages == 4)
        #expect(test.store.pages == 0)
        // Who stored the others has told those who are nowhere.
        #expect(test.notified.map(\.seq) == Array(repeating: 252, count: 19))
    }

    @Test func `leaves the notices of a message that another hub has stored before to that hub`() async throws {
        let test = ActorUnderTest([ann, ben])
        test.enter { _ in }
        _ = try await test.store.append([message(1, from: ann, in: test.talk)], at: test.scheduler.clock.now)
        // Its sender never heard of that, and sends it here again.
        test.send(1, from: ann)
        test.scheduler.advance(by: .seconds(1))
        #expect(test.acknowledged == [1])
        #expect(test.heard(by: ben) == [1])
        #expect(test.notified.isEmpty)
    }

    @Test func `asks again who is in it when somebody came or went before the page was read`() async throws {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        _ = try await test.store.append([message(7, from: ben, in: test.talk)], at: test.scheduler.clock.now)
        test.store.remove(ben, from: test.talk)
        test.store.join(cleo, test.talk)
        test.send(2, from: ann)
        test.scheduler.advance(by: .seconds(1))
        #expect(test.heard(by: ann) == [1, 2, 3])
        #expect(test.heard(by: ben) == [1])
        #expect(test.heard(by: cleo) == [3])
    }

    @Test func `keeps the order while what is missing cannot be looked up`() async throws {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        _ = try await test.store.append([message(7, from: ben, in: test.talk)], at: test.scheduler.clock.now)
        test.store.hold()
        test.send(2, from: ann)
        test.store.release()
        test.scheduler.turn()
        test.scheduler.advance(by: .seconds(5))
        test.send(3, from: ann)
        test.scheduler.advance(by: .seconds(5))
        #expect(test.heard(by: ben) == [1, 2, 3, 4])
    }

    @Test func `refuses when as many messages wait as may, and takes them again later`() {
        var limits = ChatLimits()
        limits.writeBehind.highWater = 3
        let test = ActorUnderTest([ann, ben], limits: limits)
        test.enter { _ in }
        test.store.setAway(true)
        for number in 1...5 { test.send(UInt64(number), from: ann) }
        #expect(test.answers.map(\.number) == [4, 5])
        #expect(test.answers.allSatisfy { $0.result == .failure(.unavailable) })
        test.store.setAway(false)
        test.scheduler.advance(by: .seconds(10))
        test.send(4, from: ann)
        test.scheduler.advance(by: .seconds(1))
        #expect(test.heard(by: ben) == [1, 2, 3, 4])
    }

    @Test func `refuses the one message that Postgres refuses, and stores its neighbours in order`() {
        let test = ActorUnderTest([ann, ben])
        test.enter { _ in }
        test.store.refuse(text: "bad")
        let talk = test.talk
        test.enter { actor in
            for number in UInt64(1)...9 {
                let new = message(number, from: user(1), in: talk, number == 5 ? "bad" : "good")
                actor.send(new, from: nil) { test.take(number, $0) }
            }
        }
        test.scheduler.advance(by: .seconds(5))
        #expect(test.answers.filter { $0.result == .failure(.rowRefused) }.map(\.number) == [5])
        #expect(test.heard(by: ben) == Array(1...8))
    }

    @Test func `tells a stranger that there is no such conversation, whatever they do`() {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: cleo)
        test.type(true, by: cleo)
        test.read(1, by: cleo)
        test.scheduler.advance(by: .seconds(1))
        #expect(test.answers.map(\.result) == [.success(.notMember)])
        #expect(test.calls == [.notFound, .notFound])
        #expect(test.told.isEmpty)
    }

    @Test func `tells a withheld message to its sender's other sessions alone`() {
        let test = ActorUnderTest([ann, ben], kind: .direct)
        test.store.block(Block(blocker: ben, blocked: ann), in: test.talk)
        test.send(1, from: ann)
        #expect(test.acknowledged == [1])
        #expect(test.heard(by: ann) == [1])
        #expect(test.heard(by: ben).isEmpty)
        #expect(test.notified.isEmpty)
        test.type(true, by: ann)
        test.type(true, by: ben)
        #expect(test.told.filter { $0.event.message == nil }.flatMap(\.audience).isEmpty)
    }

    @Test func `tells nothing to those who were removed, and all to those who were added`() {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        test.store.remove(ben, from: test.talk)
        test.store.join(cleo, test.talk)
        let talk = test.talk
        test.enter { $0.publish(.removed(talk, [user(2)])) }
        test.enter { $0.publish(.added(talk, [user(3)])) }
        test.send(2, from: ann)
        test.scheduler.advance(by: .seconds(1))
        #expect(test.heard(by: ben) == [1])
        #expect(test.heard(by: cleo) == [2])
        let changes = test.told.filter { $0.event.message == nil }
        #expect(changes.filter { $0.event == .conversation(talk, .removed) }.map(\.audience) == [[ben]])
        #expect(changes.filter { $0.event == .conversation(talk, .added) }.map(\.audience) == [[cleo]])
    }

    @Test func `tells nothing to somebody who was removed a moment ago, though nobody has said so`() {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        test.store.remove(ben, from: test.talk)
        test.send(2, from: ann)
        test.scheduler.advance(by: .seconds(1))
        test.store.join(cleo, test.talk)
        test.send(3, from: ann)
        test.scheduler.advance(by: .seconds(1))
        #expect(test.heard(by: ben) == [1])
        #expect(test.heard(by: cleo) == [3])
        #expect(test.heard(by: ann) == [1, 2, 3])
        #expect(test.notified.map(\.user) == [ben, cleo])
    }

    @Test func `leaves memory when nobody uses it, and knows its numbers when it is back`() {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        test.scheduler.advance(by: .seconds(800))
        #expect(test.scheduler.turn { test.directory.assumeIsolated { $0.count } } == 0)
        test.send(2, from: ben)
        #expect(test.acknowledged == [1, 2])
        #expect(test.heard(by: ann) == [1, 2])
    }

    @Test func `answers everybody who waits when the hub stops without Postgres`() {
        let test = ActorUnderTest([ann, ben])
        test.enter { _ in }
        test.store.setAway(true)
        test.send(1, from: ann)
        test.drain(within: .seconds(2))
        #expect(test.answers.isEmpty)
        test.scheduler.advance(by: .seconds(3))
        #expect(test.answers.map(\.result) == [.failure(.stopping)])
        test.send(2, from: ann)
        #expect(test.answers.last?.result == .failure(.unavailable))
    }
}

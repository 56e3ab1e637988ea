import HubTesting
import Model
import Testing
import Wire

@testable import Chat

@Suite struct `typing and reading` {
    private let ann = user(1)
    private let ben = user(2)

    @Test func `typing lapses after five seconds and is told to the others alone`() {
        let test = ActorUnderTest([ann, ben])
        test.type(true, by: ann)
        #expect(test.told.map(\.audience) == [[ben]])
        #expect(test.typingTold == [true])
        test.scheduler.advance(by: .milliseconds(4_999))
        #expect(test.typingTold == [true])
        test.scheduler.advance(by: .milliseconds(1))
        #expect(test.typingTold == [true, false])
        test.scheduler.advance(by: .seconds(60))
        #expect(test.typingTold == [true, false])
    }

    @Test func `typing that goes on is told every two seconds and does not lapse`() {
        let test = ActorUnderTest([ann, ben])
        for _ in 0..<100 {
            test.type(true, by: ann)
            test.scheduler.advance(by: .milliseconds(100))
        }
        #expect(test.typingTold == [true, true, true, true, true])
        test.type(false, by: ann)
        test.type(false, by: ann)
        #expect(test.typingTold.last == false)
        #expect(test.typingTold.count == 6)
    }

    @Test func `a message ends its sender's typing without a word`() {
        let test = ActorUnderTest([ann, ben])
        test.type(true, by: ann)
        test.send(1, from: ann)
        test.scheduler.advance(by: .seconds(10))
        #expect(test.typingTold == [true])
    }

    @Test func `nobody hears an invisible person type`() {
        let test = ActorUnderTest([ann, ben])
        test.invisible = [ann]
        test.type(true, by: ann)
        #expect(test.told.isEmpty)
        #expect(test.calls == [nil])
    }

    @Test func `a read mark moves forward only, and is written once for many`() {
        let test = ActorUnderTest([ann, ben])
        for number in UInt64(1)...4 { test.send(number, from: ann) }
        test.scheduler.advance(by: .seconds(1))
        test.forget()
        test.read(2, by: ben)
        test.read(4, by: ben)
        test.read(3, by: ben)
        #expect(test.calls == [nil, nil, nil])
        #expect(test.told.map(\.event) == [.read(test.talk, ben, sequence: 2), .read(test.talk, ben, sequence: 4)])
        #expect(test.store.readSeq(of: ben, in: test.talk) == 0)
        test.scheduler.advance(by: .milliseconds(500))
        #expect(test.store.readSeq(of: ben, in: test.talk) == 4)
    }

    @Test func `a read mark beyond the end is refused`() {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        test.scheduler.advance(by: .seconds(1))
        test.read(2, by: ben)
        #expect(test.calls == [.beyondEnd])
        test.scheduler.advance(by: .seconds(1))
        #expect(test.store.readSeq(of: ben, in: test.talk) == 0)
    }

    @Test func `a read mark is kept while Postgres is away`() {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        test.scheduler.advance(by: .seconds(1))
        test.store.setAway(true)
        test.read(1, by: ben)
        test.scheduler.advance(by: .seconds(30))
        test.store.setAway(false)
        test.scheduler.advance(by: .seconds(30))
        #expect(test.store.readSeq(of: ben, in: test.talk) == 1)
    }

    @Test func `a mark at a message that another hub has just stored is taken, one beyond it is not`() async throws {
        let test = ActorUnderTest([user(1), user(2)])
        test.send(1, from: user(1))
        _ = try await test.store.append([message(7, from: user(1), in: test.talk)], at: test.scheduler.clock.now)
        let loads = test.store.loads
        test.read(1, by: user(2))
        #expect(test.store.loads == loads)
        test.read(2, by: user(2))
        test.read(3, by: user(2))
        test.scheduler.advance(by: .seconds(1))
        #expect(test.calls == [nil, nil, .beyondEnd])
        #expect(test.store.readSeq(of: user(2), in: test.talk) == 2)
        // A stranger costs no look at the database.
        let after = test.store.loads
        test.read(99, by: user(9))
        #expect(test.calls.last == .notFound)
        #expect(test.store.loads == after)
    }
}

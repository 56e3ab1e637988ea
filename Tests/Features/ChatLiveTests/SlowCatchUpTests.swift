import Chat
import EventLoop
import HubTesting
import Model
import Testing
import Wire

@Suite struct `who catches up slowly` {
    private let talk = conversation(1)
    private let other = conversation(2)
    private let ann = user(1)
    private let ben = user(2)

    @Test func `gets a page when the one before has been read, and no more bytes than may wait`() async throws {
        var limits = ChatLimits()
        limits.pageBytes = 10_000
        let test = try ChatUnderTest(limits: limits)
        for talk in [talk, other] { test.store.add(talk, [ann, ben]) }
        // Twenty bytes, twenty bytes, and now and then more than a page may have.
        let texts = (UInt64(1)...300).map {
            String(repeating: "x", count: $0 % 50 == 0 ? 3_900 : 20 + Int($0 % 7) * 100)
        }
        let messages = texts.enumerated().map { message(UInt64($0.offset), from: ann, in: talk, $0.element) }
        _ = try await test.store.append(messages, at: test.clock.now)
        let slow = test.open(1, ben, on: 0)
        let quick = test.open(2, ann, on: 1)
        slow.setSlow(true)
        test.sync([(talk, 0), (other, 0)], re: 7, from: slow)
        var rounds = 0
        while !slow.seen.isAnswered(7) {
            try await slow.wait { $0.isDrainAwaited || $0.isAnswered(7) }
            // A page, the next one beside it, and what is said live.
            #expect(slow.seen.queuedBytes <= 2 * (10_000 + 200))
            if rounds % 10 == 3 {
                // What is said live has room beside the page.
                let number = UInt64(1_000 + rounds)
                test.send(number, re: Int64(number), in: other, from: quick)
                try await quick.wait { $0.isAnswered(Int64(number)) }
            }
            rounds += 1
            slow.read()
            slow.loop.execute { test.live.drained(slow) }
        }
        #expect(rounds > 10)
        #expect(slow.seen.numbers(in: talk) == Array(1...300))
        let said = Int64(quick.seen.acknowledged(in: other).count)
        #expect(slow.seen.numbers(in: other) == Array(1...said))
        #expect(!slow.seen.isClosed && slow.seen.refusals.isEmpty)
        await test.stop()
    }

    @Test func `is sent a message that is longer than a page may be, alone`() async throws {
        var limits = ChatLimits()
        limits.pageBytes = 1_000
        let test = try ChatUnderTest(limits: limits)
        test.store.add(talk, [ann, ben])
        let texts = [10, 3_000, 10, 3_000, 10].map { String(repeating: "x", count: $0) }
        let messages = texts.enumerated().map { message(UInt64($0.offset), from: ann, in: talk, $0.element) }
        _ = try await test.store.append(messages, at: test.clock.now)
        let peer = test.open(1, ben, on: 0, syncing: [.init(conversation: talk, since: 0)])
        try await peer.wait { $0.isAnswered(1_000_000) }
        let pages = peer.seen.messages.compactMap { if case .messages(let page) = $0 { page } else { nil } }
        #expect(pages.flatMap(\.messages).map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(pages.dropLast().allSatisfy { $0.more } && pages.last?.more == false)
        for page in pages where page.messages.contains(where: { $0.text?.count == 3_000 }) {
            #expect(page.messages.count == 1)
        }
        await test.stop()
    }
}

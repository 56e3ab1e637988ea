import HubTesting
import Model
import Synchronization
import Testing
import Wire

@testable import Chat

/// What is noted while a hub stops is written like what was noted before.
@Suite struct `A hub that stops` {
    private let ann = user(1)
    private let ben = user(2)

    /// Begins to drain; returns a question whether that is over.
    private func drain(
        on scheduler: ManualScheduler, _ work: @escaping @Sendable () async -> Void
    ) -> () -> Bool {
        let over = Over()
        let stage = DrainStage(scheduler)
        scheduler.turn {
            stage.assumeIsolated { stage in
                stage.start {
                    await work()
                    over.isTrue.withLock { $0 = true }
                }
            }
        }
        return { over.isTrue.withLock { $0 } }
    }

    /// Turns the loop until a value comes, which it does by way of another thread where a continuation is resumed.
    private func comes<Value: Equatable>(
        _ wanted: Value, of value: () -> Value, on scheduler: ManualScheduler
    ) async -> Bool {
        let end = ContinuousClock.now + .seconds(20)
        while value() != wanted {
            guard ContinuousClock.now < end else { return false }
            scheduler.turn()
            await Task.yield()
        }
        return true
    }

    @Test func `writes a read mark that comes while it writes others`() async {
        let test = ActorUnderTest([ann, ben])
        for number in UInt64(1)...3 { test.send(number, from: ann) }
        test.scheduler.advance(by: .seconds(1))
        test.read(1, by: ben)
        let (marks, talk, ben) = (test.services.marks, test.talk, ben)
        test.store.whileMarking { marks.assumeIsolated { _ = $0.note(3, of: ben, in: talk) } }
        let isOver = drain(on: test.scheduler) { await marks.drain(within: .seconds(5)) }
        test.scheduler.advance(by: .milliseconds(1))
        #expect(test.store.readSeq(of: ben, in: talk) == 3)
        #expect(await comes(true, of: isOver, on: test.scheduler))
        // What would be lost is refused, so that the client keeps it.
        test.read(3, by: ann)
        #expect(test.calls.last == .some(.unavailable))
    }

    @Test(arguments: [true, false])
    func `tries to write read marks until its time is over`(comesBack: Bool) async {
        let test = ActorUnderTest([ann, ben])
        test.send(1, from: ann)
        test.scheduler.advance(by: .seconds(1))
        test.read(1, by: ben)
        test.store.setAway(true)
        let marks = test.services.marks
        let isOver = drain(on: test.scheduler) { await marks.drain(within: .seconds(10)) }
        test.scheduler.advance(by: .seconds(1))
        #expect(!isOver())
        if comesBack { test.store.setAway(false) }
        test.scheduler.advance(by: .milliseconds(8_999))
        #expect(test.store.readSeq(of: ben, in: test.talk) == (comesBack ? 1 : 0))
        #expect(comesBack || !isOver())
        test.scheduler.advance(by: .milliseconds(1))
        #expect(await comes(true, of: isOver, on: test.scheduler))
    }

    @Test func `writes what is declared while it writes what was declared before`() async {
        let (scheduler, store) = (ManualScheduler(), InMemoryPresenceStore())
        let writer = PresenceWriter(store: store, on: scheduler, limits: PresenceLimits(), logger: TestPostgres.log)
        func declaration(_ user: UserID, _ status: PresenceStatus) -> PresenceDeclaration {
            PresenceDeclaration(user: user, status: status, note: nil, at: Timestamp(milliseconds: 1))
        }
        let (first, second) = (declaration(ann, .busy), declaration(ben, .away))
        scheduler.turn { writer.assumeIsolated { $0.note(first) } }
        store.whileDeclaring { writer.assumeIsolated { $0.note(second) } }
        let isOver = drain(on: scheduler) { await writer.drain(within: .seconds(5)) }
        scheduler.advance(by: .milliseconds(1))
        #expect(await comes(true, of: isOver, on: scheduler))
        #expect(store.kept(of: ann)?.status == .busy && store.kept(of: ben)?.status == .away)
    }

    @Test func `waits for the messages missed that are being handed on, and hands on those that come`() async {
        let scheduler = ManualScheduler()
        let sink = SlowSink()
        let missed = MissedMessages(sink: sink, on: scheduler, logger: TestPostgres.log)
        func message(_ sequence: Int64) -> MissedMessage {
            MissedMessage(
                recipient: ben, conversation: conversation(1), kind: .direct, sequence: sequence, sender: ann)
        }
        let (first, second) = (message(1), message(2))
        scheduler.turn { missed.assumeIsolated { $0.add([first]) } }
        let isOver = drain(on: scheduler) { await missed.drain(within: .seconds(5)) }
        #expect(!isOver(), "it did not wait for what was under way")
        scheduler.turn { missed.assumeIsolated { $0.add([second]) } }
        scheduler.turn { sink.release() }
        #expect(await comes([first], of: { sink.kept }, on: scheduler))
        #expect(!isOver())
        #expect(await comes(1, of: { sink.waiting }, on: scheduler))
        scheduler.turn { sink.release() }
        #expect(await comes(true, of: isOver, on: scheduler))
        #expect(sink.kept == [first, second])
    }
}

/// Lets one batch through each time it is told to.
private final class SlowSink: MissedMessageSink {
    private struct State {
        var kept: [MissedMessage] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var kept: [MissedMessage] { state.withLock { $0.kept } }
    var waiting: Int { state.withLock { $0.waiting.count } }

    func keep(_ messages: [MissedMessage]) async throws {
        await withCheckedContinuation { continuation in state.withLock { $0.waiting.append(continuation) } }
        state.withLock { $0.kept += messages }
    }

    func release() {
        let first = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
        first?.resume()
    }
}

private final class Over: Sendable {
    let isTrue = Mutex(false)
}

/// Begins work on a loop moved by hand.
private actor DrainStage {
    private let scheduler: ManualScheduler
    nonisolated var unownedExecutor: UnownedSerialExecutor { scheduler.executor.asUnownedSerialExecutor() }

    init(_ scheduler: ManualScheduler) { self.scheduler = scheduler }

    func start(_ work: @escaping @Sendable () async -> Void) {
        Task { await self.perform(work) }
    }

    private func perform(_ work: @Sendable () async -> Void) async { await work() }
}

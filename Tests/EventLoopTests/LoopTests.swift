import Synchronization
import Testing

@testable import EventLoop

/// A counter that lives on a loop.
private actor Counter {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private(set) var value = 0

    init(on loop: Loop) { self.loop = loop }

    func add(_ amount: Int) -> Bool {
        value += amount
        return loop.isCurrent
    }
}

@Suite struct `A loop` {
    @Test func `runs its actors on its own thread`() async throws {
        let loop = try Loop.start()
        let counter = Counter(on: loop)
        var wasOnLoop = true
        for _ in 0..<100 { wasOnLoop = await counter.add(1) && wasOnLoop }
        #expect(wasOnLoop)
        #expect(await counter.value == 100)
        #expect(Loop.current == nil)
        await loop.stop()
    }

    @Test func `runs what it is handed in the order of handing`() async throws {
        let loop = try Loop.start()
        let order = Mutex<[Int]>([])
        for number in 0..<1000 { loop.execute { order.withLock { $0.append(number) } } }
        await withCheckedContinuation { done in loop.execute { done.resume() } }
        #expect(order.withLock { $0 } == Array(0..<1000))
        await loop.stop()
    }

    @Test func `lets a callback of its thread enter an actor without a hop`() async throws {
        let loop = try Loop.start()
        let counter = Counter(on: loop)
        await withCheckedContinuation { done in
            loop.execute {
                counter.assumeIsolated { _ = $0.add(7) }
                done.resume()
            }
        }
        #expect(await counter.value == 7)
        await loop.stop()
    }

    @Test func `lets events in before who waits for the next turn goes on`() async throws {
        let loop = try Loop.start()
        let log = Mutex<[String]>([])
        let slices = Task(executorPreference: loop) {
            for slice in 1...3 {
                log.withLock { $0.append("slice \(slice)") }
                if slice == 1 { loop.execute { log.withLock { $0.append("an event") } } }
                // However often a job yields, the turn goes on.
                await Task.yield()
                log.withLock { $0.append("the end of slice \(slice)") }
                await loop.nextTurn()
            }
        }
        await slices.value
        #expect(
            log.withLock { $0 } == [
                "slice 1", "the end of slice 1", "an event", "slice 2", "the end of slice 2", "slice 3",
                "the end of slice 3",
            ])
        await loop.stop()
    }

    @Test func `lets nobody wait for a turn that does not come`() async throws {
        for _ in 0..<50 {
            let loop = try Loop.start()
            let slices = Mutex(0)
            let waiting = Task(executorPreference: loop) {
                for _ in 0..<1000 {
                    slices.withLock { $0 += 1 }
                    await loop.nextTurn()
                }
            }
            while slices.withLock({ $0 }) == 0 { await Task.yield() }
            await loop.stop()
            await waiting.value
            #expect(slices.withLock { $0 } == 1000)
        }
    }

    @Test func `runs work put off to the end of the turn once, before it waits, and what that work puts off`()
        async throws
    {
        let loop = try Loop.start()
        let log = Mutex<[String]>([])
        await withCheckedContinuation { done in
            loop.execute {
                loop.atEndOfTurn {
                    log.withLock { $0.append("end") }
                    loop.atEndOfTurn {
                        log.withLock { $0.append("end again") }
                        done.resume()
                    }
                }
                log.withLock { $0.append("turn") }
            }
        }
        #expect(log.withLock { $0 } == ["turn", "end", "end again"])
        await loop.stop()
    }

    @Test func `goes on taking events while its actors keep it busy`() async throws {
        let loop = try Loop.start()
        let counter = Counter(on: loop)
        let isDone = Atomic(false)
        let busy = Task {
            var rounds = 0
            while !isDone.load(ordering: .relaxed) {
                _ = await counter.add(1)
                await Task.yield()
                rounds += 1
            }
            return rounds
        }
        for _ in 0..<50 { await withCheckedContinuation { done in loop.execute { done.resume() } } }
        isDone.store(true, ordering: .relaxed)
        #expect(await busy.value > 0)
        await loop.stop()
    }

    @Test func `fires a timer once, a repeating one until it is cancelled`() async throws {
        let loop = try Loop.start()
        let fired: (Int, Int) = await withCheckedContinuation { done in
            loop.execute {
                nonisolated(unsafe) var once = 0
                nonisolated(unsafe) var often = 0
                nonisolated(unsafe) var timers: [LoopTimer] = []
                timers.append(loop.schedule(after: .milliseconds(1)) { once += 1 })
                timers.append(
                    loop.schedule(after: .milliseconds(1), every: .milliseconds(1)) {
                        often += 1
                        guard often == 5 else { return }
                        timers[1].cancel()
                        timers.append(
                            loop.schedule(after: .milliseconds(10)) {
                                done.resume(returning: (once, often))
                                timers = []
                            })
                    })
            }
        }
        #expect(fired == (1, 5))
        await loop.stop()
    }

    @Test func `never fires a timer that was released`() async throws {
        let loop = try Loop.start()
        let fired = Atomic(false)
        await withCheckedContinuation { done in
            loop.execute {
                _ = loop.schedule(after: .zero) { fired.store(true, ordering: .relaxed) }
                nonisolated(unsafe) var later: LoopTimer?
                later = loop.schedule(after: .milliseconds(5)) {
                    done.resume()
                    later = nil
                }
                _ = later
            }
        }
        let firedAfter = fired.load(ordering: .relaxed)
        #expect(!firedAfter)
        await loop.stop()
    }

    @Test func `runs blocking work off its thread`() async throws {
        let loop = try Loop.start()
        let wasOnLoop = await loop.offload { loop.isCurrent }
        #expect(!wasOnLoop)
        await loop.stop()
    }

    @Test func `drops what is handed to it after it has stopped`() async throws {
        let loop = try Loop.start()
        await loop.stop()
        let ran = Atomic(false)
        loop.execute { ran.store(true, ordering: .relaxed) }
        let ranAfter = ran.load(ordering: .relaxed)
        #expect(!ranAfter)
    }

    @Test func `ends although work that it took with its stop opens a handle`() async throws {
        let loop = try Loop.start()
        let timer = Mutex<LoopTimer?>(nil)
        await withCheckedContinuation { done in
            // Both are handed over in one turn, and so taken together in the next.
            loop.execute {
                loop.beginStopping { done.resume() }
                loop.execute {
                    let hourly = loop.schedule(after: .seconds(3600), every: .seconds(3600)) {}
                    timer.withLock { $0 = hourly }
                }
            }
        }
        #expect(timer.withLock { $0 != nil })
    }

    @Test func `traps when it is entered from another thread`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try Loop.start()
            loop.preconditionIsolated()
        }
    }
}

@Suite struct `A group of loops` {
    @Test func `gives a key the same loop every time and spreads keys evenly`() async throws {
        let group = try LoopGroup.start(count: 4)
        var counts = [Int](repeating: 0, count: 4)
        for number in 0..<4000 {
            let loop = group.loop(forKey: "group-\(number)")
            #expect(loop === group.loop(forKey: "group-\(number)"))
            counts[loop.index] += 1
        }
        #expect(counts.allSatisfy { (800...1200).contains($0) })
        await group.stop()
    }
}

@Suite struct `A loop's inbox` {
    @Test func `delivers the items of one loop in order, on its own loop`() async throws {
        let group = try LoopGroup.start(count: 2)
        let (source, target) = (group.loops[0], group.loops[1])
        let received = Mutex<[Int]>([])
        let wasAway = Atomic(false)
        await withCheckedContinuation { done in
            let inbox = LoopInbox<Int>(on: target, capacity: 2000) { item in
                if !target.isCurrent { wasAway.store(true, ordering: .relaxed) }
                received.withLock { $0.append(item) }
                if item == 999 { done.resume() }
            }
            source.execute { for item in 0..<1000 { #expect(inbox.send(item)) } }
        }
        #expect(received.withLock { $0 } == Array(0..<1000))
        let wasAwayAfter = wasAway.load(ordering: .relaxed)
        #expect(!wasAwayAfter)
        await group.stop()
    }

    @Test func `hands over everything of one turn together`() async throws {
        let group = try LoopGroup.start(count: 2)
        let turns = Mutex<Set<Int>>([])
        let turn = Atomic(0)
        await withCheckedContinuation { done in
            let target = group.loops[1]
            let inbox = LoopInbox<Int>(on: target, capacity: 100) { item in
                _ = turns.withLock { $0.insert(turn.load(ordering: .relaxed)) }
                if item == 0 { target.atEndOfTurn { turn.add(1, ordering: .relaxed) } }
                if item == 99 { done.resume() }
            }
            group.loops[0].execute { for item in 0..<100 { _ = inbox.send(item) } }
        }
        #expect(turns.withLock { $0 } == [0])
        await group.stop()
    }

    @Test func `refuses what is beyond its capacity and takes more when it has delivered`() async throws {
        let group = try LoopGroup.start(count: 2)
        let admissions = Mutex<[Bool]>([])
        let inbox = await withCheckedContinuation { (done: CheckedContinuation<LoopInbox<Int>, Never>) in
            let box = Mutex<LoopInbox<Int>?>(nil)
            let inbox = LoopInbox<Int>(on: group.loops[1], capacity: 3) { item in
                guard item == 2 else { return }
                // Taken out of the box, which would keep the inbox alive that keeps the box.
                let inbox = box.withLock { held in
                    defer { held = nil }
                    return held
                }
                if let inbox { done.resume(returning: inbox) }
            }
            box.withLock { $0 = inbox }
            group.loops[0].execute {
                for item in 0..<5 {
                    let isTaken = inbox.send(item)
                    admissions.withLock { $0.append(isTaken) }
                }
            }
        }
        #expect(admissions.withLock { $0 } == [true, true, true, false, false])
        #expect(inbox.send(10))
        await group.stop()
    }

    @Test func `takes items from threads that are no loops`() async throws {
        let loop = try Loop.start()
        let sum = Atomic(0)
        await withCheckedContinuation { done in
            let left = Atomic(400)
            let inbox = LoopInbox<Int>(on: loop, capacity: 400) { item in
                sum.add(item, ordering: .relaxed)
                if left.subtract(1, ordering: .relaxed).newValue == 0 { done.resume() }
            }
            for _ in 0..<4 { Task.detached { for item in 1...100 { _ = inbox.send(item) } } }
        }
        let total = sum.load(ordering: .relaxed)
        #expect(total == 4 * 5050)
        await loop.stop()
    }
}

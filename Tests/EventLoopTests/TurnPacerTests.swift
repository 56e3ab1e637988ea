import Synchronization
import Testing

@testable import EventLoop

@Suite struct `Spaced turns` {
    @Test func `rest until the spacing is over, and not at all after a quiet spell`() {
        var pacer = TurnPacer()
        pacer.spacing = .nanoseconds(100)
        #expect(pacer.rest(at: 1000) == 0)
        #expect(pacer.rest(at: 1030) == 70)
        #expect(pacer.rest(at: 1101) == 99, "the turn before began at 1100")
        #expect(pacer.rest(at: 1300) == 0)
        #expect(pacer.rest(at: 1399) == 1)
    }

    @Test func `follow at once where one hurries, once`() {
        var pacer = TurnPacer()
        pacer.spacing = .nanoseconds(100)
        _ = pacer.rest(at: 1000)
        pacer.hurry()
        #expect(pacer.rest(at: 1010) == 0)
        #expect(pacer.rest(at: 1020) == 90)
    }

    @Test func `are not paced by default`() {
        let pacer = TurnPacer()
        #expect(!pacer.isPacing)
    }

    @Test func `take together what came while the loop rested, and its timers fire`() async throws {
        let loop = try Loop.start()
        await withCheckedContinuation { done in
            loop.execute {
                loop.turnSpacing = .milliseconds(10)
                done.resume()
            }
        }
        // Each hand-over waits for the one before, so that without spacing each would have a turn of its own at once.
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<20 {
            await withCheckedContinuation { done in loop.execute { done.resume() } }
        }
        #expect(clock.now - start >= .milliseconds(150), "twenty turns are at least 19 spacings apart, or nearly")
        let fired = Mutex(0)
        await withCheckedContinuation { done in
            loop.execute {
                let kept = Mutex<LoopTimer?>(nil)
                let timer = loop.schedule(after: .milliseconds(1), every: .milliseconds(1)) {
                    let count = fired.withLock { count in
                        count += 1
                        return count
                    }
                    if count == 3 {
                        kept.withLock { $0 }?.cancel()
                        done.resume()
                    }
                }
                kept.withLock { $0 = timer }
            }
        }
        #expect(fired.withLock { $0 } == 3)
        await loop.stop()
    }
}

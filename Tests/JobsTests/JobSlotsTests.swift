import HubTesting
import Persistence
import Testing

@testable import Jobs

@Suite struct `The places of a worker` {
    private static func handler(_ name: String, _ concurrency: Int) -> JobHandler {
        JobHandler(.text(name, concurrency: concurrency)) { _, _ in }
    }

    @Test(arguments: 0..<10)
    func `are asked for as long as they are free, every kind first in turn`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var slots = JobSlots([Self.handler("a", 1), Self.handler("b", 3), Self.handler("c", 2)])
        let limits = ["a": 1, "b": 3, "c": 2]
        var running = ["a": 0, "b": 0, "c": 0]
        var firsts: Set<String> = []
        for _ in 0..<300 {
            let wants = slots.wants()
            if let first = wants.first { firsts.insert(first.kind) }
            #expect(
                Dictionary(uniqueKeysWithValues: wants.map { ($0.kind, $0.count) })
                    == limits.reduce(into: [:]) { free, kind in
                        let left = kind.value - (running[kind.key] ?? 0)
                        if left > 0 { free[kind.key] = left }
                    })
            for want in wants where Bool.random(using: &generator) {
                slots.began(want.kind)
                running[want.kind, default: 0] += 1
            }
            for name in ["a", "b", "c"] where running[name] != 0 && Bool.random(using: &generator) {
                slots.ended(name)
                running[name, default: 0] -= 1
            }
            #expect(slots.isEmpty == running.values.allSatisfy { $0 == 0 })
        }
        #expect(firsts == ["a", "b", "c"])
    }
}

@Suite struct `The wait before another attempt` {
    @Test(arguments: 0..<20)
    func `doubles up to its bound, less half of it at most`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let shortest = Duration.milliseconds(Int.random(in: 1...10_000, using: &generator))
        let backoff = Backoff(shortest: shortest, longest: shortest * Int.random(in: 1...5_000, using: &generator))
        var full = backoff.shortest
        for failures in 1...40 {
            let delay = backoff.delay(afterFailures: failures, using: &generator)
            #expect(delay <= full && delay >= full / 2)
            full = min(full * 2, backoff.longest)
        }
    }
}

extension JobKind<String> {
    /// A kind whose jobs are given a text, and which is quick to try again.
    static func text(
        _ name: String, attempts: Int = 3, timeLimit: Duration = .seconds(60), lease: Duration = .seconds(30),
        concurrency: Int = 2, backoff: Backoff = Backoff(shortest: .milliseconds(1), longest: .milliseconds(2))
    ) -> JobKind<String> {
        JobKind<String>(
            name, attempts: attempts, backoff: backoff, timeLimit: timeLimit, lease: lease, concurrency: concurrency,
            encode: { Array($0.utf8) }, decode: { String(decoding: $0, as: UTF8.self) })
    }

    func job(_ text: String, dedupeKey: String? = nil) -> QueuedJob {
        job(text, dedupeKey: dedupeKey, id: .random())
    }
}

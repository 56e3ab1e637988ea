import HubTesting
import Model
import Testing

@testable import Jobs

@Suite struct `The planner of jobs` {
    private func entry(_ name: String, _ next: Int64, lock: Int64? = nil) -> JobPlanner.Entry {
        JobPlanner.Entry(
            name: name, nextRun: Timestamp(milliseconds: next), lockedUntil: lock.map { Timestamp(milliseconds: $0) })
    }

    @Test func `begins what is due and waits for the next`() {
        var planner = JobPlanner()
        let entries = [entry("a", 1_000), entry("b", 900), entry("c", 6_000), entry("d", 900_000)]
        #expect(planner.plan(entries, at: Timestamp(milliseconds: 1_000)) == .init(due: ["a", "b"], wait: .seconds(5)))
    }

    @Test func `looks again after a while though nothing is due soon`() {
        var planner = JobPlanner(longestWait: .seconds(30))
        let plan = planner.plan([entry("a", 10_000_000)], at: Timestamp(milliseconds: 0))
        #expect(plan == .init(due: [], wait: .seconds(30)))
        #expect(planner.plan([], at: Timestamp(milliseconds: 0)).wait == .seconds(30))
    }

    @Test func `does not look without rest`() {
        var planner = JobPlanner(shortestWait: .milliseconds(20))
        let plan = planner.plan([entry("a", 1_001)], at: Timestamp(milliseconds: 1_000))
        #expect(plan == .init(due: [], wait: .milliseconds(20)))
    }

    @Test func `leaves alone what another holds until its lease is over`() {
        var planner = JobPlanner()
        let plan = planner.plan([entry("a", 0, lock: 3_000)], at: Timestamp(milliseconds: 1_000))
        #expect(plan == .init(due: [], wait: .seconds(2)))
        #expect(planner.plan([entry("a", 0, lock: 3_000)], at: Timestamp(milliseconds: 3_000)).due == ["a"])
    }

    @Test(arguments: 0..<20)
    func `never begins a job that is running, and forgets none that is due`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var planner = JobPlanner()
        var running: Set<String> = []
        let names = ["a", "b", "c", "d"]
        for _ in 0..<1_000 {
            let now = Int64.random(in: 0...100, using: &generator)
            let entries = names.map { name in
                entry(
                    name, .random(in: 0...100, using: &generator),
                    lock: Bool.random(using: &generator) ? .random(in: 0...100, using: &generator) : nil)
            }
            let plan = planner.plan(entries, at: Timestamp(milliseconds: now))
            let ready = entries.filter {
                $0.nextRun.milliseconds <= now && ($0.lockedUntil?.milliseconds ?? 0) <= now
                    && !running.contains($0.name)
            }
            #expect(plan.due == ready.map(\.name))
            running.formUnion(plan.due)
            if let name = running.randomElement(using: &generator), Bool.random(using: &generator) {
                running.remove(name)
                planner.ended(name)
            }
            #expect(planner.isIdle == running.isEmpty)
        }
    }
}

@Suite struct `The keeping of a lease` {
    @Test func `renews after a third of it, and sooner again after a failure`() {
        var keeping = LeaseKeeping(length: .seconds(12), askedAt: .seconds(100))
        #expect(keeping.action(at: .seconds(100)) == .renew(after: .seconds(4)))
        #expect(keeping.action(at: .seconds(105)) == .renew(after: .zero))
        keeping.failed(at: .seconds(105))
        #expect(keeping.action(at: .seconds(105)) == .renew(after: .seconds(1)))
        keeping.renewed(askedAt: .seconds(106))
        #expect(keeping.action(at: .seconds(106)) == .renew(after: .seconds(4)))
        #expect(keeping.action(at: .seconds(118)) == .giveUp)
    }

    @Test(arguments: 0..<20)
    func `gives up when the last lease that was granted is over, and not before`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let length = Duration.milliseconds(Int.random(in: 100...100_000, using: &generator))
        var keeping = LeaseKeeping(length: length, askedAt: .zero)
        var (now, granted) = (Duration.zero, Duration.zero)
        for _ in 0..<1_000 {
            switch keeping.action(at: now) {
            case .giveUp:
                #expect(now >= granted + length)
                return
            case .renew(let delay):
                #expect(now < granted + length)
                #expect(delay >= .zero && now + delay <= granted + length)
                now += delay
                let patience = keeping.patience(at: now)
                #expect(patience >= .zero && now + patience <= max(now, granted + length))
                if Int.random(in: 0..<10, using: &generator) < 4 {
                    keeping.renewed(askedAt: now)
                    granted = now
                    now += patience * Double.random(in: 0...1, using: &generator)
                } else {
                    now += patience
                    keeping.failed(at: now)
                }
            }
        }
    }
}

import HubTesting
import Jobs
import Model
import Testing

@Suite struct `A schedule` {
    private static func random(_ generator: inout SeededGenerator) -> JobSchedule {
        let period = Int64.random(in: 1...100_000_000, using: &generator)
        return JobSchedule(
            every: .milliseconds(period), offset: .milliseconds(Int64.random(in: 0..<period, using: &generator)),
            jitter: .milliseconds(Int64.random(in: 0..<period, using: &generator)))
    }

    private static func moment(_ generator: inout SeededGenerator) -> Timestamp {
        Timestamp(milliseconds: Int64.random(in: -4_000_000_000_000...4_000_000_000_000, using: &generator))
    }

    private static func milliseconds(_ duration: Duration) -> Int64 { Int64(duration / .milliseconds(1)) }

    @Test(arguments: 0..<20)
    func `is due in the very next period, late by no more than its jitter`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<500 {
            let schedule = Self.random(&generator)
            let now = Self.moment(&generator)
            let next = schedule.next(after: now, using: &generator)
            let (period, offset) = (Self.milliseconds(schedule.period), Self.milliseconds(schedule.offset))
            #expect(next > now)
            let into = ((next.milliseconds - offset) % period + period) % period
            #expect(into <= Self.milliseconds(schedule.jitter))
            let start = next.milliseconds - into
            #expect(start > now.milliseconds && start - now.milliseconds <= period)
        }
    }

    @Test(arguments: 0..<20)
    func `skips no period and repeats none while runs are short`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let schedule = Self.random(&generator)
        let period = Self.milliseconds(schedule.period)
        func number(_ moment: Timestamp) -> Int64 {
            let since = moment.milliseconds - Self.milliseconds(schedule.offset)
            return since >= 0 ? since / period : (since - period + 1) / period
        }
        var moment = Self.moment(&generator)
        for _ in 0..<200 {
            let next = schedule.next(after: moment, using: &generator)
            #expect(number(next) == number(moment) + 1)
            moment = next
        }
    }

    @Test func `is one of a few that people know`() {
        #expect(JobSchedule.hourly.description == "hourly")
        #expect(JobSchedule.daily(at: .seconds(3 * 3600 + 1800)).description == "daily at 03:30 UTC")
        #expect(JobSchedule(every: .seconds(900)).description == "every 15 min")
        #expect(JobSchedule(every: .seconds(90)).description == "every 90 s")
        #expect(JobSchedule(every: .milliseconds(250)).description == "every 250 ms")
    }

    @Test func `daily is due at its time of day in UTC`() {
        var generator = SeededGenerator(seed: 1)
        let schedule = JobSchedule(every: .seconds(86_400), offset: .seconds(3 * 3600))
        // 2026-11-20T10:30:00Z and 02:59:59.999Z of the next day.
        let next = schedule.next(after: Timestamp(milliseconds: 1_795_170_600_000), using: &generator)
        #expect(next == Timestamp(milliseconds: 1_795_230_000_000))
        #expect(schedule.next(after: Timestamp(milliseconds: next.milliseconds - 1), using: &generator) == next)
    }
}

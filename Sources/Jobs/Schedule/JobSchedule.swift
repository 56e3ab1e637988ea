package import Model

/// When a job is due again: once in every period, a random moment after the period has begun. Periods are counted from
/// 1970-01-01T00:00:00Z, so that all hubs mean the same ones.
package struct JobSchedule: Hashable, Sendable {
    /// 1 ms or more.
    package let period: Duration
    /// How far into each period it becomes due; less than the period.
    package let offset: Duration
    /// How much later than that it may be, at most, so that not everything begins on the hour; less than the period.
    package let jitter: Duration

    package init(every period: Duration, offset: Duration = .zero, jitter: Duration = .zero) {
        precondition(period >= .milliseconds(1), "a period is 1 ms at least")
        precondition(offset >= .zero && offset < period, "the offset lies within the period")
        precondition(jitter >= .zero && jitter < period, "the jitter lies within the period")
        self.period = period
        self.offset = offset
        self.jitter = jitter
    }

    /// In the first five minutes of every hour.
    package static let hourly = JobSchedule(every: .seconds(3600), jitter: .seconds(300))

    /// Every day, in the half hour that begins `time` after midnight (UTC).
    package static func daily(at time: Duration) -> JobSchedule {
        JobSchedule(every: .seconds(86_400), offset: time, jitter: .seconds(1800))
    }

    /// The first moment of the period after the one that `moment` is in, and a part of the jitter.
    package func next(after moment: Timestamp, using generator: inout some RandomNumberGenerator) -> Timestamp {
        let period = JobSchedule.milliseconds(period)
        let offset = JobSchedule.milliseconds(offset)
        let since = moment.milliseconds - offset
        let (quotient, remainder) = since.quotientAndRemainder(dividingBy: period)
        let current = remainder < 0 ? quotient - 1 : quotient
        let late = Int64.random(in: 0...JobSchedule.milliseconds(jitter), using: &generator)
        return Timestamp(milliseconds: (current + 1) * period + offset + late)
    }

    private static func milliseconds(_ duration: Duration) -> Int64 { Int64(duration / .milliseconds(1)) }
}

extension JobSchedule: CustomStringConvertible {
    /// For people: `hourly`, `daily at 03:00 UTC`, `every 15 min`.
    package var description: String {
        let seconds = Int(period / .seconds(1))
        switch seconds {
        case 3600: return "hourly"
        case 86_400:
            let minutes = Int(offset / .seconds(60))
            return "daily at \(JobSchedule.twoDigits(minutes / 60)):\(JobSchedule.twoDigits(minutes % 60)) UTC"
        case 60... where seconds % 60 == 0: return "every \(seconds / 60) min"
        case 1...: return "every \(seconds) s"
        default: return "every \(Int(period / .milliseconds(1))) ms"
        }
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// Decides when a lease is renewed and when it has to be taken for lost; reads no clock.
///
/// Moments are durations since any fixed one, by a clock that does not jump. A lease is counted from when it was asked
/// for, which is before Postgres granted it, so that it ends here first.
struct LeaseKeeping: Equatable {
    enum Action: Equatable {
        /// To be asked for after that long.
        case renew(after: Duration)
        case giveUp
    }

    let length: Duration
    private var validUntil: Duration
    private var nextRenewal: Duration

    /// - Parameter moment: When the lease was asked for.
    init(length: Duration, askedAt moment: Duration) {
        self.length = length
        validUntil = moment + length
        nextRenewal = moment + length / 3
    }

    mutating func renewed(askedAt moment: Duration) {
        validUntil = moment + length
        nextRenewal = moment + length / 3
    }

    /// Postgres could not be asked; it is again, four times as often.
    mutating func failed(at moment: Duration) { nextRenewal = moment + length / 12 }

    /// How long Postgres may take to renew it: an answer after the lease is over is none.
    func patience(at now: Duration) -> Duration { max(.zero, min(length / 6, validUntil - now)) }

    func action(at now: Duration) -> Action {
        if now >= validUntil { return .giveUp }
        return .renew(after: max(.zero, min(nextRenewal, validUntil) - now))
    }
}

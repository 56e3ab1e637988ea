internal import Model

/// What of a change is worked in together. Live locations are removed after a while, so that there are three times: before
/// there were any, of which all points are there; when there were some that may be gone by now, which is not told again; and
/// since then, of which all are there.
struct WorkPart: Hashable, Sendable {
    enum Points: Hashable, Sendable {
        case all
        case ingested
    }

    var points = Points.all
    /// What has changed.
    var span: ClosedRange<Timestamp>
    /// The first moment of which points may be read, if there are moments of which none may be.
    var floor: Timestamp?
    /// Where points end that may be read.
    var end: Timestamp?
    /// What of the change is left afterwards begins there.
    var rest: Timestamp?

    /// The first part of a change.
    ///
    /// - Parameters:
    ///   - liveSince: When there were live locations first.
    ///   - horizon: Before when they may be gone.
    init(of change: ClosedRange<Timestamp>, liveSince: Timestamp?, horizon: Timestamp?) {
        span = change
        guard let liveSince, let horizon, liveSince < horizon else { return }
        if change.lowerBound >= horizon {
            floor = horizon
        } else if change.lowerBound >= liveSince {
            points = .ingested
            cut(before: horizon)
        } else {
            end = liveSince
            cut(before: liveSince)
        }
    }

    private mutating func cut(before moment: Timestamp) {
        guard span.upperBound >= moment else { return }
        span = span.lowerBound...Timestamp(milliseconds: moment.milliseconds - 1)
        rest = moment
    }
}

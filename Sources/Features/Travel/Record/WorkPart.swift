internal import Model

/// What of a change is worked in together. Live locations are removed after a while, so that there are times when there were some
/// that may be gone by now, which are not told again; and others, before, after and between them, of which all points are there.
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
    /// - Parameter gaps: When live locations counted that may be gone, in order.
    init(of change: ClosedRange<Timestamp>, gaps: [Range<Timestamp>]) {
        span = change
        for gap in gaps {
            if gap.upperBound <= change.lowerBound {
                floor = gap.upperBound
            } else if gap.contains(change.lowerBound) {
                points = .ingested
                floor = nil
                cut(before: gap.upperBound)
                return
            } else {
                end = gap.lowerBound
                cut(before: gap.lowerBound)
                return
            }
        }
    }

    private mutating func cut(before moment: Timestamp) {
        guard span.upperBound >= moment else { return }
        span = span.lowerBound...Timestamp(milliseconds: moment.milliseconds - 1)
        rest = moment
    }
}

/// What is measured of a trip while it lasts.
struct TripGauge: Hashable, Sendable {
    let start: TrackPoint
    private(set) var last: TrackPoint
    private(set) var distance = 0.0
    /// Of the newest stretches, at most five.
    private var speeds: [5 of Double] = .init(repeating: 0)
    private var speedCount = 0
    private var topMedian = 0.0

    init(from start: TrackPoint) {
        self.start = start
        last = start
    }

    mutating func add(_ point: TrackPoint) {
        let stretch = last.distance(to: point)
        distance += stretch
        speeds[speedCount % 5] = stretch / last.seconds(to: point)
        speedCount += 1
        last = point
        if speedCount >= 5 { topMedian = max(topMedian, median) }
    }

    /// Metres a second. Of fewer than five stretches, the median of those there are.
    var topSpeed: Double { speedCount >= 5 ? topMedian : median }

    /// The lower one of an even number.
    private var median: Double {
        let count = min(speedCount, 5)
        guard count > 0 else { return 0 }
        var sorted = speeds
        for index in 1..<count {
            var place = index
            while place > 0, sorted[place] < sorted[place - 1] {
                sorted.swapAt(place, place - 1)
                place -= 1
            }
        }
        return sorted[(count - 1) / 2]
    }

    static func == (left: TripGauge, right: TripGauge) -> Bool {
        left.start == right.start && left.last == right.last && left.distance == right.distance
            && left.topSpeed == right.topSpeed
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(start)
        hasher.combine(last)
    }
}

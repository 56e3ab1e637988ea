/// How a simulated person moves: what bounds their movement and how their phone behaves.
enum TravelMode: String, Hashable, Sendable, CaseIterable {
    case walking
    case cycling
    case driving

    /// The speeds people keep on a free street, in m/s.
    var cruise: ClosedRange<Double> {
        switch self {
        case .walking: 1.1...1.7
        case .cycling: 4...6.5
        case .driving: 9...13.5
        }
    }

    /// The speed at which a corner is taken, in m/s.
    var cornering: Double {
        switch self {
        case .walking: 1.1
        case .cycling: 2.8
        case .driving: 4.5
        }
    }

    /// m/s².
    var acceleration: Double {
        switch self {
        case .walking: 0.7
        case .cycling: 0.9
        case .driving: 1.8
        }
    }

    /// m/s².
    var braking: Double {
        switch self {
        case .walking: 1
        case .cycling: 1.6
        case .driving: 2.6
        }
    }

    /// Seconds between two fixes.
    var interval: ClosedRange<Double> {
        switch self {
        case .walking: 3...5
        case .cycling: 2...3
        case .driving: 1...2
        }
    }

    /// Per cent an hour.
    var batteryDrain: ClosedRange<Double> {
        switch self {
        case .walking: 5...10
        case .cycling: 6...11
        case .driving: 3...8
        }
    }
}

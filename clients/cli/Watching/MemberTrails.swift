import Model

/// The ways that members have gone while they were watched, as far as the last minutes.
struct MemberTrails: Hashable, Sendable {
    private struct Point: Hashable, Sendable {
        let at: Timestamp
        let place: Coordinate
    }

    private var points: [DeviceID: [Point]] = [:]

    /// How far back they go.
    static let length = Duration.seconds(600)
    /// Of one member, which at one a second is the whole length.
    private static let limit = 600

    /// Notes where members are now, and forgets who has left.
    mutating func take(_ members: [DeviceID: WatchModel.Member]) {
        for device in points.keys where members[device] == nil { points[device] = nil }
        for (device, member) in members {
            guard let fix = member.fix, let place = Coordinate(latitude: fix.latitude, longitude: fix.longitude),
                points[device]?.last.map({ $0.at < fix.capturedAt }) ?? true
            else { continue }
            var trail = points[device] ?? []
            trail.append(Point(at: fix.capturedAt, place: place))
            let start = fix.capturedAt.advanced(by: .zero - MemberTrails.length)
            trail.removeFirst(max(0, trail.count - MemberTrails.limit, trail.prefix { $0.at < start }.count))
            points[device] = trail
        }
    }

    /// The oldest place first.
    func trail(of device: DeviceID) -> [Coordinate] { points[device]?.map(\.place) ?? [] }
}

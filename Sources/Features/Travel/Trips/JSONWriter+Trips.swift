internal import H3
internal import Journeys
internal import Model
internal import Wire

extension JSONWriter {
    mutating func members(of trip: TripSummary, _ user: UserID) {
        member("id", JourneyID(.trip, of: user, at: trip.start).rawValue)
        member("startedAt", trip.start)
        member("endedAt", trip.end)
        member("distanceMetres", trip.distance, decimals: 1)
        member("durationSeconds", trip.duration, decimals: 3)
        member("averageSpeed", trip.averageSpeed, decimals: 2)
        member("topSpeed", trip.topSpeed, decimals: 2)
    }

    /// - Parameter path: Two points at least.
    mutating func members(of trip: TripSummary, path: [TrackPoint], _ user: UserID, showsGeometry: Bool) {
        members(of: trip, user)
        place("start", path[0])
        place("end", path[path.count - 1])
        if showsGeometry { object("geometry") { $0.members(of: PathGeometry(path)) } }
    }

    mutating func members(of stay: TripStore.StoredStay, _ user: UserID) {
        member("id", JourneyID(.stay, of: user, at: stay.start).rawValue)
        member("arrivedAt", stay.start)
        member("leftAt", stay.end)
        member("durationSeconds", Double(stay.end.milliseconds - stay.start.milliseconds) / 1000, decimals: 3)
        member("latitude", stay.latitude)
        member("longitude", stay.longitude)
        if let place = Coordinate(latitude: stay.latitude, longitude: stay.longitude) {
            member("cellH3", Cell(at: place, resolution: .neighbourhood).description)
        } else {
            null("cellH3")
        }
    }

    private mutating func members(of geometry: PathGeometry) {
        if geometry.lines.count == 1 {
            member("type", "LineString")
            name("coordinates")
            line(geometry.lines[0])
        } else {
            member("type", "MultiLineString")
            array("coordinates", of: geometry.lines) { $0.line($1) }
        }
    }

    private mutating func line(_ line: [PathGeometry.Position]) {
        array { json in
            for position in line {
                json.array {
                    $0.value(position.longitude)
                    $0.value(position.latitude)
                }
            }
        }
    }

    private mutating func place(_ name: StaticString, _ point: TrackPoint) {
        object(name) {
            $0.member("latitude", point.latitude)
            $0.member("longitude", point.longitude)
        }
    }
}

internal import H3
package import Model

/// What a client says in which cell of resolution 8 a location is.
package enum CellClaim {
    /// What is wrong with it; nothing if it is right.
    ///
    /// Clients reckon with all digits and send fewer, so a cell is right that begins within ``slack`` of the location. The
    /// hub counts its own.
    package static func complaint(of text: String, at place: Coordinate) -> String? {
        guard let cell = Cell(text) else { return "h3Res8 is not a valid H3 cell" }
        guard cell.resolution == .neighbourhood else {
            return "h3Res8 is a cell of resolution \(cell.resolution.rawValue), not 8"
        }
        guard !contains(cell, place) else { return nil }
        return "h3Res8 is not the cell of this location"
    }

    /// Degrees: half of the last of six digits, and a little for rounding twice.
    package static let slack = 0.6e-6

    private static func contains(_ cell: Cell, _ place: Coordinate) -> Bool {
        if Cell(at: place, resolution: .neighbourhood) == cell { return true }
        for north in [-slack, 0, slack] {
            for east in [-slack, 0, slack] where north != 0 || east != 0 {
                let latitude = min(90, max(-90, place.latitude + north))
                var longitude = place.longitude + east
                if longitude > 180 { longitude -= 360 }
                if longitude < -180 { longitude += 360 }
                guard let near = Coordinate(latitude: latitude, longitude: longitude) else { continue }
                if Cell(at: near, resolution: .neighbourhood) == cell { return true }
            }
        }
        return false
    }
}

internal import Model

/// A square of one degree.
struct MapSquare {
    /// 0 ..< 180, from the south.
    let row: Int
    /// 0 ..< 360, from the antimeridian eastwards.
    let column: Int

    init(row: Int, column: Int) {
        self.row = min(max(row, 0), 179)
        self.column = min(max(column, 0), 359)
    }

    init(_ place: Coordinate) {
        self.init(
            row: Int((place.latitude + 90).rounded(.down)),
            column: Int((place.longitude + 180).rounded(.down)) % 360)
    }

    var number: Int { row * 360 + column }
}

/// A place in the map's steps, not rounded.
struct MapPoint {
    let latitude: Double
    let longitude: Double

    /// The south pole, which is where shapes end, counts as a hair north of it; 180° is -180°.
    init(_ place: Coordinate) {
        latitude = max(place.latitude * MapVertex.stepsPerDegree, -899_999_999.5)
        longitude =
            place.longitude == 180 ? -1.8e9 : min(place.longitude * MapVertex.stepsPerDegree, 1_799_999_999.5)
    }
}

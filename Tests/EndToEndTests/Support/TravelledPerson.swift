import H3
import Journeys
import Model
import Persistence
import Travel

/// Two countries side by side, and the sea further east: an earth for tests that need no map.
struct BorderAtlas: CellAtlas {
    func cells(of point: TrackPoint) -> (res8: Int64, res6: Int64) {
        guard let place = Coordinate(latitude: point.latitude, longitude: point.longitude),
            let parent = try? Cell(at: place, resolution: .neighbourhood).parent(at: .city)
        else { preconditionFailure("a point of a track is on the earth") }
        let cell = Cell(at: place, resolution: .neighbourhood)
        return (Int64(bitPattern: cell.index), Int64(bitPattern: parent.index))
    }

    func place(of cell: Int64) -> CellPlace {
        guard let known = try? Cell(index: UInt64(bitPattern: cell)) else { preconditionFailure("no cell of H3's") }
        let (latitude, longitude) = (known.centre.latitude, known.centre.longitude)
        let isSea = longitude > 100 || longitude < 0
        return CellPlace(
            cell: cell, resolution: known.resolution.rawValue, country: isSea ? nil : longitude < 17 ? "AT" : "SK",
            region: isSea ? nil : longitude < 17 ? "AT-1" : "SK-BL", isLand: !isSea, isNorthern: latitude >= 0)
    }
}

/// A track that is written down leg by leg, for tests that know what comes of it.
struct WrittenTrack {
    private(set) var points: [TrackPoint]

    /// - Parameter start: RFC 3339.
    init(from start: Timestamp, latitude: Double, longitude: Double) {
        points = [TrackPoint(time: start, latitude: latitude, longitude: longitude)]
    }

    private var last: TrackPoint { points[points.count - 1] }

    /// Stays for that many minutes.
    mutating func stay(minutes: Int) { move(toLatitude: last.latitude, longitude: last.longitude, minutes: minutes) }

    /// Goes on in a straight line, over the antimeridian if the longitude is beyond it.
    mutating func move(toLatitude latitude: Double, longitude: Double, minutes: Int) {
        let start = last
        for minute in 1...minutes {
            let part = Double(minute) / Double(minutes)
            let east = start.longitude + (longitude - start.longitude) * part
            points.append(
                TrackPoint(
                    time: Timestamp(milliseconds: start.time.milliseconds + Int64(minute) * 60_000),
                    latitude: start.latitude + (latitude - start.latitude) * part,
                    longitude: east > 180 ? east - 360 : east))
        }
    }

    /// Is elsewhere after a silence of that many minutes.
    mutating func appear(atLatitude latitude: Double, longitude: Double, minutes: Int) {
        points.append(
            TrackPoint(
                time: Timestamp(milliseconds: last.time.milliseconds + Int64(minutes) * 60_000), latitude: latitude,
                longitude: longitude))
    }
}

extension RunningHub {
    /// Names for the countries of ``BorderAtlas``.
    func drawBorder() async throws {
        let statements = [
            """
            INSERT INTO travel.countries (code, name, cells_6, cells_8, square_km)
            VALUES ('AT', 'Austria', 100, 1000, 1), ('SK', 'Slovakia', 100, 1000, 1), ('FR', 'France', 100, 1000, 1)
            """,
            """
            INSERT INTO travel.regions (code, country, name, cells_6, cells_8, square_km)
            VALUES ('AT-1', 'AT', 'Burgenland', 10, 100, 1), ('AT-9', 'AT', 'Wien', 10, 100, 1),
                ('SK-BL', 'SK', 'Bratislavský kraj', 10, 100, 1)
            """,
        ]
        for sql in statements { _ = try await database.query(PostgresQuery(PostgresStatement("test." + sql, sql))) }
    }

    /// Makes points somebody's record.
    func travel(_ points: [TrackPoint], by person: TestPerson) async throws {
        let store = PostgresRecordStore(database: database)
        try await store.ensure(person.id)
        _ = try await store.add(points, of: person.id)
        try await RecordKeeper(store: store, atlas: BorderAtlas()).workIn(for: person.id)
    }
}

internal import GeoPackage

/// A country that the map leaves out, drawn by hand. It lies on top of what the map has there.
struct Mending {
    let country: String
    let name: String
    let polygon: Polygon

    private init(country: String, name: String, _ corners: [(latitude: Double, longitude: Double)]) {
        self.country = country
        self.name = name
        let ring = (corners + corners.prefix(1)).map {
            Polygon.Point(longitude: $0.longitude, latitude: $0.latitude)
        }
        polygon = Polygon(rings: [ring])
    }

    static let all = [
        // Along the walls, from the museums' entrance clockwise; Saint Peter's Square up to the colonnades. Right to about 50 m.
        Mending(
            country: "VA", name: "Holy See",
            [
                (41.9070, 12.4535), (41.9062, 12.4560), (41.9045, 12.4566), (41.9033, 12.4580), (41.9022, 12.4585),
                (41.9011, 12.4578), (41.9006, 12.4553), (41.9003, 12.4530), (41.9008, 12.4490), (41.9019, 12.4457),
                (41.9041, 12.4468), (41.9052, 12.4490), (41.9062, 12.4510),
            ])
    ]
}

import Earth
import Foundation
import Model
import Testing
import Travel

@Suite(.enabled(if: RealMap.path != nil, "the map is not here (scripts/fetch-map.sh)"))
struct `Places of the real map` {
    /// A place, and its region or, where there is none, its country.
    struct Spot: Sendable, CustomTestStringConvertible {
        let name: String
        let latitude: Double
        let longitude: Double
        let country: String?
        let region: String?

        var testDescription: String { name }

        init(_ name: String, _ latitude: Double, _ longitude: Double, _ country: String?, _ region: String? = nil) {
            self.name = name
            self.latitude = latitude
            self.longitude = longitude
            self.country = country
            self.region = region
        }
    }

    private static let spots = [
        Spot("San Francisco", 37.7749, -122.4194, "US", "US-CA"),
        Spot("Pier 39, over water", 37.8087, -122.4098, "US", "US-CA"),
        Spot("San Ysidro", 32.5556, -117.0470, "US", "US-CA"),
        Spot("Anchorage", 61.2181, -149.9003, "US", "US-AK"),
        Spot("Honolulu", 21.3069, -157.8583, "US", "US-HI"),
        Spot("Bratislava", 48.1486, 17.1077, "SK", "SK-BL"),
        Spot("Vienna airport", 48.1103, 16.5697, "AT", "AT-3"),
        Spot("Sydney", -33.8688, 151.2093, "AU", "AU-NSW"),
        Spot("Thaba-Tseka", -29.5220, 28.6084, "LS", "LS-K"),
        Spot("Monaco", 43.7384, 7.4246, "MC"),
        Spot("Kaliningrad", 54.7104, 20.4522, "RU", "RU-KGD"),
        Spot("Provideniya, east of the antimeridian", 64.4235, -173.2258, "RU", "RU-CHU"),
        Spot("Saint-Denis", -20.8823, 55.4504, "RE", "FR-974"),
        Spot("Singapore", 1.2903, 103.8520, "SG"),
        Spot("Ushuaia", -54.8019, -68.3030, "AR", "AR-V"),
        Spot("Basel", 47.5596, 7.5886, "CH", "CH-BS"),
        Spot("Geneva", 46.2044, 6.1432, "CH", "CH-GE"),
        Spot("Kehl", 48.5730, 7.8150, "DE", "DE-BW"),
        Spot("Tornio", 65.8481, 24.1466, "FI", "FI-10"),
        Spot("Paris", 48.8566, 2.3522, "FR", "FR-75"),
        Spot("Saint Peter's Square", 41.9022, 12.4568, "VA"),
        Spot("Vatican gardens", 41.9035, 12.4510, "VA"),
        Spot("Rome", 41.8933, 12.4829, "IT", "IT-RM"),
        Spot("Fiji at 180 degrees", -16.78, 180, "FJ", "FJ-N"),
        Spot("Fiji at -180 degrees", -16.78, -180, "FJ", "FJ-N"),
        Spot("Wrangel Island at 180 degrees", 71.2, 180, "RU", "RU-CHU"),
        Spot("Wrangel Island, where the map is cut", 71.2, 179.95, "RU", "RU-CHU"),
        Spot("Chukotka, where the map is cut", 66, -179.95, "RU", "RU-CHU"),
        Spot("Pristina", 42.6629, 21.1655, "XK"),
        Spot("the South Pole", -90, 0, "AQ"),
        Spot("the North Pole", 90, 0, nil),
        Spot("the Atlantic", 0, -30, nil),
        Spot("the Pacific at 180 degrees", 0, 180, nil),
        Spot("the Spratly Islands, which are nobody's", 8.6445, 111.9197, nil),
    ]

    @Test(arguments: spots)
    func `are where people say they are`(spot: Spot) throws {
        let place = try #require(Coordinate(latitude: spot.latitude, longitude: spot.longitude))
        let found = try RealMap.index.get().locate(place)
        #expect(found?.country.code == spot.country)
        if let region = spot.region { #expect(found?.region?.code == region) }
    }

    /// docs/travel.md names these: whoever mends the map sees here what to change there.
    @Test(
        arguments: [
            Spot("Baarle-Hertog, Belgian, in the Netherlands", 51.4403, 4.9290, "NL", "NL-NB"),
            Spot("San Marino's city, in the next castello", 43.9356, 12.4473, "SM", "SM-06"),
            Spot("Simferopol, as the map's makers see it", 44.9521, 34.1024, "RU"),
            Spot("Northern Nicosia, as the map's makers see it", 35.1930, 33.3640, "CY"),
            Spot("Srinagar", 34.0837, 74.7973, "IN", "IN-JK"),
        ])
    func `that are known limits are as they are told`(spot: Spot) throws {
        let place = try #require(Coordinate(latitude: spot.latitude, longitude: spot.longitude))
        let found = try RealMap.index.get().locate(place)
        #expect(found?.country.code == spot.country)
        if let region = spot.region { #expect(found?.region?.code == region) }
    }

    @Test func `have names, and regions that they are part of`() throws {
        let map = try RealMap.map.get()
        #expect(map.countries.count >= 245)
        #expect(map.regions.count >= 4_100)
        #expect(Set(map.countries.map(\.code)).count == map.countries.count)
        #expect(Set(map.regions.map(\.code)).count == map.regions.count)
        #expect(map.countries.first { $0.code == "BO" }?.name == "Bolivia")
        #expect(map.countries.first { $0.code == "XK" }?.name == "Kosovo")
        let paris = try #require(map.regions.first { $0.code == "FR-75" })
        #expect(paris.name == "Paris" && paris.parent == "FR-IDF")
        let countries = Set(map.countries.map(\.code))
        #expect(map.regions.allSatisfy { countries.contains($0.country) && !$0.name.isEmpty })
    }

    @Test func `are the same on both sides of every hair's breadth`() throws {
        // Places across borders, in steps of a metre: once the answer changes, it does not change back within a kilometre.
        let index = try RealMap.index.get()
        for (latitude, from, to) in [(48.57, 7.79, 7.81), (32.54, -117.05, -117.02), (47.56, 7.55, 7.60)] {
            var codes: [String] = []
            for step in 0...2_000 {
                let longitude = from + (to - from) * Double(step) / 2_000
                let place = try #require(Coordinate(latitude: latitude, longitude: longitude))
                let code = try #require(index.locate(place))
                if codes.last != code.country.code { codes.append(code.country.code) }
            }
            #expect(Set(codes).count == codes.count)
        }
    }
}

@Suite(
    .enabled(
        if: RealMap.path != nil && RealMap.traces != nil,
        "the map (scripts/fetch-map.sh) or the recorded tracks (../shared/data/traces) are not here"))
struct `Recorded tracks on the real map` {
    @Test func `go through the regions that their index names`() throws {
        let folder = try #require(RealMap.traces)
        let index = try RealMap.index.get()
        let rows = try String(contentsOfFile: folder + "/INDEX.csv", encoding: .utf8).split(separator: "\n")
        let header = rows[0].split(separator: ",", omittingEmptySubsequences: false)
        let column = try #require(header.firstIndex(of: "regions"))
        #expect(rows.count > 40)
        for row in rows.dropFirst() {
            let fields = row.split(separator: ",", omittingEmptySubsequences: false)
            let expected = Set(fields[column].split { " ;|+/".contains($0) }.map(String.init))
            var found: Set<String> = []
            let track = try String(contentsOfFile: "\(folder)/\(fields[0])", encoding: .utf8)
            let lines = track.split(whereSeparator: \.isNewline)
            let names = lines[0].split(separator: ",", omittingEmptySubsequences: false)
            let (north, east) = (try #require(names.firstIndex(of: "lat")), try #require(names.firstIndex(of: "lon")))
            for line in lines.dropFirst() {
                let values = line.split(separator: ",", omittingEmptySubsequences: false)
                let (latitude, longitude) = (try #require(Double(values[north])), try #require(Double(values[east])))
                let place = try #require(Coordinate(latitude: latitude, longitude: longitude))
                let whereabouts = try #require(index.locate(place), "\(fields[0]) is at sea")
                found.insert(whereabouts.region?.code ?? whereabouts.country.code)
            }
            #expect(found == expected, "\(fields[0])")
        }
    }
}

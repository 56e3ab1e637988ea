import HubTesting
import Model

@testable import TrackFiles

/// What reading a file came to.
struct Reading: Equatable {
    var points: [TrackFilePoint] = []
    var tally = TrackFileTally()
    var isCut = false
    var error: TrackFileError?

    /// 2030-01-01.
    static let rules = PointRules(latest: Timestamp(milliseconds: 1_893_456_000_000))

    /// - Parameter pieces: Lengths of the pieces it is read in, one after the other and again.
    init(_ bytes: [UInt8], said: TrackFormat? = nil, pieces: [Int] = [Int.max], longestContent: Int = 2 << 30) {
        var reader = TrackFileReader(said: said, rules: Reading.rules, longestContent: longestContent)
        var (position, turn) = (0, 0)
        do throws(TrackFileError) {
            while position < bytes.count {
                let end =
                    pieces[turn % pieces.count] >= bytes.count - position
                    ? bytes.count : position + pieces[turn % pieces.count]
                try reader.read(bytes.span.extracting(position..<end), into: &points)
                position = end
                turn += 1
            }
            isCut = try reader.finish(into: &points)
        } catch {
            self.error = error
        }
        tally = reader.tally
    }

    init(_ text: String, said: TrackFormat? = nil, pieces: [Int] = [Int.max]) {
        self.init(Array(text.utf8), said: said, pieces: pieces)
    }

    /// Time, latitude and longitude of every point.
    var places: [String] {
        points.map { "\($0.time.milliseconds) \($0.coordinate.latitude) \($0.coordinate.longitude)" }
    }
}

/// Small files of each format, all of the same two points.
enum Sample {
    static let places = ["1714557600000 48.1 11.5", "1714557660500 48.2 -11.6"]

    static let gpx = """
        <?xml version="1.0"?>
        <!-- made by hand -->
        <gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1" xmlns:e="http://example.org/e">
        <metadata><time>2001-01-01T00:00:00Z</time></metadata>
        <trk><name>&lt;a &amp; b&gt;</name><trkseg>
        <trkpt lat="48.1" lon="11.5"><ele>520.5</ele><time>2024-05-01T10:00:00Z</time>
        <extensions><e:speed>1.5</e:speed></extensions></trkpt>
        <trkpt lon="-11.6" lat="48.2"><time>2024-05-01T12:01:00.500+02:00</time></trkpt>
        </trkseg></trk></gpx>

        """
    static let geojson = """
        {"name": "a \\"track\\" \\u00e9", "type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"time": "2024-05-01T10:00:00Z", "accuracy": 5},
         "geometry": {"type": "Point", "coordinates": [11.5, 48.1, 520.5]}},
        {"type": "Feature", "geometry": {"coordinates": [-11.6, 48.2], "type": "Point"},
         "properties": {"timestamp": 1714557660500, "other": [1, {"time": null}]}}]}
        """
    static let line = """
        {"type":"Feature","properties":{"coordTimes":["2024-05-01T10:00:00Z","2024-05-01T10:01:00.5Z"]},
        "geometry":{"type":"LineString","coordinates":[[11.5,48.1,520.5],[-11.6,48.2]]}}
        """
    static let lateTimes = """
        {"type":"Feature","geometry":{"type":"MultiLineString","coordinates":[[[11.5,48.1]],[[-11.6,48.2]]]},
        "properties":{"coordinateProperties":{"times":[["2024-05-01T10:00:00Z"],["2024-05-01T10:01:00.5Z"]]}}}
        """
    static let csv =
        "name,Latitude,lon,Time,acc\n\"a, \"\"b\"\"\",48.1,11.5,2024-05-01T10:00:00Z,5\r\nb,48.2,-11.6,1714557660.5,\n"
    static let semicolons = "time;x;y\r2024-05-01 10:00:00;11.5;48.1\r2024-05-01 10:01:00,5;-11.6;48.2\r"
    static let takeout = """
        {"locations": [{"latitudeE7": 481000000, "longitudeE7": 115000000, "accuracy": 20, "activity":
        [{"timestampMs": "1", "activity": [{"type": "STILL", "confidence": 100}]}], "timestampMs": "1714557600000"},
        {"timestamp": "2024-05-01T10:01:00.500Z", "latitudeE7": 482000000, "longitudeE7": -116000000}]}
        """
    static let phone = """
        {"semanticSegments": [{"startTime": "2024-05-01T12:00:00.000+02:00", "endTime": "2024-05-01T14:00:00.000+02:00",
        "timelinePath": [{"point": "48.1°, 11.5°", "time": "2024-05-01T12:00:00.000+02:00"},
        {"point": "48.2\\u00b0, -11.6\\u00b0", "time": "2024-05-01T12:01:00.500+02:00"}]}]}
        """
    static let signals = """
        {"rawSignals": [{"position": {"LatLng": "48.1°, 11.5°", "accuracyMeters": 9, "timestamp": "2024-05-01T10:00:00Z"}},
        {"wifiScan": {"deliveryTime": "2024-05-01T10:00:00Z"}},
        {"position": {"LatLng": "48.2°, -11.6°", "timestamp": "2024-05-01T10:01:00.5Z"}}]}
        """
    static let apple = """
        [{"endTime": "2024-05-01T14:00:00Z", "timelinePath": [
        {"point": "geo:48.1,11.5", "durationMinutesOffsetFromStartTime": "0"},
        {"point": "geo:48.2,-11.6", "durationMinutesOffsetFromStartTime": "1.0083333333"}],
        "startTime": "2024-05-01T10:00:00.000Z"}]
        """
    static let visit = """
        [{"endTime": "2024-05-01T10:01:00.500Z", "startTime": "2024-05-01T10:00:00.000Z", "visit": {"hierarchyLevel": "0",
        "topCandidate": {"probability": "0.8", "placeLocation": "geo:48.1,11.5"}}}]
        """
    static let owntracks =
        "2024-05-01T10:00:00Z\t*                 \t{\"_type\":\"location\",\"tst\":1714557600,\"lat\":48.1,\"lon\":11.5,\"acc\":5}\n"
        + "2024-05-01T10:00:30Z\tlwt               \t{\"_type\":\"lwt\",\"tst\":1}\n"
        + "2024-05-01T10:01:00Z\t*                 \t{\"lon\":-11.6,\"lat\":48.2,\"tst\":1714557660.5,\"_type\":\"location\"}\n"

    static let all: [(format: TrackFormat, text: String)] = [
        (.gpx, gpx), (.geojson, geojson), (.geojson, line), (.geojson, lateTimes), (.csv, csv), (.csv, semicolons),
        (.google, takeout), (.google, phone), (.google, signals), (.google, apple), (.owntracks, owntracks),
    ]
}

import Foundation
import Measuring
import Model
import Testing
import Wire

@testable import hubctl

@Suite struct `The files of tracks` {
    private func parse(_ text: String) throws(TrackFault) -> Track {
        try TrackFile.parse(Array(text.utf8), source: "t", accuracy: 12)
    }

    @Test func `a CSV is read by the names in its header, whatever their order`() throws {
        let track = try parse(
            """
            speed,Latitude,lng,time,ele (m),accuracy,battery_level,extra
            1.5,48.1,17.2,2026-01-02T03:04:05Z,150.5,4,87,x
            ,-48.2,-17.3,2026-01-02T03:04:06.25Z,,,,
            """)
        let first = try #require(TimeText.timestamp("2026-01-02T03:04:05.000Z"))
        #expect(
            track.fixes == [
                Fix(
                    capturedAt: first, latitude: 48.1, longitude: 17.2, accuracy: 4, altitude: 150.5, speed: 1.5,
                    batteryLevel: 87),
                Fix(
                    capturedAt: first.advanced(by: .milliseconds(1250)), latitude: -48.2, longitude: -17.3,
                    accuracy: 12),
            ])
    }

    @Test(arguments: [";", "\t", ","])
    func `delimiters, quotes, both line ends and a byte order mark are understood`(delimiter: String) throws {
        let track = try parse(
            "\u{feff}timestamp,lat,lon\r\n\"1767323045\",\"1\",2\r\n\r\n1767323046,3,4\n"
                .replacingOccurrences(of: ",", with: delimiter))
        #expect(track.fixes.map(\.latitude) == [1, 3])
        #expect(track.length == .seconds(1))
    }

    @Test func `points are sorted and repeated times left out`() throws {
        let track = try parse("t,lat,lon\n30,3,0\n10,1,0\n20,2,0\n20,9,0\n")
        #expect(track.fixes.map(\.latitude) == [1, 2, 3])
        #expect(track.repeated == 1)
    }

    @Test(arguments: [
        ("", TrackFault.noPoints), ("lat,lon,time\n", .noPoints), ("time,lat\n1,2\n", .missingColumns(["longitude"])),
        ("a,b\n", .missingColumns(["timestamp", "latitude", "longitude"])),
        ("time,lat,lon\n1,2,3\n2,abc,3\n", .badPoint(3, "latitude 'abc' is not a number")),
        ("time,lat,lon\n1,nan,3\n", .badPoint(2, "latitude 'nan' is not a number")),
        ("time,lat,lon\nsoon,2,3\n", .badPoint(2, "'soon' is not a time")),
        ("time,lat,lon\n1,91,3\n", .badPoint(2, "Latitude must be between -90 and 90")),
        ("time,lat,lon,speed\n1,9,3,-1\n", .badPoint(2, "Speed must be non-negative")),
        ("time,lat,lon\n1,2\n", .badPoint(2, "the time, the latitude or the longitude is missing")),
        ("time,lat,lon\n1,\"2,3\n", .malformed(2, "a quote is not closed")),
        ("time,lat,lon\n1,\"2\"x,3\n", .malformed(2, "text after a closing quote")),
        ("device,time,lat,lon\na,1,2,3\nb,2,2,3\n", .manyDevices(2)), ("PK\u{3}\u{0}\u{1}", .unknownKind),
    ])
    func `a broken CSV is told where and why`(text: String, fault: TrackFault) {
        #expect(throws: fault) { try parse(text) }
    }

    @Test func `a GPX is read with the extensions recorders use`() throws {
        let track = try parse(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"
             xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">
             <metadata><time>2020-01-01T00:00:00Z</time></metadata>
             <wpt lat="1" lon="1"><time>2020-01-01T00:00:00Z</time></wpt>
             <trk><name>a &amp; b</name><trkseg>
              <trkpt lat="48.5" lon="17.5"><ele>120.5</ele><time>2026-01-02T03:04:05Z</time>
               <extensions><gpxtpx:TrackPointExtension><gpxtpx:speed>2.5</gpxtpx:speed>
               <gpxtpx:course>90</gpxtpx:course></gpxtpx:TrackPointExtension></extensions></trkpt>
              <trkpt lat="48.6" lon="17.6"/>
             </trkseg><trkseg>
              <trkpt lat="48.7" lon="17.7"><time>2026-01-02T05:04:06+02:00</time></trkpt>
             </trkseg></trk>
            </gpx>
            """)
        let first = try #require(TimeText.timestamp("2026-01-02T03:04:05Z"))
        #expect(
            track.fixes == [
                Fix(
                    capturedAt: first, latitude: 48.5, longitude: 17.5, accuracy: 12, altitude: 120.5, bearing: 90,
                    speed: 2.5),
                Fix(
                    capturedAt: first.advanced(by: .seconds(1)), latitude: 48.7, longitude: 17.7, accuracy: 12),
            ])
    }

    @Test(arguments: [
        ("<gpx><trk>", TrackFault.malformed(1, "the XML is broken")),
        ("<kml></kml>", .malformed(1, "the XML is not GPX")),
        ("<gpx></gpx>", .noPoints),
        (
            "<gpx>\n<trkpt lat=\"1\"><time>2020-01-01T00:00:00Z</time></trkpt></gpx>",
            .badPoint(2, "a point has no latitude or longitude")
        ),
        ("<gpx>\n<trkpt lat=\"1\" lon=\"2\"><time>now</time></trkpt></gpx>", .badPoint(2, "'now' is not a time")),
        ("<gpx>\n<trkpt lat=\"1\" lon=\"2\"><ele>x</ele></trkpt></gpx>", .badPoint(2, "ele 'x' is not a number")),
        (
            "<!DOCTYPE g [<!ENTITY a \"b\">]>\n<gpx></gpx>",
            .malformed(1, "a document type declaration is not part of GPX")
        ),
        (
            "<gpx><trkpt lat=\"1\" lon=\"200\"><time>2020-01-01T00:00:00Z</time></trkpt></gpx>",
            .badPoint(1, "Longitude must be between -180 and 180")
        ),
    ])
    func `a broken GPX is told where and why`(text: String, fault: TrackFault) {
        #expect(throws: fault) { try parse(text) }
    }

    @Test func `a file that is not there, is a folder or holds nothing says so in one line`() throws {
        let folder = FileManager.default.temporaryDirectory.path
        #expect(throws: CommandFailure.badData("/no/such.gpx: no such file")) {
            try TrackFile.read("/no/such.gpx", accuracy: 1)
        }
        #expect(throws: CommandFailure.badData("\(folder): is a folder")) {
            try TrackFile.read(folder, accuracy: 1)
        }
        #expect(throws: CommandFailure.self) { try TrackFile.paths(in: "/no/such") }
    }

    @Test(arguments: [
        ("2026-11-20T10:30:00.000Z", 1_795_170_600_000), ("2026-11-20t10:30:00z", 1_795_170_600_000),
        ("2026-11-20 10:30:00", 1_795_170_600_000), ("2026-11-20T10:30:00.5", 1_795_170_600_500),
        ("2026-11-20T12:00:00+01:30", 1_795_170_600_000), ("2026-11-20T10:30:00.123999Z", 1_795_170_600_123),
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("1795170600", 1_795_170_600_000), ("1795170600.25", 1_795_170_600_250), ("1795170600000", 1_795_170_600_000),
        (" 1795170600 ", 1_795_170_600_000),
    ])
    func `a time is read in every form recorders write`(text: String, milliseconds: Int64) {
        #expect(TimeText.timestamp(text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "", "Z", "2026-11-20", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-20T24:00:00Z",
        "2026-11-20T10:30:00.Z", "2026-11-20T10:30:00+1", "2026-11-20T10:30:00Zx", "nan", "1e300",
        "2026-11-20T10:30:00+25:00",
    ])
    func `what is no time is refused`(text: String) {
        #expect(TimeText.timestamp(text) == nil)
    }

    @Test func `a written time reads as the same`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let time = Timestamp(
                milliseconds: Int64.random(in: -62_000_000_000_000...250_000_000_000_000, using: &generator))
            #expect(TimeText.timestamp(time.rfc3339) == time)
        }
    }
}

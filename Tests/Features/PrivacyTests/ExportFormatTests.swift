import HTTP
import HubTesting
import Model
import Persistence
import Testing
import Wire

@testable import Privacy

@Suite struct `The format of an export` {
    @Test(arguments: [
        ("application/json", ExportFormat.json), ("*/*", .json), ("text/csv", .csv), ("text/*", .csv),
        ("application/*", .json), ("application/gpx+xml", .gpx), ("Application/Geo+JSON", .geojson),
        ("text/csv;q=0.5, application/gpx+xml;q=0.6", .gpx), ("application/json;q=0, */*", .geojson),
        ("application/json;q=0.2, application/*;q=0.1, text/csv;q=0.3", .csv),
        ("text/html, application/xhtml+xml, */*;q=0.8", .json), (" text/csv ; charset=utf-8 ; q=1.000 ", .csv),
        ("text/csv;q=x, application/gpx+xml;q=0.001", .gpx),
    ])
    func `is the one that Accept weighs most`(accept: String, format: ExportFormat) {
        #expect(ExportFormat.accepted(by: AcceptedTypes([accept])) == format)
    }

    @Test(arguments: [
        "text/html", "application/json;q=0", "*/*;q=0", "", ",", "json", "*/json", "/", "text/csv;q=1.5",
        "text/csv;q=0.0001", "application/", "text/csv;q=", "image/*",
    ])
    func `is none where Accept takes none`(accept: String) {
        #expect(ExportFormat.accepted(by: AcceptedTypes([accept])) == nil)
    }

    @Test func `is found or not, and never a trap, whatever Accept holds`() {
        var generator = SeededGenerator(seed: 41)
        let pieces = [
            "text", "/", "*", "csv", ";", "q=", "0", ".", "5", ",", " ", "application/json", "\t", "ü", "=", "1",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            _ = ExportFormat.accepted(by: AcceptedTypes([text]))
        }
    }
}

@Suite struct `An export as text` {
    static let subject: ExportSubject = {
        guard let group = GroupID("family") else { fatalError("a good name") }
        let moment = Timestamp(milliseconds: 1_795_170_600_000)
        return ExportSubject(
            device: Device(
                id: DeviceID(UniqueID(high: 0x0190_d2f4_7d3a_7c61, low: 0xb0d1_5f0a_4c1e_2b3d)),
                displayName: "A <b> & \"c\"\u{1}", group: group, platform: "ios", isActive: true, createdAt: moment,
                updatedAt: moment, lastSeenAt: moment),
            pushToken: "token", audit: [], exportedAt: moment)
    }()

    static let locations = [
        DeviceExport.Location(
            fix: Fix(
                capturedAt: Timestamp(milliseconds: 1_795_170_600_000), latitude: 48.2082, longitude: 180, accuracy: 8),
            receivedAt: Timestamp(milliseconds: 1_795_170_601_000)),
        DeviceExport.Location(
            fix: Fix(
                capturedAt: Timestamp(milliseconds: 1_795_170_605_000), latitude: -90, longitude: -0.0000005,
                accuracy: 0, altitude: 1e21, bearing: 0, speed: 1.5, provider: "@SUM(A1)", batteryLevel: 0,
                networkType: "a,b\"c"), receivedAt: Timestamp(milliseconds: 1_795_170_606_000)),
    ]

    static func text(_ format: ExportFormat, _ locations: [DeviceExport.Location]) -> String {
        var text = format.makeText()
        var bytes: [UInt8] = []
        text.begin(subject, to: &bytes)
        for location in locations { text.append(location, to: &bytes) }
        text.end(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `CSV is byte for byte this`() {
        #expect(
            `An export as text`.text(.csv, `An export as text`.locations)
                == [
                    CSVExport.header,
                    "2026-11-20T10:30:00.000Z,48.2082,180,8,,,,,,,2026-11-20T10:30:01.000Z,0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d",
                    "2026-11-20T10:30:05.000Z,-90,-0.0000005,0,1000000000000000000000,0,1.5,'@SUM(A1),0,\"a,b\"\"c\","
                        + "2026-11-20T10:30:06.000Z,0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d", "",
                ].joined(separator: "\r\n"))
    }

    @Test func `GPX is byte for byte this`() {
        #expect(
            `An export as text`.text(.gpx, `An export as text`.locations) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <gpx version="1.1" creator="Presence Hub" xmlns="http://www.topografix.com/GPX/1/1" \
                xmlns:hub="urn:presence-hub:gpx:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
                xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd">
                <metadata><name>A &lt;b&gt; &amp; &quot;c&quot;\u{FFFD}</name><time>2026-11-20T10:30:00.000Z</time></metadata>
                <trk><name>A &lt;b&gt; &amp; &quot;c&quot;\u{FFFD}</name><src>0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d</src><trkseg>
                <trkpt lat="48.2082" lon="-180"><time>2026-11-20T10:30:00.000Z</time><extensions>\
                <hub:accuracy>8</hub:accuracy><hub:receivedAt>2026-11-20T10:30:01.000Z</hub:receivedAt></extensions></trkpt>
                <trkpt lat="-90" lon="-0.0000005"><ele>1000000000000000000000</ele><time>2026-11-20T10:30:05.000Z</time>\
                <src>@SUM(A1)</src><extensions><hub:accuracy>0</hub:accuracy><hub:bearing>0</hub:bearing>\
                <hub:speed>1.5</hub:speed><hub:batteryLevel>0</hub:batteryLevel><hub:networkType>a,b&quot;c</hub:networkType>\
                <hub:receivedAt>2026-11-20T10:30:06.000Z</hub:receivedAt></extensions></trkpt>
                </trkseg></trk></gpx>

                """)
    }

    @Test(arguments: [0, 1, 2])
    func `JSON and GeoJSON are one whole value with as many locations as there are`(count: Int) throws {
        let locations = Array(`An export as text`.locations.prefix(count))
        let json = try JSONValue(Array(`An export as text`.text(.json, locations).utf8))
        #expect(json["locations"]?.array?.count == count && json["locationCount"] == .integer(Int64(count)))
        #expect(json["device"]?["displayName"]?.string == "A <b> & \"c\"\u{1}")
        #expect(json["device"]?["fcmToken"]?.string == "token")
        let geo = try JSONValue(Array(`An export as text`.text(.geojson, locations).utf8))
        #expect(geo["features"]?.array?.count == count)
        guard count == 2 else { return }
        #expect(
            geo["features"]?.array?[1]["geometry"]?["coordinates"]?.array
                == [.number(-0.0000005), .integer(-90), .number(1e21)]
                || geo["features"]?.array?[1]["geometry"]?["coordinates"]?.array?.count == 3)
    }

    @Test func `a text in CSV can be read back and is no formula`() {
        var generator = SeededGenerator(seed: 7)
        let scalars = ["=", "+", "-", "@", "\t", "\r", "\n", "a", "\"", ",", "'", "ü", "1"]
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                scalars.randomElement(using: &generator) ?? ""
            }.joined()
            let field = CSVExport.field(text)
            let isQuoted = field.hasPrefix("\"")
            let inner = isQuoted ? String(field.dropFirst().dropLast()).replacing("\"\"", with: "\"") : field
            #expect(inner == text || inner == "'" + text)
            if let first = inner.unicodeScalars.first { #expect(!"=+-@\t\r\n".unicodeScalars.contains(first)) }
            if !isQuoted { #expect(!field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }) }
        }
    }

    @Test func `a decimal has no exponent and reads back as the same number`() {
        var generator = SeededGenerator(seed: 3)
        var values = [
            0, -0.0, 1, -1, 0.1, 1e-5, -1e-7, Double.leastNonzeroMagnitude, 1.5e300, -2.25e20, 1e16, 123456789.125, 180,
            -179.9999999,
        ]
        for _ in 0..<5000 {
            let value = Double(bitPattern: generator.next())
            if value.isFinite { values.append(value) }
        }
        for value in values {
            let text = DecimalText.text(value)
            #expect(Double(text) == value)
            #expect(text.allSatisfy { $0.isNumber || $0 == "." || $0 == "-" }, "\(text)")
        }
    }
}

import HubTesting
import Model
import Testing

@testable import TrackFiles

struct ReadingTests {
    @Test(arguments: Sample.all.indices)
    func `a file of each kind gives its points`(index: Int) {
        let sample = Sample.all[index]
        for said in [nil, sample.format] {
            let reading = Reading(sample.text, said: said)
            #expect(reading.error == nil && !reading.isCut)
            #expect(reading.places == Sample.places)
            #expect(reading.tally.points == 2 && reading.tally.skipped.isEmpty)
        }
    }

    @Test(arguments: Sample.all.indices)
    func `every cut of a file gives the same points`(index: Int) {
        let bytes = Array(Sample.all[index].text.utf8)
        let whole = Reading(bytes)
        for length in 1...bytes.count { #expect(Reading(bytes, pieces: [length]) == whole) }
        for first in 1..<bytes.count { #expect(Reading(bytes, pieces: [first, .max]) == whole) }
    }

    @Test(arguments: Sample.all.indices)
    func `a file that ends early gives what came before and says so, or ends where a line does`(index: Int) {
        let sample = Sample.all[index]
        let bytes = Array(sample.text.utf8)
        for count in (bytes.count / 2)..<bytes.count {
            let reading = Reading(Array(bytes[..<count]))
            #expect(reading.error == nil)
            #expect(reading.places == Array(Sample.places.prefix(reading.points.count)))
            if sample.format != .csv, sample.format != .owntracks {
                let rest = bytes[count...].allSatisfy { $0 == 10 || $0 == 32 }
                #expect(reading.isCut == !rest)
            }
        }
    }

    @Test func `a visit is two points`() {
        #expect(Reading(Sample.visit).places == ["1714557600000 48.1 11.5", "1714557660500 48.1 11.5"])
    }

    @Test func `accuracy, altitude and speed come along`() {
        let gpx = Reading(Sample.gpx).points
        #expect(gpx.first?.altitude == 520.5 && gpx.first?.speed == 1.5)
        let geojson = Reading(Sample.geojson).points
        #expect(geojson.first?.altitude == 520.5 && geojson.first?.accuracy == 5 && geojson.last?.accuracy == nil)
        #expect(Reading(Sample.csv).points.first?.accuracy == 5)
    }

    @Test func `what is no point is counted with the reason`() {
        let rows = [
            "48.1,11.5,2024-05-01T10:00:00Z,5", "91,11.5,2024-05-01T10:00:00Z,5", ",11.5,2024-05-01T10:00:00Z,5",
            "48.1,11.5,yesterday,5", "48.1,11.5,,5", "48.1,11.5,9999-12-31T23:59:59Z,5",
            "48.1,11.5,1899-12-31T23:59:59.999Z,5",
            "48.1,11.5,2024-05-01T10:00:00Z,501", "nan,inf,2024-05-01T10:00:00Z,5", "48.1,11.5,2023-02-29T10:00:00Z,5",
        ]
        let reading = Reading("lat,lon,time,accuracy\n" + rows.joined(separator: "\n"))
        #expect(reading.points.count == 1)
        #expect(reading.tally.skipped == [.place: 3, .time: 3, .future: 1, .past: 1, .inaccurate: 1])
        #expect(reading.tally.entries == rows.count)
    }

    @Test func `a point may be of 1900 or later`() {
        let times = ["1900-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "-1000", "1970-01-01T00:00:00Z"]
        let reading = Reading("lat,lon,time\n" + times.map { "48.1,11.5,\($0)\n" }.joined())
        #expect(reading.points.map(\.time.milliseconds) == [-2_208_988_800_000, -1, -1_000_000, 0])
        #expect(reading.tally.skipped == [:])
    }

    @Test func `times of a line that are not one for each position say nothing`() {
        let text = """
            {"type":"Feature","properties":{"coordTimes":["2024-05-01T10:00:00Z"]},
            "geometry":{"type":"LineString","coordinates":[[11.5,48.1],[11.6,48.2]]}}
            """
        #expect(Reading(text).tally.skipped == [.time: 2])
    }

    @Test(arguments: [
        ("2024-05-01T10:00:00Z", 1_714_557_600_000), ("2024-05-01T10:00Z", 1_714_557_600_000),
        ("2024-05-01 10:00:00", 1_714_557_600_000), ("2024-05-01T10:00:00.1239Z", 1_714_557_600_123),
        ("2024-05-01T12:00:00+0200", 1_714_557_600_000), ("2024-05-01T04:30:00-05:30", 1_714_557_600_000),
        ("2024-05-01", 1_714_521_600_000), ("1714557600", 1_714_557_600_000), ("1714557600123", 1_714_557_600_123),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999Z", -1), ("1900-01-01T00:00:00Z", -2_208_988_800_000),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000),
    ])
    func `a time is read in every form that files have`(text: String, milliseconds: Int64) {
        #expect(MomentText.moment(Array(text.utf8)[...]) == Timestamp(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "", "x", "2024", "2024-13-01T00:00:00Z", "2024-01-32", "2024-01-01T24:00:00Z", "2024-01-01T10:00:00.Z",
        "2024-01-01T10:00:00+25:00", "2024-01-01T10:00:00Zx", "1e400", "-", "0x10", "infinity", "nan",
    ])
    func `what is no time is none`(text: String) {
        // A year alone is a number of seconds.
        #expect((MomentText.moment(Array(text.utf8)[...]) == nil) == (text != "2024"))
    }

    @Test func `numbers are the nearest doubles`() {
        var random = SeededGenerator(seed: 45)
        for _ in 0..<2000 {
            let value = Double.random(in: -180...180, using: &random)
            for text in ["\(value)", "\(Double(Int(value * 1e7)) / 1e7)", "\(value)e-3", " \(Int(value)) "] {
                let trimmed = text.split(separator: " ").joined()
                #expect(DecimalText.number(Array(text.utf8)[...]) == Double(trimmed))
            }
        }
        for text in ["", "-", ".", "1.2.3", "1e", "0x1p3", "inf", "nan", "1,5", "1 2"] {
            #expect(DecimalText.number(Array(text.utf8)[...]) == nil)
        }
    }
}

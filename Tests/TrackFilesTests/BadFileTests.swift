import HubTesting
import Model
import Testing

@testable import TrackFiles

struct BadFileTests {
    @Test func `a file that is another than was said is refused by name`() {
        for sample in Sample.all {
            for said in TrackFormat.allCases where said != sample.format {
                let reading = Reading(sample.text, said: said)
                #expect(reading.error == .otherFormat(said: said, is: sample.format))
                #expect(reading.points.isEmpty)
            }
        }
    }

    @Test(arguments: [
        [UInt8](), [0], [UInt8](repeating: 0, count: 100_000), [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10],
        Array("<html><body/></html>".utf8), Array("{\"a\": {\"features\": []}}".utf8), Array("{}".utf8),
    ])
    func `what is no file of tracks is refused`(bytes: [UInt8]) {
        #expect(Reading(bytes).error == .unknownFormat)
        #expect(Reading(bytes, pieces: [1]).error == .unknownFormat)
    }

    @Test func `a table without the columns is refused`() {
        #expect(Reading("a,b,c\n1,2,3\n").error == .missingColumns)
        #expect(Reading("lat,lon\n1,2\n").error == .missingColumns)
        #expect(Reading("just words").error == .missingColumns)
    }

    @Test func `an archive is refused by name`() {
        #expect(Reading([0x50, 0x4B, 3, 4, 20, 0, 0, 0], pieces: [1]).error == .zipped)
    }

    @Test func `a document type is refused, and with it what grows without end`() {
        var text = "<?xml version=\"1.0\"?><!DOCTYPE gpx [<!ENTITY a \"aaaaaaaaaa\">"
        for (one, next) in zip("abcdefgh", "bcdefghi") {
            text += "<!ENTITY \(next) \"\(String(repeating: "&\(one);", count: 10))\">"
        }
        text += "]><gpx><wpt lat=\"1\" lon=\"2\"><time>&i;</time></wpt></gpx>"
        #expect(Reading(text).error == .documentType)
        #expect(Reading("<!DOCTYPE gpx SYSTEM \"file:///etc/passwd\"><gpx/>").error == .documentType)
    }

    @Test func `an entity that nothing defines is a fault`() {
        let reading = Reading("<gpx><wpt lat=\"1\" lon=\"2\"><time>&x;</time></wpt></gpx>")
        guard case .malformed = reading.error else {
            Issue.record("it was taken")
            return
        }
    }

    @Test func `nesting has an end`() {
        let json = "{\"type\":\"x\",\"a\":" + String(repeating: "[", count: 100_000)
        guard case .tooDeep = Reading(json).error else {
            Issue.record("it was taken")
            return
        }
        let xml = "<gpx>" + String(repeating: "<a>", count: 100_000)
        guard case .tooDeep = Reading(xml).error else {
            Issue.record("it was taken")
            return
        }
    }

    @Test(arguments: ["lat,lon,time\n", "<gpx a=\"", "<gpx><!--", "2024-05-01T10:00:00Z\t*\t{}\n"])
    func `a line or a tag without end is refused before it fills the memory`(start: String) {
        var reader = TrackFileReader(said: nil, rules: Reading.rules)
        var points: [TrackFilePoint] = []
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
        var error: TrackFileError?
        do throws(TrackFileError) {
            try reader.read(Array(start.utf8).span, into: &points)
            // 100 MB, of which a small part is looked at.
            for _ in 0..<1600 { try reader.read(piece.span, into: &points) }
        } catch let refusal { error = refusal }
        guard case .tooLong = error else {
            Issue.record("it was taken")
            return
        }
    }

    @Test func `a string of any length in JSON is passed over`() {
        let long = String(repeating: "x", count: 1 << 20)
        let text = Sample.geojson.replacing("\"other\"", with: "\"other\": \"\(long)\", \"more\"")
        #expect(Reading(text, pieces: [4096]).places == Sample.places)
    }

    @Test(arguments: [
        "{\"type\": \"x\",}", "{\"type\" \"x\"}", "{\"type\": tru}", "{\"type\": 1.2.3}", "{\"type\": \"\\x\"}",
        "{\"type\": \"a\nb\"}",
        "{\"type\": 1} 2", "[1 2]", "[1,]]", "{\"type\": [}", "<gpx></gpx><gpx/>", "<gpx><a></b></gpx>", "<gpx a=1/>",
    ])
    func `what breaks the rules of its format is refused`(text: String) {
        let whole = Reading(text)
        guard case .malformed = whole.error else {
            Issue.record("it was taken")
            return
        }
        #expect(Reading(text, pieces: [1]).error == whole.error)
    }

    @Test func `what came before a fault holds`() {
        let reading = Reading(Sample.geojson.replacing("]}\n", with: "]}}{\n").dropLast(1) + "x")
        #expect(reading.error != nil)
        #expect(reading.places == Sample.places)
    }
}

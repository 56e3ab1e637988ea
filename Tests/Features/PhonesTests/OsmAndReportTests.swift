import FeatureKit
import HTTP
import HubTesting
import Model
import Testing
import Wire

@testable import Phones

/// Requests as OsmAnd and Traccar Client make them.
@Suite struct OsmAndReportTests {
    private static let now = Timestamp(milliseconds: 1_764_151_300_000)

    private func report(
        _ query: String, _ body: String = "", agent: String? = nil
    ) throws(Problem) -> OsmAndReport {
        try OsmAndReport(query: Query(query), body: Array(body.utf8), agent: agent, at: Self.now)
    }

    @Test func `OsmAnd means metres a second, and metres by hdop`() throws {
        let report = try report(
            "key=abc&lat=48.2082&lon=16.3738&timestamp=1764151200123&hdop=9.5&altitude=171.3&speed=15.5&bearing=271.0",
            agent: "OsmAnd~ 4.7.10")
        let position = try #require(report.position)
        #expect(position.capturedAt.milliseconds == 1_764_151_200_123)
        #expect(position.latitude == 48.2082 && position.longitude == 16.3738)
        #expect(position.speed == 15.5 && position.accuracy == 9.5)
        #expect(position.altitude == 171.3 && position.bearing == 271)
    }

    @Test func `whoever reports is known before what they report is read`() {
        func credentials(_ query: String, _ body: String = "") -> [String] {
            OsmAndReport.credentials(query: Query(query), body: Array(body.utf8))
        }
        #expect(credentials("key=abc&lat=nowhere") == ["abc"])
        #expect(credentials("id=phone-7", "id=phone-8&lat=") == ["phone-7", "phone-8"])
        #expect(credentials("", #"{"device_id":"abc","location":1}"#) == ["abc"])
        #expect(credentials("lat=1&lon=2", "{") == [])
        #expect(OsmAndReport.credentials(query: Query("id=abc"), body: [0xff]) == ["abc"])
    }

    @Test func `the address that the hub gives is understood whoever asks`() throws {
        var query = "key=abc&" + OsmAndReport.template
        for (place, value) in ["48.2", "16.4", "1764151200000", "7", "170", "2.5", "90"].enumerated() {
            query = query.replacing("{\(place)}", with: value)
        }
        let position = try #require(try report(query).position)
        #expect(position.speed == 2.5 && position.accuracy == 7 && position.bearing == 90 && position.altitude == 170)
    }

    @Test func `Traccar Client means knots, and seconds since the epoch`() throws {
        let report = try report(
            "id=phone-7&timestamp=1764151200&lat=48.2&lon=16.4&speed=10&bearing=0&altitude=171&accuracy=12.5&batt=81.0",
            agent: "okhttp/4")
        let position = try #require(report.position)
        #expect(position.capturedAt.milliseconds == 1_764_151_200_000)
        #expect(abs(try #require(position.speed) - 5.1444) < 0.001)
        #expect(position.accuracy == 12.5 && position.battery == 81)
    }

    @Test func `a form says the same as a query`() throws {
        let text = "id=abc&timestamp=1764151200&lat=48.2&lon=16.4&charge=true&batt=50"
        let (one, other) = (try report(text), try report("", text))
        #expect(one.position == other.position)
        #expect(try report("id=abc", "lat=1&lon=2").position?.capturedAt == Self.now)
    }

    @Test func `a new Traccar Client's JSON is understood`() throws {
        let report = try report(
            "",
            """
            {"location":{"timestamp":"2025-11-26T10:00:00.862Z","coords":{"latitude":48.2,"longitude":16.4,"accuracy":5.2,
             "speed":3.5,"heading":-1,"altitude":171},"is_moving":true,"odometer":120,"event":"motionchange",
             "battery":{"level":0.81,"is_charging":false},"activity":{"type":"walking"},"extras":{},
             "_":"&id=abc&lat=48.2&lon=16.4&timestamp=2025-11-26T10:00:00.862Z&"},"device_id":"abc"}
            """)
        let fix = try #require(report.position).fix(longestLabel: 50)
        #expect(fix.capturedAt == Timestamp(rfc3339: "2025-11-26T10:00:00.862Z"))
        #expect(fix.speed == 3.5 && fix.bearing == nil && fix.batteryLevel == 81 && fix.accuracy == 5.2)
    }

    @Test(arguments: [
        ("2025-11-26T10:00:00Z", "2025-11-26T10:00:00Z"), ("2025-11-26T11:00:00.5+01:00", "2025-11-26T10:00:00.500Z"),
        ("2025-11-26%2010:00:00", "2025-11-26T10:00:00Z"), ("1764151200.25", "2025-11-26T10:00:00.250Z"),
        ("1764151200000", "2025-11-26T10:00:00Z"),
    ])
    func `times are understood as apps write them`(written: String, meant: String) throws {
        let report = try report("lat=1&lon=2&timestamp=\(written)")
        #expect(report.position?.capturedAt == Timestamp(rfc3339: meant))
    }

    @Test func `what an app does not know is left out`() throws {
        let text = "lat=1&lon=2&speed=-1&bearing=-1&altitude=NaN&accuracy=-5&batt=-100"
        let fix = try #require(try report(text).position).fix(longestLabel: 50)
        #expect(fix.speed == nil && fix.bearing == nil && fix.altitude == nil && fix.batteryLevel == nil)
        #expect(fix.accuracy == PhonePosition.unknownAccuracy)
        #expect(try report("valid=false&id=abc").position == nil)
    }

    @Test(arguments: [
        ("", ["lat", "lon"]), ("lat=1", ["lon"]), ("lat=x&lon=2", ["lat"]), ("lat=0x1&lon=2", ["lat"]),
        ("lat=inf&lon=nan", ["lat", "lon"]), ("lat=48,2&lon=16,4", ["lat", "lon"]),
        ("lat=1&lon=2&timestamp=yesterday", ["timestamp"]), ("lat=1&lon=2&timestamp=", ["timestamp"]),
        ("lat=1&lon=2&timestamp=1e308", ["timestamp"]), ("location=1", ["lat", "lon"]),
    ])
    func `a position without place or time is refused`(text: String, fields: [String]) {
        let problem = #expect(throws: Problem.self) { try report(text) }
        #expect(problem?.details.map(\.field) == fields)
        #expect(#expect(throws: Problem.self) { try report("", text) }?.details.map(\.field) == fields)
    }

    @Test(arguments: ["lat=%", "lat=1&lon=%zz", "lat=%ff&lon=2"])
    func `a form with malformed escapes is refused`(text: String) {
        #expect(#expect(throws: Problem.self) { try report("", text) }?.code == .invalidFormat)
    }

    @Test(arguments: [
        ("{", []), ("{}", ["location"]), (#"{"location":[]}"#, ["location"]),
        (
            #"{"location":{}}"#,
            ["location.coords.latitude", "location.coords.longitude", "location.timestamp"]
        ),
        (#"{"location":{"timestamp":"x","coords":{"latitude":1,"longitude":2}}}"#, ["location.timestamp"]),
    ])
    func `JSON without a position is refused`(text: String, fields: [String]) {
        let problem = #expect(throws: Problem.self) { try report("", text) }
        #expect(problem?.details.map(\.field) == fields)
    }

    @Test func `whatever bytes come, the answer is a position or a refusal`() {
        var generator = SeededGenerator(seed: 7)
        let seeds = [
            "id=abc&timestamp=1764151200&lat=48.2&lon=16.4&speed=10", "lat=%2B1&lon=2&location=1,2",
            #"{"location":{"timestamp":"2025-11-26T10:00:00Z","coords":{"latitude":1,"longitude":2}},"device_id":"a"}"#,
        ]
        var outcomes = (taken: 0, refused: 0)
        for _ in 0..<3_000 {
            var bytes = Array(seeds.randomElement(using: &generator)!.utf8)
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: if bytes.count > 1 { bytes.remove(at: place) }
                default: bytes.insert(bytes[place], at: place)
                }
            }
            do throws(Problem) {
                let report = try OsmAndReport(query: Query(""), body: bytes, agent: nil, at: Self.now)
                if let position = report.position {
                    #expect(position.latitude.isFinite && Timestamp.writable.contains(position.capturedAt))
                }
                outcomes.taken += 1
            } catch {
                #expect(error.status == .badRequest)
                outcomes.refused += 1
            }
        }
        #expect(outcomes.taken > 300 && outcomes.refused > 300)
    }
}

import FeatureKit
import HTTP
import Model
import Testing
import Wire

@testable import Phones

/// Messages as the OwnTracks apps post them.
@Suite struct OwnTracksReportTests {
    private func report(_ text: String) throws(Problem) -> OwnTracksReport { try OwnTracksReport(Array(text.utf8)) }

    @Test func `a location of the Android app is a position in the hub's units`() throws {
        let report = try report(
            """
            {"_type":"location","BSSID":"20:0c:c8:aa:bb:cc","SSID":"home","_id":"a1b2c3d4","acc":13,"alt":158,"batt":81,
             "bs":1,"cog":271,"conn":"w","created_at":1764151260,"lat":48.2082,"lon":16.3738,"m":1,"source":"gps","t":"u",
             "tid":"an","topic":"owntracks/ana/phone","tst":1764151200,"vac":3,"vel":54}
            """)
        #expect(
            report.positions == [
                PhonePosition(
                    capturedAt: Timestamp(milliseconds: 1_764_151_200_000), latitude: 48.2082, longitude: 16.3738,
                    accuracy: 13, altitude: 158, bearing: 271, speed: 15, battery: 81, provider: "gps",
                    network: "wifi")
            ])
    }

    @Test func `a location of the iOS app has no speed while it stands`() throws {
        let report = try report(
            """
            {"tst":1764151200,"acc":5,"_type":"location","alt":171,"lon":16.37,"lat":48.2,"vac":10,"p":99.93,"vel":-1,
             "cog":-1,"conn":"m","batt":-1,"bs":0,"tid":"AN","m":2,"inregions":["Home"],"rid":"x"}
            """)
        let fix = try #require(report.positions.first).fix(longestLabel: 50)
        #expect(fix.speed == nil && fix.bearing == nil && fix.batteryLevel == nil)
        #expect(fix.accuracy == 5 && fix.networkType == "mobile" && fix.altitude == 171)
    }

    @Test(arguments: [
        #"{"_type":"lwt","tst":1764151200}"#, #"{"_type":"status","iOS":{"deviceSystemName":"iOS"}}"#,
        #"{"_type":"transition","event":"enter","lat":1,"lon":2,"wtst":1,"tst":2,"acc":3,"t":"c","tid":"an"}"#,
        #"{"_type":"waypoint","desc":"Home","lat":1,"lon":2,"rad":50,"tst":3}"#,
        #"{"_type":"waypoints","waypoints":[]}"#, #"{"_type":"card","name":"Ana","tid":"an"}"#,
        #"{"_type":"steps","steps":100}"#, #"{"_type":"something new"}"#, "[]", "",
    ])
    func `what is no location is taken and ignored`(text: String) throws {
        #expect(try report(text).positions.isEmpty)
    }

    @Test func `what waited comes as an array too`() throws {
        let report = try report(
            """
            [{"_type":"lwt","tst":1},{"_type":"location","lat":1,"lon":2,"tst":1764151200},
             {"_type":"location","lat":3,"lon":4,"tst":1764151260.5}]
            """)
        #expect(report.positions.map(\.latitude) == [1, 3])
        #expect(report.positions[1].capturedAt.milliseconds == 1_764_151_260_500)
        #expect(report.name(of: "latitude", at: 1) == "[2].lat" && report.name(of: "speed", at: 0) == "[1].speed")
    }

    @Test(arguments: [
        (#"{"lat":1,"lon":2,"tst":3}"#, ["_type"]), (#"{"_type":7}"#, ["_type"]),
        (#"{"_type":"location"}"#, ["lat", "lon", "tst"]),
        (#"{"_type":"location","lat":"48","lon":2,"tst":3}"#, ["lat"]),
        (#"{"_type":"location","lat":1,"lon":null,"tst":3}"#, ["lon"]),
        (#"{"_type":"location","lat":1,"lon":2,"tst":1e300}"#, ["tst"]),
        (#"[{"_type":"location","lat":1,"lon":2},5]"#, ["[0].tst", "[1]._type"]),
        (#"{"_type":"encrypted","data":"wqJ/1GcDUzNUIzTAkTCeRKqW"}"#, ["_type"]),
    ])
    func `what cannot be used is named`(text: String, fields: [String]) {
        let problem = #expect(throws: Problem.self) { try report(text) }
        #expect(problem?.status == .badRequest && problem?.details.map(\.field) == fields)
    }

    @Test(arguments: ["{", "5", "\"location\"", "null", "{\"_type\":\"location\",\"_type\":\"lwt\"}", "\u{0}"])
    func `what is no message is refused`(text: String) {
        #expect(#expect(throws: Problem.self) { try report(text) }?.code == .invalidFormat)
    }

    @Test func `an array has a thousand messages at most`() throws {
        func messages(_ count: Int) -> String {
            "[" + Array(repeating: #"{"_type":"lwt"}"#, count: count).joined(separator: ",") + "]"
        }
        #expect(try report(messages(1_000)).positions.isEmpty)
        let problem = #expect(throws: Problem.self) { try report(messages(1_001)) }
        #expect(problem?.code == .payloadTooLarge && problem?.status == .contentTooLarge)
    }

    @Test func `nobody hears of an encrypted message's content`() {
        let problem = #expect(throws: Problem.self) { try report(#"{"_type":"encrypted","data":"c2VjcmV0"}"#) }
        #expect(problem.map { !$0.message.contains("c2VjcmV0") && $0.message.contains("encryption key") } ?? false)
    }
}

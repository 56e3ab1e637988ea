import FeatureKit
import HubTesting
import Journeys
import Model
import Testing
import Wire

@testable import Travel

@Suite struct `A request of ingestion` {
    /// 2026-11-26T12:00:00Z.
    private static let now = Timestamp(milliseconds: 1_795_694_400_000)
    private static let limits = IngestLimits()

    private func single(_ body: String) throws(Problem) -> IngestRequest {
        try IngestRequest.single(Array(body.utf8), at: Self.now, limits: Self.limits)
    }

    private func batch(_ body: String) throws(Problem) -> IngestRequest {
        try IngestRequest.batch(Array(body.utf8), at: Self.now, limits: Self.limits)
    }

    /// What is wrong with a single location: the code and the fields.
    private func refusal(_ body: String) -> [String] {
        do throws(Problem) {
            _ = try single(body)
            return []
        } catch {
            return [error.code.rawValue] + error.details.map(\.field)
        }
    }

    @Test func `is read with every member`() throws {
        let request = try single(
            """
            {"latitude":37.7749,"longitude":-122.4194,"timestamp":"2024-12-28T10:30:00Z","h3Res8":"8828308281fffff",
             "accuracy":12.5,"deviceName":"Ada's phone","platform":"ios","unknown":[{"a":1}],
             "deviceUuid":"0190163d-8694-739b-aea5-966c26f8ad91"}
            """)
        let point = try #require(request.locations.first?.point)
        #expect(point.time.rfc3339 == "2024-12-28T10:30:00.000Z")
        #expect(point.latitude == 37.7749 && point.longitude == -122.4194)
        #expect(request.device.name == "Ada's phone" && request.device.platform == "ios")
        #expect(request.device.uuid == UniqueID("0190163d-8694-739b-aea5-966c26f8ad91"))
        #expect(request.skipped.isEmpty)
    }

    @Test func `without a time is of now, alone`() throws {
        #expect(try single(#"{"latitude":1,"longitude":2}"#).locations.first?.point.time == Self.now)
        let request = try batch(#"{"locations":[{"latitude":1,"longitude":2}]}"#)
        #expect(request.locations.isEmpty)
        #expect(request.skipped.first?.details.map(\.field) == ["timestamp"])
    }

    @Test(arguments: [
        (#"{"latitude":90.000001,"longitude":0}"#, ["validation_error", "latitude"]),
        (#"{"latitude":-91,"longitude":180.5}"#, ["validation_error", "latitude", "longitude"]),
        (#"{"latitude":"48","longitude":true}"#, ["validation_error", "latitude", "longitude"]),
        ("{}", ["validation_error", "latitude", "longitude"]),
        (#"{"latitude":null,"longitude":1}"#, ["validation_error", "latitude"]),
        (#"{"latitude":NaN,"longitude":1}"#, ["invalid_format"]),
        (#"{"latitude":1e999,"longitude":1}"#, ["invalid_format"]),
        (#"{"latitude":1,"latitude":2,"longitude":1}"#, ["invalid_format"]),
        ("[]", ["invalid_format"]), ("", ["invalid_format"]), ("{", ["invalid_format"]),
        (#"{"latitude":1,"longitude":1,"accuracy":-1}"#, ["validation_error", "accuracy"]),
        (#"{"latitude":1,"longitude":1,"deviceUuid":"x"}"#, ["validation_error", "deviceUuid"]),
        (#"{"latitude":1,"longitude":1,"deviceName":"x"}"#, ["validation_error", "deviceName"]),
        (#"{"latitude":1,"longitude":1,"deviceName":"a\u0007b"}"#, ["validation_error", "deviceName"]),
        (#"{"latitude":1,"longitude":1,"platform":""}"#, ["validation_error", "platform"]),
        (#"{"latitude":1,"longitude":1,"h3Res8":8}"#, ["validation_error", "h3Res8"]),
    ])
    func `is refused with all that is wrong`(body: String, expected: [String]) {
        #expect(refusal(body) == expected)
    }

    @Test(arguments: [
        ("\"1900-01-01T00:00:00Z\"", true), ("\"1899-12-31T23:59:59.999Z\"", false),
        ("\"9999-12-31T23:59:59Z\"", false),
        ("\"2026-11-26T12:01:00Z\"", true), ("\"2026-11-26T12:01:00.001Z\"", false), ("1795694400000", true),
        ("-2208988800001", false), ("0", true), ("1e300", false), ("12.5", false), ("\"yesterday\"", false),
        ("\"2026-02-30T00:00:00Z\"", false), ("true", false), ("-9223372036854775808", false),
    ])
    func `is of any time from 1900 to a minute from now`(time: String, isTaken: Bool) {
        let refusal = refusal(#"{"latitude":1,"longitude":2,"timestamp":\#(time)}"#)
        #expect(refusal == (isTaken ? [] : ["validation_error", "timestamp"]))
    }

    @Test(arguments: [
        ("8828308281fffff", true), ("08828308281fffff", true), ("8828308281FFFFF", true),
        // Of resolutions 6, 7, 9; another one; bits that are no cell's; an edge; not hexadecimal.
        ("86283082fffffff", false), ("872830828ffffff", false), ("89283082803ffff", false), ("8828308289fffff", false),
        ("882830828100000", false), ("0", false), ("ffffffffffffffff", false), ("11828308281fffff", false),
        ("0x8828308281fffff", false), ("", false), ("not a cell", false), ("8828308281fffff ", false),
    ])
    func `says in which cell it is, and is checked`(cell: String, isRight: Bool) {
        let refusal = refusal(#"{"latitude":37.7749,"longitude":-122.4194,"h3Res8":"\#(cell)"}"#)
        #expect(refusal == (isRight ? [] : ["h3_mismatch", "h3Res8"]))
    }

    @Test func `with another mistake beside the cell is a mistake of members`() {
        #expect(
            refusal(#"{"latitude":1,"longitude":2,"h3Res8":"8828308281fffff","accuracy":-1}"#)
                == ["validation_error", "accuracy", "h3Res8"])
    }

    @Test func `that names two devices is refused`() {
        #expect(
            refusal(
                """
                {"latitude":1,"longitude":2,"deviceId":"0190163d-8694-739b-aea5-966c26f8ad91",
                "deviceUuid":"0190163d-8694-739b-aea5-966c26f8ad92"}
                """) == ["validation_error", "deviceId"])
    }

    @Test(arguments: [0, 1, 100, 101, 5000])
    func `holds 1 to 100 locations`(count: Int) throws {
        let item = #"{"latitude":1,"longitude":2,"timestamp":0}"#
        let body = #"{"locations":[\#(Array(repeating: item, count: count).joined(separator: ","))]}"#
        do throws(Problem) {
            let request = try batch(body)
            #expect((1...100).contains(count) && request.locations.count == count)
        } catch {
            #expect(!(1...100).contains(count) && error.code == .validationError)
            #expect(error.details.map(\.message) == ["Locations must hold 1 to 100 items"])
        }
    }

    @Test func `skips what is wrong and keeps the rest, each with its index`() throws {
        let request = try batch(
            """
            {"locations":[
                {"latitude":1,"longitude":2,"timestamp":0}, 5, null, {"latitude":1,"longitude":2},
                {"latitude":1,"longitude":2,"timestamp":1,"accuracy":501},
                {"latitude":1,"longitude":2,"timestamp":2,"accuracy":500},
                {"latitude":1,"longitude":2,"timestamp":3,"h3Res8":"8828308281fffff"},
                {"latitude":99,"longitude":2,"timestamp":3,"h3Res8":"8828308281fffff"}
            ]}
            """)
        #expect(request.locations.map(\.index) == [0, 5])
        #expect(request.skipped.map(\.index) == [1, 2, 3, 4, 6, 7])
        #expect(
            request.skipped.map(\.reason) == [
                .validationError, .validationError, .validationError, .inaccurate, .h3Mismatch, .validationError,
            ])
    }

    @Test(arguments: 1...40)
    func `of anything is read or refused, and nothing of it is told`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let names = [
            "latitude", "longitude", "timestamp", "h3Res8", "accuracy", "deviceUuid", "deviceId", "deviceName",
            "platform",
        ]
        let values = [
            "1", "-180", "180", "90", "1e-12", "-0.0", "9223372036854775807", "\"8828308281fffff\"", "\"secret-4711\"",
            "null",
            "[]", "{}", "true", "[[[[[]]]]]", "0", "\"\"", "\"2020-01-01T00:00:00Z\"",
        ]
        func object() -> String {
            let members = names.shuffled(using: &generator).prefix(Int.random(in: 0...9, using: &generator))
            return "{"
                + members.map { "\"\($0)\":\(values.randomElement(using: &generator) ?? "1")" }
                .joined(separator: ",") + "}"
        }
        for _ in 0..<50 {
            let one = object()
            let many = #"{"locations":[\#((0..<3).map { _ in object() }.joined(separator: ","))]}"#
            var messages: [String] = []
            do throws(Problem) { _ = try single(one) } catch { messages += error.details.map(\.message) }
            do throws(Problem) {
                let request = try batch(many)
                #expect(request.locations.count + request.skipped.count == 3)
                messages += request.skipped.flatMap { $0.details.map(\.message) }
            } catch {
                messages += error.details.map(\.message)
            }
            #expect(messages.allSatisfy { !$0.contains("4711") && !$0.contains("8828308281") })
        }
    }
}

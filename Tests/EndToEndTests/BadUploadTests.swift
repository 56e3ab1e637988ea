import Model
import Testing
import Wire

/// Uploads over REST (stories 3.1, 3.2, 3.4 and 3.10).
@Suite(.timeLimit(.minutes(2)))
struct BadUploadTests {
    static let one = "/api/v1/locations"
    static let many = "/api/v1/locations/batch"

    @Test func `all that is wrong with an upload is said at once`() async throws {
        let hub = try await RunningHub.shared.address()
        let device = try await hub.register(in: .fresh())
        for (moment, complaint) in [
            (Timestamp.now.advanced(by: .seconds(120)), "Timestamp must not be in the future"),
            (Timestamp.now.advanced(by: .seconds(-8 * 86400)), "Timestamp must not be older than 7 days"),
        ] {
            let answer = try await hub.post(
                BadUploadTests.one,
                #"{"deviceId":"\#(device)","timestamp":\#(moment.milliseconds),"latitude":-90.5,"longitude":181,"#
                    + #""accuracy":-0.5,"bearing":-1,"speed":-1,"batteryLevel":-1}"#)
            #expect(answer.status == 400)
            #expect(answer.error == "validation_error")
            #expect(
                answer.complaints == [
                    "timestamp: \(complaint)", "latitude: Latitude must be between -90 and 90",
                    "longitude: Longitude must be between -180 and 180", "accuracy: Accuracy must be non-negative",
                    "bearing: Bearing must be between 0 and 360", "speed: Speed must be non-negative",
                    "batteryLevel: Battery level must be between 0 and 100",
                ])
        }
    }

    @Test(arguments: [
        (#""latitude":1e999"#, ["latitude"]), (#""latitude":"48""#, ["latitude"]), (#""accuracy":null"#, ["accuracy"]),
        (#""timestamp":"yesterday""#, ["timestamp"]), (#""batteryLevel":50.5"#, ["batteryLevel"]),
    ])
    func `a member of the wrong kind is named`(member: String, fields: [String]) async throws {
        let hub = try await RunningHub.shared.address()
        let device = try await hub.register(in: .fresh())
        var members = [
            #""deviceId":"\#(device)""#, #""timestamp":\#(Timestamp.now.milliseconds)"#, #""latitude":48"#,
            #""longitude":16"#, #""accuracy":8"#,
        ]
        members.removeAll { $0.hasPrefix(member.prefix { $0 != ":" }) }
        let answer = try await hub.post(BadUploadTests.one, "{\((members + [member]).joined(separator: ","))}")
        #expect(answer.status == 400)
        #expect(answer.wrongFields == fields)
    }

    @Test(arguments: [#"{"latitude":NaN}"#, #"{"deviceId":"x","deviceId":"y"}"#, #"{"provider":"\ud800"}"#, "nonsense"])
    func `what is no JSON is refused as such`(body: String) async throws {
        let hub = try await RunningHub.shared.address()
        let answer = try await hub.post(BadUploadTests.one, body)
        #expect(answer.status == 400)
        #expect(answer.error == "invalid_format")
    }

    @Test(arguments: [0, 51])
    func `a batch has one to fifty locations`(count: Int) async throws {
        let hub = try await RunningHub.shared.hub()
        let device = try await hub.address.register(in: .fresh())
        let answer = try await hub.address.post(
            BadUploadTests.many, Uploads.batch(of: device, Fix.samples(count)))
        #expect(answer.status == 400)
        #expect(answer.complaints == ["locations: Locations must hold 1 to 50 items"])
        #expect(try await hub.stored(device).isEmpty)
    }

    @Test func `a batch is stored as a whole and repeating it changes nothing`() async throws {
        let hub = try await RunningHub.shared.hub()
        let device = try await hub.address.register(in: .fresh())
        let fixes = Fix.samples(50)
        for _ in 0..<2 {
            let answer = try await hub.address.post(BadUploadTests.many, Uploads.batch(of: device, fixes))
            #expect(answer.status == 200)
            #expect(answer.text == #"{"success":true,"processedCount":50}"#)
        }
        #expect(try await hub.stored(device) == fixes.map(\.capturedAt.milliseconds))
    }

    @Test func `a device that was never registered cannot upload`() async throws {
        let hub = try await RunningHub.shared.address()
        let device = DeviceID.random()
        for (path, body) in [
            (BadUploadTests.one, Uploads.one(of: device, .sample())),
            (BadUploadTests.many, Uploads.batch(of: device, [.sample()])),
        ] {
            let answer = try await hub.post(path, body)
            #expect(answer.status == 404)
            #expect(answer.error == "not_found")
            #expect(answer.json["message"]?.string == "Device not found. Please register first.")
        }
    }
}

/// Bodies of uploads.
enum Uploads {
    static func one(of device: DeviceID, _ fix: Fix) -> String {
        #"{"deviceId":"\#(device)","# + members(fix).dropFirst()
    }

    static func batch(of device: DeviceID, _ fixes: [Fix]) -> String {
        #"{"deviceId":"\#(device)","locations":[\#(fixes.map(members).joined(separator: ","))]}"#
    }

    private static func members(_ fix: Fix) -> String {
        #"{"timestamp":\#(fix.capturedAt.milliseconds),"latitude":\#(fix.latitude),"longitude":\#(fix.longitude),"#
            + #""accuracy":\#(fix.accuracy)}"#
    }
}

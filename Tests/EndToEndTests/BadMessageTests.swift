import Model
import Testing
import Wire

/// What a client gets for messages that are wrong, on a connection that stays open for right ones.
@Suite(.timeLimit(.minutes(2)))
struct BadMessageTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        let name: String
        let text: String
        let code: ErrorCode
        var re: Int64?
        /// The beginning of the message, where the sentence ends with a place in the text.
        var message: String?
        var fields: [String] = []

        var testDescription: String { name }
    }

    static let samples = [
        Sample(name: "text that is no JSON", text: "hello", code: .invalidFormat, message: "Unexpected character"),
        Sample(name: "an empty message", text: "", code: .invalidFormat, message: "The JSON text ends too early"),
        Sample(
            name: "an object cut short", text: #"{"type":"ping""#, code: .invalidFormat,
            message: "The JSON text ends too early"),
        Sample(name: "an array", text: "[]", code: .invalidFormat, message: "A JSON object is expected"),
        Sample(name: "a string", text: #""ping""#, code: .invalidFormat, message: "A JSON object is expected"),
        Sample(
            name: "two objects", text: #"{"type":"ping"}{"type":"ping"}"#, code: .invalidFormat,
            message: "Unexpected characters after the value"),
        Sample(
            name: "a comma too many", text: #"{"type":"ping",}"#, code: .invalidFormat, message: "Unexpected character"),
        Sample(
            name: "NaN", text: #"{"type":"location","id":1,"latitude":NaN}"#, code: .invalidFormat,
            message: "Unexpected character"),
        Sample(
            name: "Infinity", text: #"{"type":"location","id":1,"latitude":-Infinity}"#, code: .invalidFormat,
            message: "Malformed number"),
        Sample(
            name: "a member twice", text: #"{"type":"ping","id":1,"id":2}"#, code: .invalidFormat,
            message: "Duplicate member"),
        Sample(
            name: "a member twice, once escaped", text: #"{"type":"ping","\u0074ype":"location"}"#,
            code: .invalidFormat, message: "Duplicate member"),
        Sample(
            name: "deep nesting", text: #"{"type":"ping","x":"# + String(repeating: "[", count: 60_000),
            code: .invalidFormat, message: "Nested too deeply"),
        Sample(
            name: "a lone surrogate", text: #"{"type":"presence","status":"busy","note":"\ud83d"}"#,
            code: .invalidFormat, message: "Escaped surrogate without its other half"),
        Sample(
            name: "a lone surrogate in a name", text: #"{"type":"ping","\udc00":1}"#, code: .invalidFormat,
            message: "Escaped surrogate without its other half"),
        Sample(
            name: "a control character", text: "{\"type\":\"ping\",\"x\":\"\u{1}\"}", code: .invalidFormat,
            message: "Unescaped control character"),
        Sample(
            name: "1e999", text: location(#""latitude":1e999"#), code: .validationError, re: 5, fields: ["latitude"]),
        Sample(
            name: "1e999 as a time", text: location(#""timestamp":1e999"#), code: .validationError, re: 5,
            fields: ["timestamp"]),
        Sample(
            name: "wrong types",
            text: #"{"type":"location","id":5,"timestamp":true,"latitude":"48","longitude":[],"accuracy":{}}"#,
            code: .validationError, re: 5, fields: ["timestamp", "latitude", "longitude", "accuracy"]),
        Sample(
            name: "members that are missing", text: #"{"type":"location","id":5}"#, code: .validationError, re: 5,
            fields: ["timestamp", "latitude", "longitude", "accuracy"]),
        Sample(
            name: "an unknown type", text: #"{"type":"teleport","id":5}"#, code: .unknownType, re: 5,
            message: "Unknown message type"),
        Sample(name: "no type", text: #"{"id":5}"#, code: .validationError, re: 5, fields: ["type"]),
        Sample(
            name: "a type that is no text", text: #"{"type":5,"id":5}"#, code: .validationError, re: 5, fields: ["type"]
        ),
        Sample(
            name: "an id that is no integer", text: #"{"type":"ping","id":"5"}"#, code: .validationError,
            fields: ["id"]),
        Sample(
            name: "an id past 2^53", text: #"{"type":"ping","id":9007199254740992}"#, code: .validationError,
            fields: ["id"]),
        Sample(name: "a batch of none", text: batch(0), code: .validationError, re: 5, fields: ["locations"]),
        Sample(name: "a batch of 51", text: batch(51), code: .validationError, re: 5, fields: ["locations"]),
        Sample(
            name: "a batch that is no list", text: #"{"type":"locations","id":5,"locations":{}}"#,
            code: .validationError, re: 5, fields: ["locations"]),
        Sample(
            name: "a batch with one bad fix",
            text: #"{"type":"locations","id":5,"locations":[\#(fix()),\#(fix(#""latitude":91"#)),7]}"#,
            code: .validationError, re: 5, fields: ["locations[1].latitude", "locations[2]"]),
        Sample(
            name: "a group with a bad name", text: #"{"type":"watch","id":5,"group":"a b"}"#, code: .validationError,
            re: 5, fields: ["group"]),
        Sample(
            name: "a presence only the hub may conclude", text: #"{"type":"presence","id":5,"status":"offline"}"#,
            code: .validationError, re: 5, fields: ["status"]),
        Sample(
            name: "a note of 141 characters",
            text: #"{"type":"presence","id":5,"status":"busy","note":"\#(String(repeating: "é", count: 141))"}"#,
            code: .validationError, re: 5, fields: ["note"]),
        Sample(
            name: "a note with U+0000", text: #"{"type":"presence","id":5,"status":"busy","note":"\u0000"}"#,
            code: .validationError, re: 5, fields: ["note"]),
        Sample(
            name: "a conversation by a device that nobody has signed in on",
            text: #"{"type":"typing","id":5,"conversation":"0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d","typing":true}"#,
            code: .forbidden, re: 5),
    ]

    @Test(arguments: samples)
    func `a bad message is answered and the connection stays`(sample: Sample) async throws {
        let hub = try await RunningHub.shared.address()
        let device = try await hub.register(in: .fresh())
        let client = try await TestClient.connect(hub, as: device)
        await client.send(text: sample.text)
        let failure = try await client.failure()
        #expect(failure.code == sample.code)
        #expect(failure.re == sample.re)
        #expect(failure.details.map(\.field) == sample.fields)
        if let message = sample.message { #expect(failure.message.hasPrefix(message), "\(failure.message)") }
        #expect(try await client.ask(.location(.sample())).isAck)
        await client.close()
    }

    @Test func `all that is wrong with a fix is said at once`() async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh()
        let device = try await hub.register(in: group)
        let client = try await TestClient.connect(hub, as: device)
        let wrong = #""longitude":-180.5,"accuracy":-1,"bearing":361,"speed":-0.1,"batteryLevel":101"#
        let provider = String(repeating: "p", count: 51)
        for (moment, complaint) in [
            (Timestamp.now.advanced(by: .seconds(120)), "Timestamp must not be in the future"),
            (Timestamp.now.advanced(by: .seconds(-8 * 86400)), "Timestamp must not be older than 7 days"),
        ] {
            await client.send(
                text: #"{"type":"location","id":9,"timestamp":\#(moment.milliseconds),"latitude":90.001,\#(wrong),"#
                    + #""provider":"\#(provider)"}"#)
            let failure = try await client.failure()
            #expect(failure.code == .validationError)
            #expect(failure.message == "Validation failed")
            #expect(
                failure.details.map { "\($0.field): \($0.message)" } == [
                    "timestamp: \(complaint)", "latitude: Latitude must be between -90 and 90",
                    "longitude: Longitude must be between -180 and 180", "accuracy: Accuracy must be non-negative",
                    "bearing: Bearing must be between 0 and 360", "speed: Speed must be non-negative",
                    "provider: Provider must be at most 50 bytes",
                    "batteryLevel: Battery level must be between 0 and 100",
                ])
        }
        #expect(try await hub.list(group).first?["lastLocation"]?.isNull == true)
        await client.close()
    }

    @Test func `a batch with a bad fix stores none of its fixes`() async throws {
        let hub = try await RunningHub.shared.hub()
        let device = try await hub.address.register(in: .fresh())
        let client = try await TestClient.connect(hub.address, as: device)
        await client.send(
            text: #"{"type":"locations","id":5,"locations":[\#(BadMessageTests.fix()),{"timestamp":1}]}"#)
        #expect(try await client.failure().code == .validationError)
        let good = Fix.sample()
        #expect(try await client.ask(.location(good)).isAck)
        #expect(try await hub.stored(device) == [good.capturedAt.milliseconds])
        await client.close()
    }

    @Test func `a watcher may not report and a device not watch another group`() async throws {
        let hub = try await RunningHub.shared.address()
        let watcher = try await TestClient.connect(hub)
        for message in [ClientMessage.location(.sample()), .locations([.sample()]), .presence(.init(status: .busy))] {
            guard case .error(let failure) = try await watcher.ask(message) else {
                Issue.record("a watcher may \(message)")
                continue
            }
            #expect(failure.code == .forbidden)
            #expect(failure.message == "Connect with a deviceId to send this")
        }
        await watcher.close()

        let own = GroupID.fresh("own")
        let device = try await hub.register(in: own)
        try await hub.register(in: .fresh("foreign"))
        let client = try await TestClient.connect(hub, as: device)
        guard case .error(let failure) = try await client.ask(.watch(.fresh("foreign"))) else {
            Issue.record("a device watches a foreign group")
            return
        }
        #expect(failure.code == .forbidden)
        #expect(failure.message == "A device may watch its own group only")
        #expect(try await client.watch(own).members.map(\.device) == [device])
        await client.close()
    }

    // MARK: Texts

    /// A fix as it is sent, with `replacement` in place of the member of its name.
    private static func fix(_ replacement: String = "") -> String {
        var members = [
            "timestamp": "\"timestamp\":\(Timestamp.now.milliseconds)", "latitude": "\"latitude\":48.2",
            "longitude": "\"longitude\":16.3", "accuracy": "\"accuracy\":8",
        ]
        if !replacement.isEmpty {
            members[String(replacement.dropFirst().prefix { $0 != "\"" })] = replacement
        }
        return "{\(members.values.joined(separator: ","))}"
    }

    private static func location(_ replacement: String) -> String {
        #"{"type":"location","id":5,"# + fix(replacement).dropFirst()
    }

    private static func batch(_ count: Int) -> String {
        let fixes = (0..<count).map { index in fix("\"timestamp\":\(Timestamp.now.milliseconds - Int64(index) * 1000)")
        }
        return #"{"type":"locations","id":5,"locations":[\#(fixes.joined(separator: ","))]}"#
    }
}

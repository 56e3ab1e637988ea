import HubTesting
import Model
import Testing

@testable import Wire

/// Every message a client may send, right and wrong.
@Suite struct ClientMessageTests {
    static let fix = #""timestamp":1794999999000,"latitude":1,"longitude":2,"accuracy":3"#
    static let expectedFix = Fix(
        capturedAt: Timestamp(milliseconds: 1_794_999_999_000), latitude: 1, longitude: 2, accuracy: 3)

    static let valid: [(String, ClientEnvelope)] = [
        (#"{"type":"location",\#(fix)}"#, ClientEnvelope(.location(expectedFix))),
        (#"{\#(fix),"id":0,"type":"location"}"#, ClientEnvelope(id: 0, .location(expectedFix))),
        (
            #"{"altitude":null,"id":null,"typ\u0065":"locati\u006Fn",\#(fix),"provider":null,"x":[{"y":1e999}]}"#,
            ClientEnvelope(.location(expectedFix))
        ),
        (
            #"{"type":"locations","id":9007199254740991,"locations":[{\#(fix)},{"a":{},\#(fix)}]}"#,
            ClientEnvelope(id: 9_007_199_254_740_991, .locations([expectedFix, expectedFix]))
        ),
        (#"{"type":"watch","group":"fam_1-A"}"#, ClientEnvelope(.watch(group))),
        (#"{"group":"fam_1-A","type":"unwatch","id":1.0}"#, ClientEnvelope(id: 1, .unwatch(group))),
        (#"{"type":"presence","status":"online"}"#, ClientEnvelope(.presence(.init(status: .online)))),
        (
            #"{"type":"presence","status":"invisible","note":"a\nb"}"#,
            ClientEnvelope(.presence(.init(status: .invisible, note: "a\nb")))
        ),
        (
            #"{"type":"message","conversation":"\#(conversation)","clientId":"\#(otherID.uppercased())","text":"hi"}"#,
            ClientEnvelope(
                .message(.init(conversation: talk, clientID: uniqueID(otherID), text: "hi")))
        ),
        (
            #"{"type":"typing","conversation":"\#(conversation)","typing":false}"#,
            ClientEnvelope(.typing(.init(conversation: talk, isTyping: false)))
        ),
        (
            #"{"type":"read","id":5,"conversation":"\#(conversation)","seq":12}"#,
            ClientEnvelope(id: 5, .read(.init(conversation: talk, sequence: 12)))
        ),
        (
            #"{"type":"sync","conversations":[{"id":"\#(conversation)","since":0}]}"#,
            ClientEnvelope(.sync([.init(conversation: talk, since: 0)]))
        ),
        (#" {"type":"ping"} "#, ClientEnvelope(.ping)),
        (#"{"latitude":"nonsense","type":"ping","status":7,"id":3}"#, ClientEnvelope(id: 3, .ping)),
    ]

    static let group = groupID("fam_1-A")
    static let talk = ConversationID(uniqueID(conversation))
    let decoder = ClientMessageDecoder()

    @Test(arguments: valid)
    func `a valid message becomes what it says`(text: String, envelope: ClientEnvelope) throws {
        #expect(try decoder.decode(json(text), at: testNow) == envelope)
    }

    @Test(arguments: valid)
    func `a valid message cut short anywhere is malformed`(text: String, envelope: ClientEnvelope) {
        let bytes = json(text.trimmed)
        for count in 0..<bytes.count {
            let refusal = refusal { () throws(Refusal) in _ = try decoder.decode(Array(bytes[..<count]), at: testNow) }
            #expect(refusal?.code == .invalidFormat)
            #expect(refusal?.id == nil)
        }
    }

    @Test(arguments: valid)
    func `a valid message with one byte changed is taken or refused, and never worse`(
        text: String, envelope: ClientEnvelope
    ) {
        let bytes = json(text)
        var generator = SeededGenerator(seed: UInt64(bytes.count))
        for _ in 0..<500 {
            var changed = bytes
            changed[.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            let refusal = refusal { () throws(Refusal) in _ = try decoder.decode(changed, at: testNow) }
            #expect(refusal.map { $0.code == .validationError ? !$0.details.isEmpty : $0.details.isEmpty } ?? true)
        }
    }

    @Test(arguments: valid)
    func `a message that is sent on is the same`(text: String, envelope: ClientEnvelope) throws {
        let bytes = written { ClientMessageEncoder.encode(envelope, to: &$0) }
        #expect(try decoder.decode(json(bytes), at: testNow) == envelope)
    }

    @Test(arguments: [
        (#"{"type":"location"}"#, "timestamp", "Timestamp is required"),
        (#"{"type":"location","timestamp":null}"#, "timestamp", "Timestamp is required"),
        (
            #"{"type":"location","timestamp":1.5}"#, "timestamp",
            "Timestamp must be an RFC 3339 time or whole milliseconds since the epoch"
        ),
        (
            #"{"type":"location","timestamp":1e300}"#, "timestamp",
            "Timestamp must be an RFC 3339 time or whole milliseconds since the epoch"
        ),
        (
            #"{"type":"location","timestamp":9223372036854775807}"#, "timestamp",
            "Timestamp must be an RFC 3339 time or whole milliseconds since the epoch"
        ),
        (#"{"type":"location","timestamp":1795000060001}"#, "timestamp", "Timestamp must not be in the future"),
        (
            #"{"type":"location","timestamp":1794395199999}"#, "timestamp",
            "Timestamp must not be older than 7 days"
        ),
        (#"{"type":"location","latitude":"1"}"#, "latitude", "Latitude must be a number"),
        (#"{"type":"location","latitude":-90.0000001}"#, "latitude", "Latitude must be between -90 and 90"),
        (#"{"type":"location","latitude":1e999}"#, "latitude", "Latitude must be a finite number"),
        (#"{"type":"location","longitude":180.1}"#, "longitude", "Longitude must be between -180 and 180"),
        (#"{"type":"location","longitude":[]}"#, "longitude", "Longitude must be a number"),
        (#"{"type":"location","accuracy":-0.1}"#, "accuracy", "Accuracy must be non-negative"),
        (#"{"type":"location","altitude":true}"#, "altitude", "Altitude must be a number"),
        (#"{"type":"location","altitude":-1e999}"#, "altitude", "Altitude must be a finite number"),
        (#"{"type":"location","bearing":360.5}"#, "bearing", "Bearing must be between 0 and 360"),
        (#"{"type":"location","speed":-1}"#, "speed", "Speed must be non-negative"),
        (#"{"type":"location","provider":{}}"#, "provider", "Provider must be a string"),
        (#"{"type":"location","provider":"a\u0000"}"#, "provider", "Provider must not contain control characters"),
        (#"{"type":"location","provider":"\u0085"}"#, "provider", "Provider must not contain control characters"),
        (
            #"{"type":"location","networkType":"\#(String(repeating: "n", count: 51))"}"#, "networkType",
            "Network type must be at most 50 bytes"
        ),
        (#"{"type":"location","batteryLevel":101}"#, "batteryLevel", "Battery level must be between 0 and 100"),
        (#"{"type":"location","batteryLevel":50.5}"#, "batteryLevel", "Battery level must be an integer"),
        (#"{"type":"location","batteryLevel":1e300}"#, "batteryLevel", "Battery level must be an integer"),
        (#"{"type":"locations"}"#, "locations", "Locations is required"),
        (#"{"type":"locations","locations":{}}"#, "locations", "Locations must hold 1 to 50 items"),
        (#"{"type":"locations","locations":[]}"#, "locations", "Locations must hold 1 to 50 items"),
        (#"{"type":"locations","locations":[1]}"#, "locations[0]", "Location must be an object"),
        (#"{"type":"locations","locations":[{},{}]}"#, "locations[1].accuracy", "Accuracy is required"),
        (
            #"{"type":"locations","locations":[{"latitude":99}]}"#, "locations[0].latitude",
            "Latitude must be between -90 and 90"
        ),
        (#"{"type":"watch"}"#, "group", "Group is required"),
        (#"{"type":"watch","group":7}"#, "group", "Group must be 2 to 50 letters, digits, hyphens or underscores"),
        (#"{"type":"unwatch","group":"a"}"#, "group", "Group must be 2 to 50 letters, digits, hyphens or underscores"),
        (#"{"type":"watch","group":"a b"}"#, "group", "Group must be 2 to 50 letters, digits, hyphens or underscores"),
        (#"{"type":"presence"}"#, "status", "Status is required"),
        (#"{"type":"presence","status":"offline"}"#, "status", "Status must be online, away, busy or invisible"),
        (#"{"type":"presence","status":"Online"}"#, "status", "Status must be online, away, busy or invisible"),
        (
            #"{"type":"presence","note":"\#(String(repeating: "é", count: 141))"}"#, "note",
            "Note must be at most 140 characters"
        ),
        (#"{"type":"presence","note":"\u0000"}"#, "note", "Note must not contain the character U+0000"),
        (#"{"type":"message","conversation":"x"}"#, "conversation", "Conversation must be a UUID"),
        (#"{"type":"message"}"#, "clientId", "Client ID is required"),
        (
            #"{"type":"message","text":" \u0000\n"}"#, "text",
            "Text must hold something other than white space and control characters"
        ),
        (
            #"{"type":"message","text":"\#(String(repeating: "x", count: 4001))"}"#, "text",
            "Text must be at most 4000 characters"
        ),
        (#"{"type":"typing","typing":1}"#, "typing", "Typing must be true or false"),
        (
            #"{"type":"read","seq":-1}"#, "seq", "Sequence number must be an integer between 0 and 9007199254740991"
        ),
        (#"{"type":"sync"}"#, "conversations", "Conversations is required"),
        (#"{"type":"sync","conversations":[]}"#, "conversations", "Conversations must hold 1 to 100 items"),
        (
            #"{"type":"sync","conversations":[{"id":"\#(conversation)"}]}"#, "conversations[0].since",
            "Sequence number is required"
        ),
        (#"{"type":"ping","id":-1}"#, "id", "Id must be an integer between 0 and 9007199254740991"),
        (#"{"type":"ping","id":9007199254740992}"#, "id", "Id must be an integer between 0 and 9007199254740991"),
        (#"{"type":"ping","id":"1"}"#, "id", "Id must be an integer between 0 and 9007199254740991"),
        (#"{"type":"ping","id":1e999}"#, "id", "Id must be an integer between 0 and 9007199254740991"),
        ("{}", "type", "Type is required"),
        (#"{"type":null}"#, "type", "Type is required"),
        (#"{"type":7}"#, "type", "Type must be a string"),
    ])
    func `a wrong member is named with what is wrong`(text: String, field: String, message: String) {
        let refusal = refusal { () throws(Refusal) in _ = try decoder.decode(json(text), at: testNow) }
        #expect(refusal?.code == .validationError)
        #expect(refusal?.details.contains(FieldError(field: field, message: message)) == true)
        #expect(refusal?.details.filter { $0.field == field }.count == 1)
    }

    @Test(arguments: ["[]", "7", "null", "\"location\"", "", "{", #"{"type":"ping","a":1,"a":2}"#, "{} {}", "nope"])
    func `what is not one JSON object is malformed`(_ text: String) {
        let refusal = refusal { () throws(Refusal) in _ = try decoder.decode(json(text), at: testNow) }
        #expect(refusal?.code == .invalidFormat)
        #expect(refusal?.details == [])
    }

    @Test func `malformed comes before unknown and before invalid`() {
        for text in [#"{"type":"nonsense","id":1,}"#, #"{"type":"location","latitude":99]"#] {
            let refusal = refusal { () throws(Refusal) in _ = try decoder.decode(json(text), at: testNow) }
            #expect(refusal?.code == .invalidFormat)
            #expect(refusal?.id == nil)
        }
    }

    @Test func `an unknown type is refused as that and the reply knows the id`() {
        for text in [#"{"type":"nonsense","id":8}"#, #"{"id":8,"type":"Location"}"#, #"{"id":8,"type":""}"#] {
            let refusal = refusal { () throws(Refusal) in _ = try decoder.decode(json(text), at: testNow) }
            #expect(refusal == Refusal(.unknownType, message: "Unknown message type", id: 8))
        }
    }

    @Test func `every error of a batch comes at once, and the reply knows the id`() {
        let text = #"""
            {"type":"locations","locations":[{"timestamp":1794999999000,"latitude":91,"longitude":"x","accuracy":1},7,
            {"timestamp":1794999999000,"latitude":1,"longitude":1}],"id":4}
            """#
        let refusal = refusal { () throws(Refusal) in _ = try decoder.decode(json(text), at: testNow) }
        #expect(refusal?.id == 4)
        #expect(
            refusal?.details == [
                FieldError(field: "locations[0].latitude", message: "Latitude must be between -90 and 90"),
                FieldError(field: "locations[0].longitude", message: "Longitude must be a number"),
                FieldError(field: "locations[1]", message: "Location must be an object"),
                FieldError(field: "locations[2].accuracy", message: "Accuracy is required"),
            ])
    }

    @Test(arguments: [(1, true), (50, true), (51, false), (1000, false)])
    func `a batch holds up to fifty fixes`(count: Int, isTaken: Bool) {
        let fixes = Array(repeating: "{\(ClientMessageTests.fix)}", count: count).joined(separator: ",")
        let refusal = refusal { () throws(Refusal) in
            _ = try decoder.decode(json(#"{"type":"locations","locations":[\#(fixes)]}"#), at: testNow)
        }
        #expect(
            refusal?.details
                == (isTaken
                    ? nil
                    : [
                        FieldError(field: "locations", message: "Locations must hold 1 to 50 items")
                    ]))
    }

    @Test func `the ends of every range are inside it`() throws {
        for (latitude, longitude, bearing, battery) in [("-90", "-180", "0", "0"), ("90", "180", "360", "100")] {
            for timestamp in ["1794395200000", "1795000060000", "\"2026-11-18T11:06:40Z\""] {
                let text = """
                    {"type":"location","timestamp":\(timestamp),"latitude":\(latitude),"longitude":\(longitude),\
                    "accuracy":0,"bearing":\(bearing),"speed":0,"batteryLevel":\(battery)}
                    """
                _ = try decoder.decode(json(text), at: testNow)
            }
        }
        for length in [1, 4000] {
            let text = String(repeating: "😀", count: length)
            let message =
                #"{"type":"message","conversation":"\#(conversation)","clientId":"\#(otherID)","text":"\#(text)"}"#
            _ = try decoder.decode(json(message), at: testNow)
        }
        _ = try decoder.decode(
            json(#"{"type":"presence","status":"busy","note":"\#(String(repeating: "ü", count: 140))"}"#), at: testNow)
    }

    @Test func `random fixes come through encoding and decoding unchanged`() throws {
        var generator = SeededGenerator(seed: 40)
        for id in 0..<2000 {
            let fixes = (0..<Int.random(in: 1...3, using: &generator)).map { _ in randomFix(using: &generator) }
            let message: ClientMessage = fixes.count == 1 ? .location(fixes[0]) : .locations(fixes)
            let envelope = ClientEnvelope(id: Int64(id), message)
            let text = written { ClientMessageEncoder.encode(envelope, to: &$0) }
            #expect(try decoder.decode(json(text), at: testNow) == envelope)
        }
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

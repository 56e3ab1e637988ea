import HubTesting
import Model
import Testing

@testable import Wire

/// What the hub says, as text and as a client reads it.
@Suite struct HubMessageTests {
    let group = groupID("fam-1")
    let device = DeviceID(uniqueID(conversation))
    let user = UserID(uniqueID(otherID))
    let talk = ConversationID(uniqueID(conversation))
    let time = Timestamp(milliseconds: 1_795_170_600_000)
    let fix = Fix(
        capturedAt: Timestamp(milliseconds: 1_795_170_599_123), latitude: 52.52, longitude: -13.4, accuracy: 4.5,
        speed: 1, provider: "g\"s", batteryLevel: 0)
    let fixText =
        #""timestamp":"2026-11-20T10:29:59.123Z","latitude":52.52,"longitude":-13.4,"accuracy":4.5,"#
        + #""speed":1,"provider":"g\"s","batteryLevel":0"#

    /// Checks the text, what a client makes of it, and that it is malformed when it is cut short.
    func check(_ expected: String, _ message: HubMessage, _ write: (inout [UInt8]) -> Void) throws {
        let text = written(write)
        #expect(text == expected)
        #expect(try HubMessageDecoder.decode(json(text)) == message)
        let bytes = json(text)
        for count in 0..<bytes.count {
            let refusal = refusal { () throws(Refusal) in _ = try HubMessageDecoder.decode(Array(bytes[..<count])) }
            #expect(refusal?.code == .invalidFormat)
        }
        let more = "{\"unknown\":{\"a\":[1]}," + text.dropFirst()
        #expect(try HubMessageDecoder.decode(json(more)) == message)
    }

    @Test func `positions carry every member of the fixes that were sent`() throws {
        let plain = Fix(capturedAt: time, latitude: 1, longitude: 2, accuracy: 0)
        let positions = [DevicePosition(device: device, fix: fix), DevicePosition(device: device, fix: plain)]
        try check(
            #"{"type":"positions","group":"fam-1","positions":[{"deviceId":"\#(conversation)",\#(fixText)},"#
                + #"{"deviceId":"\#(conversation)","timestamp":"2026-11-20T10:30:00.000Z","latitude":1,"longitude":2,"#
                + #""accuracy":0}]}"#,
            .positions(group, positions)
        ) { HubMessageEncoder.positions(positions, in: group, to: &$0) }
        try check(#"{"type":"positions","group":"fam-1","positions":[]}"#, .positions(group, [])) {
            HubMessageEncoder.positions([], in: group, to: &$0)
        }
    }

    @Test func `acks carry re only if the message had an id`() throws {
        try check(#"{"type":"ack","re":7,"processed":50}"#, .fixesStored(re: 7, count: 50)) {
            HubMessageEncoder.ack(re: 7, processed: 50, to: &$0)
        }
        try check(#"{"type":"ack","processed":1}"#, .fixesStored(re: nil, count: 1)) {
            HubMessageEncoder.ack(re: nil, processed: 1, to: &$0)
        }
        try check(
            #"{"type":"ack","re":1,"conversation":"\#(conversation)","seq":9,"sentAt":"2026-11-20T10:30:00.000Z"}"#,
            .messageStored(re: 1, talk, sequence: 9, sentAt: time)
        ) { HubMessageEncoder.ack(re: 1, conversation: talk, sequence: 9, sentAt: time, to: &$0) }
    }

    @Test func `welcome says who the hub takes the client for`() throws {
        let limits = HubMessage.Limits(messageBytes: 65536, fixesPerMessage: 50, locationsPerSecond: 10)
        let welcome = HubMessage.Welcome(
            session: SessionID(uniqueID(otherID)), device: device, user: user, group: group, serverTime: time,
            heartbeat: 25, limits: limits)
        try check(
            #"{"type":"welcome","session":"\#(otherID)","deviceId":"\#(conversation)","userId":"\#(otherID)","#
                + #""group":"fam-1","serverTime":"2026-11-20T10:30:00.000Z","heartbeat":25,"limits":{"messageBytes":65536,"#
                + #""fixesPerMessage":50,"locationsPerSecond":10}}"#, .welcome(welcome)
        ) { HubMessageEncoder.welcome(welcome, to: &$0) }
        let watcher = HubMessage.Welcome(session: welcome.session, serverTime: time, heartbeat: 1, limits: limits)
        let text = written { HubMessageEncoder.welcome(watcher, to: &$0) }
        #expect(!text.contains("deviceId") && !text.contains("userId") && !text.contains("group"))
        #expect(try HubMessageDecoder.decode(json(text)) == .welcome(watcher))
    }

    @Test func `a snapshot shows who was never located and hides who is invisible`() throws {
        let seen = GroupMember(
            device: device, displayName: "Ann \u{1}", presence: Presence(status: .busy, note: "b", lastSeenAt: time),
            lastFix: fix)
        let hidden = GroupMember(
            device: device, displayName: "é", presence: Presence(status: .invisible, lastSeenAt: time))
        var shown = hidden
        shown.presence.status = .offline
        let members =
            #"{"deviceId":"\#(conversation)","displayName":"Ann \u0001","status":"busy","note":"b","#
            + #""lastSeenAt":"2026-11-20T10:30:00.000Z","lastLocation":{\#(fixText)}},"#
            + #"{"deviceId":"\#(conversation)","displayName":"é","status":"offline","#
            + #""lastSeenAt":"2026-11-20T10:30:00.000Z","lastLocation":null}"#
        try check(
            #"{"type":"snapshot","re":3,"group":"fam-1","members":[\#(members)]}"#,
            .snapshot(.init(re: 3, group: group, members: [seen, shown]))
        ) { HubMessageEncoder.snapshot(.init(re: 3, group: group, members: [seen, hidden]), to: &$0) }
        let listing = ResponseEncoder.devices([seen, hidden])
        #expect(text(listing) == #"{"devices":[\#(members)]}"#)
        #expect(try ResponseDecoder.devices(listing) == [seen, shown])
        #expect(text(ResponseEncoder.devices([])) == #"{"devices":[]}"#)
    }

    @Test func `presence never says invisible`() throws {
        try check(
            #"{"type":"presence","group":"fam-1","deviceId":"\#(conversation)","status":"offline","note":"x","#
                + #""lastSeenAt":"2026-11-20T10:30:00.000Z"}"#,
            .presence(
                .init(group: group, device: device, presence: Presence(status: .offline, note: "x", lastSeenAt: time)))
        ) {
            HubMessageEncoder.presence(
                Presence(status: .invisible, note: "x", lastSeenAt: time), of: device, in: group, to: &$0)
        }
    }

    @Test func `a member who left is named without a place`() throws {
        try check(
            #"{"type":"member","group":"fam-1","change":"left","device":{"deviceId":"\#(conversation)","displayName":"A"}}"#,
            .member(.init(group: group, kind: .left, device: device, displayName: "A"))
        ) { HubMessageEncoder.left(device, displayName: "A", in: group, to: &$0) }
        let member = GroupMember(
            device: device, displayName: "A", presence: Presence(status: .away, lastSeenAt: time), lastFix: fix)
        for (kind, word) in [(HubMessage.MemberChange.Kind.joined, "joined"), (.updated, "updated")] {
            try check(
                #"{"type":"member","group":"fam-1","change":"\#(word)","device":{"deviceId":"\#(conversation)","#
                    + #""displayName":"A","status":"away","lastSeenAt":"2026-11-20T10:30:00.000Z","#
                    + #""lastLocation":{\#(fixText)}}}"#,
                .member(.init(group: group, kind: kind, device: device, displayName: "A", state: member))
            ) { bytes in
                if kind == .joined {
                    HubMessageEncoder.joined(member, in: group, to: &bytes)
                } else {
                    HubMessageEncoder.updated(member, in: group, to: &bytes)
                }
            }
        }
    }

    @Test func `short replies`() throws {
        try check(#"{"type":"ok","re":0}"#, .ok(re: 0)) { HubMessageEncoder.ok(re: 0, to: &$0) }
        try check(#"{"type":"ok"}"#, .ok(re: nil)) { HubMessageEncoder.ok(re: nil, to: &$0) }
        try check(
            #"{"type":"pong","re":2,"serverTime":"2026-11-20T10:30:00.000Z"}"#, .pong(re: 2, serverTime: time)
        ) { HubMessageEncoder.pong(re: 2, serverTime: time, to: &$0) }
        let group = try #require(GroupID("family"))
        try check(#"{"type":"unwatched","group":"family"}"#, .unwatched(group)) {
            HubMessageEncoder.unwatched(group, to: &$0)
        }
        let achievement = HubMessage.Achievement(
            code: "explorer", name: "Explorer", description: "Visit 100 unique cells", unlockedAt: time)
        try check(
            #"{"type":"achievement","code":"explorer","name":"Explorer","description":"Visit 100 unique cells","#
                + #""unlockedAt":"2026-11-20T10:30:00.000Z"}"#, .achievement(achievement)
        ) { HubMessageEncoder.achievement(achievement, to: &$0) }
        try check(
            #"{"type":"goodbye","reason":"shutdown","reconnectAfter":1500}"#,
            .goodbye(reason: "shutdown", reconnectAfter: .milliseconds(1500))
        ) { HubMessageEncoder.goodbye(reason: "shutdown", reconnectAfter: .milliseconds(1500), to: &$0) }
        #expect(try HubMessageDecoder.decode(json(#"{"type":"later","x":1}"#)) == .unknown(type: "later"))
    }

    @Test func `errors carry what a refusal says`() throws {
        let details = [FieldError(field: "locations[3].accuracy", message: "Accuracy must be non-negative")]
        let refusal = Refusal(.validationError, message: "Validation failed", details: details, id: 4)
        try check(
            #"{"type":"error","re":4,"error":"validation_error","message":"Validation failed","details":["#
                + #"{"field":"locations[3].accuracy","message":"Accuracy must be non-negative"}]}"#,
            .error(
                .init(re: 4, rawCode: "validation_error", message: "Validation failed", details: details))
        ) { HubMessageEncoder.error(refusal, to: &$0) }
        try check(
            #"{"type":"error","error":"rate_limit_exceeded","message":"Slow down","retryAfter":2}"#,
            .error(.init(rawCode: "rate_limit_exceeded", message: "Slow down", retryAfter: 2))
        ) { HubMessageEncoder.error(Refusal(.rateLimitExceeded, message: "Slow down"), retryAfter: 2, to: &$0) }
        let unknown = try HubMessageDecoder.decode(json(#"{"type":"error","error":"new_code","message":"m"}"#))
        guard case .error(let failure) = unknown else { return #expect(Bool(false), "not an error") }
        #expect(failure.code == nil)
    }

    @Test func `chat messages come through`() throws {
        let message = ChatMessage(
            conversation: talk, sequence: 12, clientID: uniqueID(otherID),
            from: .init(user: user, displayName: "Ann"), text: "a\nb", sentAt: time)
        let members =
            #""conversation":"\#(conversation)","seq":12,"clientId":"\#(otherID)","#
            + #""from":{"userId":"\#(otherID)","displayName":"Ann"},"text":"a\nb","sentAt":"2026-11-20T10:30:00.000Z""#
        try check(#"{"type":"message",\#(members)}"#, .message(message)) { HubMessageEncoder.message(message, to: &$0) }
        try check(
            #"{"type":"messages","re":1,"conversation":"\#(conversation)","messages":[{\#(members)}],"more":true}"#,
            .messages(.init(re: 1, conversation: talk, messages: [message], more: true))
        ) {
            HubMessageEncoder.messages(.init(re: 1, conversation: talk, messages: [message], more: true), to: &$0)
        }
        try check(
            #"{"type":"typing","conversation":"\#(conversation)","userId":"\#(otherID)","typing":true}"#,
            .typing(talk, user, isTyping: true)
        ) { HubMessageEncoder.typing(true, by: user, in: talk, to: &$0) }
        try check(
            #"{"type":"read","conversation":"\#(conversation)","userId":"\#(otherID)","seq":3}"#,
            .read(talk, user, sequence: 3)
        ) { HubMessageEncoder.read(upTo: 3, by: user, in: talk, to: &$0) }
    }

    @Test(arguments: [
        "{}", #"{"type":7}"#, #"{"type":"ack"}"#, #"{"type":"positions","group":"g1"}"#,
        #"{"type":"positions","group":"g1","positions":[{}]}"#, #"{"type":"welcome"}"#, #"{"type":"pong"}"#,
        #"{"type":"snapshot","group":"g1","members":[{"deviceId":"x"}]}"#, #"{"type":"error","error":"x"}"#,
        #"{"type":"member","group":"g1","change":"gone","device":{}}"#, #"{"type":"goodbye","reason":"r"}"#,
        #"{"type":"pong","serverTime":9223372036854775807}"#,
    ])
    func `a message without what its type must have is refused`(_ text: String) {
        let refusal = refusal { () throws(Refusal) in _ = try HubMessageDecoder.decode(json(text)) }
        #expect(refusal?.code == .validationError)
        #expect(refusal?.details.isEmpty == false)
    }

    @Test func `random positions come through unchanged`() throws {
        var generator = SeededGenerator(seed: 50)
        for _ in 0..<500 {
            let positions = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                DevicePosition(
                    device: DeviceID(UniqueID(high: generator.next(), low: generator.next())),
                    fix: randomFix(using: &generator))
            }
            let text = written { HubMessageEncoder.positions(positions, in: group, to: &$0) }
            #expect(try HubMessageDecoder.decode(json(text)) == .positions(group, positions))
        }
    }
}

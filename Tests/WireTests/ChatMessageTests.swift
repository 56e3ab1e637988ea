import Model
import Testing

@testable import Wire

private let talk = ConversationID(uniqueID(conversation))
private let user = UserID(uniqueID(otherID))
private let time = Timestamp(milliseconds: 1_795_170_600_000)

@Suite struct `messages of conversations` {
    private func check(
        _ message: HubMessage, _ text: String, _ write: (inout [UInt8]) -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(written(write) == text, sourceLocation: sourceLocation)
        #expect(try HubMessageDecoder.decode(json(text)) == message, sourceLocation: sourceLocation)
    }

    private var full: ChatMessage {
        ChatMessage(
            conversation: talk, sequence: 3, clientID: uniqueID(otherID), from: .init(user: user, displayName: "Ann"),
            text: "here", sentAt: time, editedAt: time, change: 9, replyTo: 2,
            attachment: .location(latitude: 1.5, longitude: -2, name: "Pier"),
            reactions: [.init(emoji: "👍", users: [user])])
    }

    private var fullMembers: String {
        #""conversation":"\#(conversation)","seq":3,"clientId":"\#(otherID)","#
            + #""from":{"userId":"\#(otherID)","displayName":"Ann"},"text":"here","#
            + #""sentAt":"2026-11-20T10:30:00.000Z","editedAt":"2026-11-20T10:30:00.000Z","change":9,"replyTo":2,"#
            + #""attachment":{"type":"location","latitude":1.5,"longitude":-2,"name":"Pier"},"#
            + #""reactions":[{"emoji":"👍","userIds":["\#(otherID)"]}]"#
    }

    @Test func `everything of a message comes through`() throws {
        let time = full.sentAt
        try check(.edited(full), #"{"type":"edited",\#(fullMembers)}"#) { HubMessageEncoder.edited(full, to: &$0) }
        try check(.message(full), #"{"type":"message",\#(fullMembers)}"#) { HubMessageEncoder.message(full, to: &$0) }
        let gone = ChatMessage(
            conversation: talk, sequence: 3, clientID: uniqueID(otherID), from: nil, text: nil, sentAt: time,
            deletedAt: time, change: 4, attachment: .place(uniqueID(conversation), name: nil))
        let text =
            #"{"type":"message","conversation":"\#(conversation)","seq":3,"clientId":"\#(otherID)","from":null,"#
            + #""text":null,"sentAt":"2026-11-20T10:30:00.000Z","deletedAt":"2026-11-20T10:30:00.000Z","change":4,"#
            + #""attachment":{"type":"place","placeId":"\#(conversation)"}}"#
        try check(.message(gone), text) { HubMessageEncoder.message(gone, to: &$0) }
    }

    @Test func `changes of messages and conversations come through`() throws {
        try check(
            .deleted(talk, sequence: 7, change: 2),
            #"{"type":"deleted","conversation":"\#(conversation)","seq":7,"change":2}"#
        ) { HubMessageEncoder.deleted(7, in: talk, change: 2, to: &$0) }
        let reaction = ReactionChange(
            conversation: talk, sequence: 7, emoji: "🙂", user: user, added: false, change: 5)
        try check(
            .reaction(reaction),
            #"{"type":"reaction","conversation":"\#(conversation)","seq":7,"emoji":"🙂","userId":"\#(otherID)","#
                + #""added":false,"change":5}"#
        ) { HubMessageEncoder.reaction(reaction, to: &$0) }
        try check(
            .conversation(talk, .added),
            #"{"type":"conversation","conversation":"\#(conversation)","change":"added"}"#
        ) { HubMessageEncoder.conversation(talk, .added, to: &$0) }
    }

    @Test func `an invisible person is written as one who is offline`() throws {
        let presence = UserPresence(user: user, status: .away, note: "lunch", lastSeenAt: time)
        try check(
            .userPresence(presence),
            #"{"type":"userPresence","userId":"\#(otherID)","status":"away","note":"lunch","#
                + #""lastSeenAt":"2026-11-20T10:30:00.000Z"}"#
        ) { HubMessageEncoder.userPresence(presence, to: &$0) }
        let hidden = written {
            HubMessageEncoder.userPresence(UserPresence(user: user, status: .invisible), to: &$0)
        }
        #expect(hidden == #"{"type":"userPresence","userId":"\#(otherID)","status":"offline"}"#)
    }

    @Test(arguments: [
        ClientMessage.MessageDraft(conversation: talk, clientID: uniqueID(otherID), text: "x", replyTo: 1),
        .init(
            conversation: talk, clientID: uniqueID(otherID), text: "x",
            attachment: .location(latitude: -90, longitude: 180, name: "The pole")),
        .init(
            conversation: talk, clientID: uniqueID(otherID), text: "x", replyTo: 5,
            attachment: .place(uniqueID(otherID), name: nil)),
    ])
    func `a reply with an attachment that is sent on is the same`(draft: ClientMessage.MessageDraft) throws {
        let envelope = ClientEnvelope(id: 1, .message(draft))
        let text = written { ClientMessageEncoder.encode(envelope, to: &$0) }
        #expect(try ClientMessageDecoder().decode(json(text), at: testNow) == envelope)
    }

    @Test(arguments: [
        (#""attachment":7"#, "attachment"), (#""attachment":{}"#, "attachment.type"),
        (#""attachment":{"type":"file"}"#, "attachment.type"),
        (#""attachment":{"type":"location","latitude":91,"longitude":0}"#, "attachment.latitude"),
        (#""attachment":{"type":"location","latitude":0,"longitude":-180.1}"#, "attachment.longitude"),
        (#""attachment":{"type":"location","latitude":0}"#, "attachment.longitude"),
        (#""attachment":{"type":"place"}"#, "attachment.placeId"),
        (#""attachment":{"type":"place","placeId":"\#(otherID)","name":""}"#, "attachment.name"),
        (#""attachment":{"type":"place","placeId":"\#(otherID)","name":"a\u001bb"}"#, "attachment.name"),
        (#""replyTo":0"#, "replyTo"), (#""replyTo":"1""#, "replyTo"),
    ])
    func `a wrong reply or attachment is named`(member: String, field: String) {
        let text =
            #"{"type":"message","conversation":"\#(conversation)","clientId":"\#(otherID)","text":"x",\#(member)}"#
        let refusal = refusal { () throws(Refusal) in _ = try ClientMessageDecoder().decode(json(text), at: testNow) }
        #expect(refusal?.code == .validationError)
        #expect(refusal?.details.map(\.field) == [field])
    }
}

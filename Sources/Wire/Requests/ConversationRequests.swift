package import Model

/// `POST /api/v1/conversations`.
package enum NewConversation: Hashable, Sendable {
    case direct(UserID)
    /// The users are different ones.
    case group(name: String, users: [UserID])
}

/// `POST /api/v1/conversations/{id}/messages`.
package struct MessageRequest: Hashable, Sendable {
    package var clientID: UniqueID
    package var text: MessageText
    package var replyTo: Int64?
    package var attachment: ChatAttachment?
}

/// A body that is one optional time.
private struct OptionalMoment {
    var value: Timestamp?
}

/// Bodies of requests about conversations.
extension RequestDecoder {
    /// - Parameters:
    ///   - nameLengths: Of a group conversation, in Unicode scalars.
    ///   - userCount: The most people beside the caller.
    package func decodeConversation(
        _ body: [UInt8], nameLengths: ClosedRange<Int>, userCount: Int
    ) throws(Refusal) -> NewConversation {
        try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) { (fields) throws(JSONError) in
            let kindField = Field("kind", "Kind")
            let userField = Field("userId", "User ID")
            let usersField = Field("userIds", "User IDs")
            let nameField = Field("name", "Name")
            var kind: Member<String> = .absent
            var user: Member<UniqueID> = .absent
            var users: Member<[UserID]> = .absent
            var name: Member<String> = .absent
            var object = try fields.json.beginObject()
            while let member = try fields.json.nextMember(&object) {
                if fields.json.text(member, is: "kind") {
                    kind = try fields.line(kindField)
                } else if fields.json.text(member, is: "userId") {
                    user = try fields.uniqueID(userField)
                } else if fields.json.text(member, is: "userIds") {
                    users = try fields.users(usersField, counts: 0...userCount)
                } else if fields.json.text(member, is: "name") {
                    name = try fields.name(nameField, lengths: nameLengths)
                } else {
                    try fields.json.skipValue()
                }
            }
            switch fields.require(kind, kindField) {
            case "direct": return fields.require(user, userField).map { .direct(UserID($0)) }
            case "group":
                let required = (fields.require(name, nameField), fields.require(users, usersField))
                guard case (let name?, let users?) = required else { return nil }
                return .group(name: name, users: users)
            case nil: return nil
            default: return fields.refuseRead(kindField, "must be direct or group").value
            }
        }
    }

    /// `PATCH /api/v1/conversations/{id}`: its new name.
    package func decodeConversationName(_ body: [UInt8], lengths: ClosedRange<Int>) throws(Refusal) -> String {
        let field = Field("name", "Name")
        return try decodeOne(body, field, "name") { (fields) throws(JSONError) in
            try fields.name(field, lengths: lengths)
        }
    }

    /// `POST /api/v1/conversations/{id}/members`.
    package func decodeNewMembers(_ body: [UInt8], counts: ClosedRange<Int>) throws(Refusal) -> [UserID] {
        let field = Field("userIds", "User IDs")
        return try decodeOne(body, field, "userIds") { (fields) throws(JSONError) in
            try fields.users(field, counts: counts)
        }
    }

    /// `POST /api/v1/conversations/{id}/mute`: until when; nothing to be told of everything again.
    package func decodeMute(_ body: [UInt8]) throws(Refusal) -> Timestamp? {
        let read = try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) {
            (fields) throws(JSONError) -> OptionalMoment? in
            var until: Member<Timestamp> = .absent
            var object = try fields.json.beginObject()
            while let member = try fields.json.nextMember(&object) {
                if fields.json.text(member, is: "until") {
                    until = try fields.timestamp(Field("until", "Until"))
                } else {
                    try fields.json.skipValue()
                }
            }
            return OptionalMoment(value: until.value)
        }
        return read.value
    }

    /// `POST /api/v1/conversations/{id}/read`: a message's number.
    package func decodeReadSequence(_ body: [UInt8]) throws(Refusal) -> Int64 {
        let field = Field("seq", "Sequence number")
        return try decodeOne(body, field, "seq") { (fields) throws(JSONError) in
            try fields.integer(field, in: 0...FieldReader.largestInteger)
        }
    }

    /// `PATCH /api/v1/conversations/{id}/messages/{seq}`.
    package func decodeMessageText(_ body: [UInt8]) throws(Refusal) -> MessageText {
        let field = Field("text", "Text")
        return try decodeOne(body, field, "text") { (fields) throws(JSONError) in try fields.messageText(field) }
    }

    package func decodeChatMessage(_ body: [UInt8]) throws(Refusal) -> MessageRequest {
        try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) { (fields) throws(JSONError) in
            let clientIDField = Field("clientId", "Client ID")
            let textField = Field("text", "Text")
            var clientID: Member<UniqueID> = .absent
            var text: Member<MessageText> = .absent
            var replyTo: Member<Int64> = .absent
            var attachment: Member<ChatAttachment> = .absent
            var object = try fields.json.beginObject()
            while let member = try fields.json.nextMember(&object) {
                if fields.json.text(member, is: "clientId") {
                    clientID = try fields.uniqueID(clientIDField)
                } else if fields.json.text(member, is: "text") {
                    text = try fields.messageText(textField)
                } else if fields.json.text(member, is: "replyTo") {
                    replyTo = try fields.integer(Field("replyTo", "Reply to"), in: 1...FieldReader.largestInteger)
                } else if fields.json.text(member, is: "attachment") {
                    attachment = try fields.attachment(Field("attachment", "Attachment"))
                } else {
                    try fields.json.skipValue()
                }
            }
            let required = (fields.require(clientID, clientIDField), fields.require(text, textField))
            guard case (let clientID?, let text?) = required else { return nil }
            return MessageRequest(
                clientID: clientID, text: text, replyTo: replyTo.value, attachment: attachment.value)
        }
    }

    /// A body of which one member counts, and is required.
    private func decodeOne<Value>(
        _ body: [UInt8], _ field: Field, _ name: StaticString,
        _ read: (inout FieldReader) throws(JSONError) -> Member<Value>
    ) throws(Refusal) -> Value {
        try FieldReader.read(unsafe body.span.bytes, checkingUTF8: true) { (fields) throws(JSONError) -> Value? in
            var found: Member<Value> = .absent
            var object = try fields.json.beginObject()
            while let member = try fields.json.nextMember(&object) {
                if fields.json.text(member, is: name) {
                    found = try read(&fields)
                } else {
                    try fields.json.skipValue()
                }
            }
            return fields.require(found, field)
        }
    }
}

import Model

extension ClientMessageDecoder {
    func chatMessage(from fields: inout FieldReader) throws(JSONError) -> ClientMessage? {
        let conversationField = Field("conversation", "Conversation")
        let clientIDField = Field("clientId", "Client ID")
        let textField = Field("text", "Text")
        let replyField = Field("replyTo", "Reply to")
        var replyTo: Member<Int64> = .absent
        var attachment: Member<ChatAttachment> = .absent
        var conversation: Member<UniqueID> = .absent
        var clientID: Member<UniqueID> = .absent
        var text: Member<MessageText> = .absent
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: "conversation") {
                conversation = try fields.uniqueID(conversationField)
            } else if fields.json.text(name, is: "clientId") {
                clientID = try fields.uniqueID(clientIDField)
            } else if fields.json.text(name, is: "text") {
                text = try fields.messageText(textField)
            } else if fields.json.text(name, is: "replyTo") {
                replyTo = try fields.integer(replyField, in: 1...FieldReader.largestInteger)
            } else if fields.json.text(name, is: "attachment") {
                attachment = try fields.attachment(Field("attachment", "Attachment"))
            } else {
                try fields.takeEnvelope(name)
            }
        }
        let required = (
            fields.require(conversation, conversationField), fields.require(clientID, clientIDField),
            fields.require(text, textField)
        )
        guard case (let conversation?, let clientID?, let text?) = required else { return nil }
        return .message(
            .init(
                conversation: ConversationID(conversation), clientID: clientID, text: text.rawValue,
                replyTo: replyTo.value, attachment: attachment.value))
    }

    func typing(from fields: inout FieldReader) throws(JSONError) -> ClientMessage? {
        let conversationField = Field("conversation", "Conversation")
        let typingField = Field("typing", "Typing")
        var conversation: Member<UniqueID> = .absent
        var isTyping: Member<Bool> = .absent
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: "conversation") {
                conversation = try fields.uniqueID(conversationField)
            } else if fields.json.text(name, is: "typing") {
                isTyping = try fields.boolean(typingField)
            } else {
                try fields.takeEnvelope(name)
            }
        }
        let required = (fields.require(conversation, conversationField), fields.require(isTyping, typingField))
        guard case (let conversation?, let isTyping?) = required else { return nil }
        return .typing(.init(conversation: ConversationID(conversation), isTyping: isTyping))
    }

    func readMark(from fields: inout FieldReader) throws(JSONError) -> ClientMessage? {
        let found = try sequence(named: "seq", of: "conversation", from: &fields, inEnvelope: true)
        return found.map { .read(.init(conversation: $0, sequence: $1)) }
    }

    func sync(from fields: inout FieldReader) throws(JSONError) -> ClientMessage? {
        let field = Field("conversations", "Conversations")
        var points: Member<[ClientMessage.SyncPoint]> = .absent
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: "conversations") {
                points = try syncPoints(field, from: &fields)
            } else {
                try fields.takeEnvelope(name)
            }
        }
        return fields.require(points, field).map { .sync($0) }
    }

    private func syncPoints(
        _ field: Field, from fields: inout FieldReader
    ) throws(JSONError) -> Member<[ClientMessage.SyncPoint]> {
        let rule = "must hold 1 to \(limits.conversationsPerSync) items"
        switch try fields.json.kind() {
        case .array: break
        case .null:
            try fields.json.null()
            return .absent
        default:
            try fields.json.skipValue()
            return fields.refuseRead(field, rule)
        }
        let errorsBefore = fields.errors.count
        var points: [ClientMessage.SyncPoint] = []
        var count = 0
        var array = try fields.json.beginArray()
        while try fields.json.nextElement(&array) {
            defer { count += 1 }
            guard count < limits.conversationsPerSync else {
                try fields.json.skipValue()
                continue
            }
            guard try fields.json.kind() == .object else {
                fields.errors.append(
                    FieldError(field: "\(field.name)[\(count)]", message: "Conversation must be an object"))
                try fields.json.skipValue()
                continue
            }
            fields.path = .element(field.name, count)
            if let point = try sequence(named: "since", of: "id", from: &fields, inEnvelope: false) {
                points.append(.init(conversation: point.0, since: point.1))
            }
            fields.path = .root
        }
        if count == 0 || count > limits.conversationsPerSync { fields.note(field, "\(field.label) \(rule)") }
        return fields.errors.count == errorsBefore ? .value(points) : .refused
    }

    /// An object that names a conversation and a number in it.
    private func sequence(
        named numberName: StaticString, of conversationName: StaticString, from fields: inout FieldReader,
        inEnvelope: Bool
    ) throws(JSONError) -> (ConversationID, Int64)? {
        let conversationField = Field(conversationName, "Conversation")
        let numberField = Field(numberName, "Sequence number")
        var conversation: Member<UniqueID> = .absent
        var number: Member<Int64> = .absent
        var object = try fields.json.beginObject()
        while let name = try fields.json.nextMember(&object) {
            if fields.json.text(name, is: conversationName) {
                conversation = try fields.uniqueID(conversationField)
            } else if fields.json.text(name, is: numberName) {
                number = try fields.integer(numberField, in: 0...FieldReader.largestInteger)
            } else if inEnvelope {
                try fields.takeEnvelope(name)
            } else {
                try fields.json.skipValue()
            }
        }
        let required = (fields.require(conversation, conversationField), fields.require(number, numberField))
        guard case (let conversation?, let number?) = required else { return nil }
        return (ConversationID(conversation), number)
    }
}

extension PostedMessage {
    /// The members of its JSON, as `chat --json` prints them.
    var json: [(String, JSONText)] {
        let from = fromId.map { JSONText.object([("userId", .string($0)), ("displayName", .string(fromName))]) }
        var members: [(String, JSONText)] = [
            ("seq", .integer(Int(seq))), ("clientId", JSONText.optional(clientId.map(JSONText.string))),
            ("from", JSONText.optional(from)), ("text", JSONText.optional(text.map(JSONText.string))),
            ("sentAt", .string(sentAt)),
        ]
        if let editedAt { members.append(("editedAt", .string(editedAt))) }
        if isDeleted { members.append(("deleted", .bool(true))) }
        if let replyTo { members.append(("replyTo", .integer(Int(replyTo)))) }
        if let attachment { members.append(("attachment", .string(attachment))) }
        if !reactions.isEmpty {
            let list = reactions.map {
                JSONText.object([("emoji", .string($0.emoji)), ("count", .integer($0.count))])
            }
            members.append(("reactions", .array(list)))
        }
        return members
    }
}

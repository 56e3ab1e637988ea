package import Model

extension HubMessageEncoder {
    package static func message(_ message: ChatMessage, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("message")
            json.members(of: message)
            json.endObject()
        }
    }

    /// The message as it is after its sender changed it.
    package static func edited(_ message: ChatMessage, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("edited")
            json.members(of: message)
            json.endObject()
        }
    }

    package static func deleted(
        _ sequence: Int64, in conversation: ConversationID, change: Int64, to bytes: inout [UInt8]
    ) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("deleted")
            json.member("conversation", conversation.rawValue)
            json.member("seq", sequence)
            json.member("change", change)
            json.endObject()
        }
    }

    package static func reaction(_ reaction: ReactionChange, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("reaction")
            json.member("conversation", reaction.conversation.rawValue)
            json.member("seq", reaction.sequence)
            json.member("emoji", reaction.emoji)
            json.member("userId", reaction.user.rawValue)
            json.member("added", reaction.added)
            json.member("change", reaction.change)
            json.endObject()
        }
    }

    package static func conversation(
        _ conversation: ConversationID, _ change: ConversationChange, to bytes: inout [UInt8]
    ) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("conversation")
            json.member("conversation", conversation.rawValue)
            json.member("change", change.rawValue)
            json.endObject()
        }
    }

    /// What is shown of a person; an `invisible` one is written `offline`.
    package static func userPresence(_ presence: UserPresence, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("userPresence")
            json.members(of: presence)
            json.endObject()
        }
    }

    /// - Note: The messages inside a page are written without `type`.
    package static func messages(_ page: ChatPage, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("messages", re: page.re)
            json.member("conversation", page.conversation.rawValue)
            json.array("messages", of: page.messages) { json, message in
                json.object { $0.members(of: message) }
            }
            json.member("more", page.more)
            json.endObject()
        }
    }

    package static func typing(
        _ isTyping: Bool, by user: UserID, in conversation: ConversationID, to bytes: inout [UInt8]
    ) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("typing")
            json.member("conversation", conversation.rawValue)
            json.member("userId", user.rawValue)
            json.member("typing", isTyping)
            json.endObject()
        }
    }

    package static func read(
        upTo sequence: Int64, by user: UserID, in conversation: ConversationID, to bytes: inout [UInt8]
    ) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("read")
            json.member("conversation", conversation.rawValue)
            json.member("userId", user.rawValue)
            json.member("seq", sequence)
            json.endObject()
        }
    }

    /// The message is in Postgres.
    package static func ack(
        re: Int64?, conversation: ConversationID, sequence: Int64, sentAt: Timestamp, to bytes: inout [UInt8]
    ) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("ack", re: re)
            json.member("conversation", conversation.rawValue)
            json.member("seq", sequence)
            json.member("sentAt", sentAt)
            json.endObject()
        }
    }
}

extension JSONWriter {
    /// A message's members, as the stream and REST have them, inside an object that is open.
    package mutating func members(of message: ChatMessage) {
        member("conversation", message.conversation.rawValue)
        member("seq", message.sequence)
        member("clientId", message.clientID)
        if let from = message.from {
            object("from") {
                $0.member("userId", from.user.rawValue)
                $0.member("displayName", from.displayName)
            }
        } else {
            null("from")
        }
        if let text = message.text { member("text", text) } else { null("text") }
        member("sentAt", message.sentAt)
        member("editedAt", message.editedAt)
        member("deletedAt", message.deletedAt)
        member("change", message.change)
        member("replyTo", message.replyTo)
        if let attachment = message.attachment {
            name("attachment")
            value(attachment)
        }
        guard !message.reactions.isEmpty else { return }
        array("reactions", of: message.reactions) { json, reaction in
            json.object {
                $0.member("emoji", reaction.emoji)
                $0.array("userIds", of: reaction.users) { $0.value($1.rawValue) }
            }
        }
    }

    /// A person's presence, as the stream and REST have it, inside an object that is open.
    package mutating func members(of presence: UserPresence) {
        member("userId", presence.user.rawValue)
        member("status", presence.status.shown.rawValue)
        member("note", presence.note)
        member("lastSeenAt", presence.lastSeenAt)
    }
}

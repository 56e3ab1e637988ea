package import Model

extension HubMessageEncoder {
    package static func message(_ message: ChatMessage, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin("message")
            json.members(of: message)
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
    fileprivate mutating func members(of message: ChatMessage) {
        member("conversation", message.conversation.rawValue)
        member("seq", message.sequence)
        member("clientId", message.clientID)
        object("from") {
            $0.member("userId", message.from.user.rawValue)
            $0.member("displayName", message.from.displayName)
        }
        member("text", message.text)
        member("sentAt", message.sentAt)
    }
}

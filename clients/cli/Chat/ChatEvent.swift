import Wire

/// What the hub says on the stream, as far as somebody who chats listens.
enum ChatEvent: Hashable, Sendable {
    case welcome
    case message(conversation: String, PostedMessage)
    /// A page of the answer to a `sync`.
    case messages(re: Int64?, conversation: String, [PostedMessage], more: Bool)
    case edited(conversation: String, PostedMessage)
    case deleted(conversation: String, seq: Int64, change: Int64?)
    case reaction(conversation: String, seq: Int64, emoji: String, userId: String, added: Bool, change: Int64?)
    /// `added`, `removed` or `updated`.
    case conversation(String, change: String)
    case typing(conversation: String, userId: String, isTyping: Bool)
    case read(conversation: String, userId: String, seq: Int64)
    case presence(userId: String, status: String, note: String?)
    /// The hub has stored a message.
    case ack(re: Int64, seq: Int64, sentAt: String)
    case ok(re: Int64)
    case refused(re: Int64?, error: String, message: String, retryAfter: Double?)
    /// The hub closes next; after how many milliseconds to come again.
    case goodbye(reason: String, reconnectAfter: Int64)
    /// What a client ignores.
    case other

    /// - Throws: ``CommandFailure`` with ``ExitCode/fault`` for what is no message of the protocol.
    init(_ bytes: RawSpan) throws(CommandFailure) {
        guard let value = try? JSONValue(bytes), let type = value["type"]?.string else {
            throw CommandFailure(.fault, "the hub sent what the protocol does not have")
        }
        self = ChatEvent.event(type, value) ?? .other
    }

    private static func event(_ type: String, _ value: JSONValue) -> ChatEvent? {
        let re = value["re"]?.integer
        let conversation = value["conversation"]?.string?.lowercased() ?? ""
        let userId = value["userId"]?.string?.lowercased() ?? ""
        let seq = value["seq"]?.integer
        let change = value["change"]?.integer
        switch type {
        case "welcome": return .welcome
        case "message": return PostedMessage(value).map { .message(conversation: conversation, $0) }
        case "messages":
            let messages = (value["messages"]?.array ?? []).compactMap { PostedMessage($0) }
            return .messages(
                re: re, conversation: conversation, messages, more: value["more"]?.boolean ?? false)
        case "edited": return PostedMessage(value).map { .edited(conversation: conversation, $0) }
        case "deleted": return seq.map { .deleted(conversation: conversation, seq: $0, change: change) }
        case "reaction":
            guard let seq, let emoji = value["emoji"]?.string else { return nil }
            return .reaction(
                conversation: conversation, seq: seq, emoji: emoji, userId: userId,
                added: value["added"]?.boolean ?? true, change: change)
        case "conversation": return .conversation(conversation, change: value["change"]?.string ?? "updated")
        case "typing":
            return .typing(conversation: conversation, userId: userId, isTyping: value["typing"]?.boolean ?? false)
        case "read": return seq.map { .read(conversation: conversation, userId: userId, seq: $0) }
        case "userPresence":
            return .presence(userId: userId, status: value["status"]?.string ?? "offline", note: value["note"]?.string)
        case "ack":
            guard let re, let seq else { return nil }
            return .ack(re: re, seq: seq, sentAt: value["sentAt"]?.string ?? "")
        case "ok": return re.map { .ok(re: $0) }
        case "error":
            return .refused(
                re: re, error: value["error"]?.string ?? "", message: value["message"]?.string ?? "",
                retryAfter: value["retryAfter"]?.double)
        case "goodbye":
            return .goodbye(
                reason: value["reason"]?.string ?? "", reconnectAfter: value["reconnectAfter"]?.integer ?? 0)
        default: return nil
        }
    }
}

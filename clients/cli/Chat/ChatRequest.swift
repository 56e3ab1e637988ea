/// What somebody who chats says to the hub on the stream.
enum ChatRequest: Hashable, Sendable {
    case message(id: Int64, conversation: String, clientId: String, text: String, replyTo: Int64?)
    case typing(conversation: String, isTyping: Bool)
    case read(id: Int64, conversation: String, seq: Int64)
    case sync(id: Int64, conversation: String, since: Int64)

    var json: JSONText {
        switch self {
        case .message(let id, let conversation, let clientId, let text, let replyTo):
            var members: [(String, JSONText)] = [
                ("type", .string("message")), ("id", .integer(Int(id))), ("conversation", .string(conversation)),
                ("clientId", .string(clientId)), ("text", .string(text)),
            ]
            if let replyTo { members.append(("replyTo", .integer(Int(replyTo)))) }
            return .object(members)
        case .typing(let conversation, let isTyping):
            return .object([
                ("type", .string("typing")), ("conversation", .string(conversation)), ("typing", .bool(isTyping)),
            ])
        case .read(let id, let conversation, let seq):
            return .object([
                ("type", .string("read")), ("id", .integer(Int(id))), ("conversation", .string(conversation)),
                ("seq", .integer(Int(seq))),
            ])
        case .sync(let id, let conversation, let since):
            let point = JSONText.object([("id", .string(conversation)), ("since", .integer(Int(since)))])
            return .object([
                ("type", .string("sync")), ("id", .integer(Int(id))), ("conversations", .array([point])),
            ])
        }
    }
}

import Model

/// Writes what a client says; for clients.
package enum ClientMessageEncoder {
    /// One JSON object at the end of `bytes`. The message is trusted to be within the protocol's limits.
    package static func encode(_ envelope: ClientEnvelope, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.begin(envelope.message.typeName)
            json.member("id", envelope.id)
            json.members(of: envelope.message)
            json.endObject()
        }
    }
}

extension ClientMessage {
    fileprivate var typeName: StaticString {
        switch self {
        case .location: "location"
        case .locations: "locations"
        case .watch: "watch"
        case .unwatch: "unwatch"
        case .presence: "presence"
        case .message: "message"
        case .typing: "typing"
        case .read: "read"
        case .sync: "sync"
        case .ping: "ping"
        }
    }
}

extension JSONWriter {
    fileprivate mutating func members(of message: ClientMessage) {
        switch message {
        case .location(let fix): members(of: fix)
        case .locations(let fixes): array("locations", of: fixes) { $0.value($1) }
        case .watch(let group), .unwatch(let group): member("group", group.rawValue)
        case .presence(let report):
            name("status")
            value(report.status)
            member("note", report.note)
        case .message(let draft):
            member("conversation", draft.conversation.rawValue)
            member("clientId", draft.clientID)
            member("text", draft.text)
            member("replyTo", draft.replyTo)
            if let attachment = draft.attachment {
                name("attachment")
                value(attachment)
            }
        case .typing(let report):
            member("conversation", report.conversation.rawValue)
            member("typing", report.isTyping)
        case .read(let mark):
            member("conversation", mark.conversation.rawValue)
            member("seq", mark.sequence)
        case .sync(let points):
            array("conversations", of: points) { json, point in
                json.object {
                    $0.member("id", point.conversation.rawValue)
                    $0.member("since", point.since)
                }
            }
        case .ping: break
        }
    }
}

internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

extension JSONWriter {
    /// A conversation as one person sees it.
    mutating func value(_ conversation: ConversationSummary, at now: Timestamp) {
        object { json in
            json.member("id", conversation.id.rawValue)
            json.member("kind", conversation.kind.rawValue)
            json.member("name", conversation.name)
            json.member("groupId", conversation.group?.rawValue)
            json.member("createdAt", conversation.createdAt)
            json.member("lastSeq", conversation.lastSeq)
            json.member("lastChange", conversation.lastChange)
            if let message = conversation.lastMessage {
                json.object("lastMessage") { $0.members(of: message) }
            } else {
                json.null("lastMessage")
            }
            json.member("unreadCount", conversation.unreadCount)
            json.member("readSeq", conversation.readSeq)
            let mutedUntil = conversation.mutedUntil.flatMap { $0 > now ? $0 : nil }
            json.member("muted", mutedUntil != nil)
            json.member("mutedUntil", mutedUntil)
            json.member("leftAt", conversation.leftAt)
            if let members = conversation.members { json.array("members", of: members) { $0.value($1) } }
        }
    }

    mutating func value(_ member: ListedMember) {
        object { json in
            json.member("userId", member.user.rawValue)
            json.member("username", member.username)
            json.member("displayName", member.displayName)
            json.member("role", member.role.rawValue)
            json.member("joinedAt", member.joinedAt)
        }
    }
}

extension JSONWriter {
    /// A text, or `null`.
    mutating func nullable(_ name: StaticString, _ text: String?) {
        if let text { member(name, text) } else { null(name) }
    }
}

extension HTTPResponse {
    static func json(_ status: HTTPStatus = .ok, _ body: (inout JSONWriter) -> Void) -> HTTPResponse {
        .json(JSONWriter.bytes { $0.object(body) }, status: status)
    }
}

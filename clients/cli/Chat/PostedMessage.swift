import Wire

/// A message of a conversation as the hub tells of it.
struct PostedMessage: Hashable, Sendable {
    /// Its number in the conversation, from 1.
    var seq: Int64
    /// The id its sender chose; nothing for those that do not need it.
    var clientId: String?
    /// Nothing for what the hub itself says.
    var fromId: String?
    var fromName: String
    /// Nothing once it is deleted.
    var text: String?
    /// RFC 3339, as the hub wrote it.
    var sentAt: String
    var editedAt: String?
    var isDeleted = false
    /// The number of its last change; nothing where the hub does not tell.
    var change: Int64?
    /// The number of the message it answers.
    var replyTo: Int64?
    /// A place or a position, in words.
    var attachment: String?
    var reactions: [Reaction] = []

    struct Reaction: Hashable, Sendable {
        var emoji: String
        var count: Int
    }

    init(
        seq: Int64, clientId: String? = nil, fromId: String?, fromName: String, text: String?, sentAt: String = "",
        replyTo: Int64? = nil
    ) {
        self.seq = seq
        self.clientId = clientId
        self.fromId = fromId
        self.fromName = fromName
        self.text = text
        self.sentAt = sentAt
        self.replyTo = replyTo
    }

    /// As REST and the stream write it; nothing if it is no message.
    init?(_ value: JSONValue) {
        guard let seq = value["seq"]?.integer, seq > 0 else { return nil }
        self.init(
            seq: seq, clientId: value["clientId"]?.string?.lowercased(),
            fromId: value["from"]?["userId"]?.string?.lowercased(),
            fromName: value["from"]?["displayName"]?.string ?? "", text: value["text"]?.string,
            sentAt: value["sentAt"]?.string ?? "", replyTo: PostedMessage.number(value["replyTo"]))
        editedAt = value["editedAt"]?.string
        isDeleted = value["deletedAt"]?.string != nil
        change = value["change"]?.integer
        attachment = value["attachment"].flatMap(PostedMessage.words)
        reactions = (value["reactions"]?.array ?? []).compactMap { reaction in
            guard let emoji = reaction["emoji"]?.string else { return nil }
            return Reaction(emoji: emoji, count: reaction["userIds"]?.array?.count ?? 1)
        }
    }

    /// A reply names a message by its number, or shows it.
    private static func number(_ value: JSONValue?) -> Int64? { value?.integer ?? value?["seq"]?.integer }

    private static func words(_ value: JSONValue) -> String? {
        let name = value["name"]?.string
        if let latitude = value["latitude"]?.double, let longitude = value["longitude"]?.double {
            return [name, PlaceText.text(latitude: latitude, longitude: longitude)].compactMap(\.self).joined(
                separator: " ")
        }
        return name ?? value["placeId"]?.string.map { "place \($0)" }
    }
}

internal import Model
internal import Persistence
internal import Wire

extension ChatMessage {
    /// The message in the columns of ``VisibleMessages/columns``; nothing if there is none.
    init?(row: PostgresRow, from column: Int, in conversation: ConversationID) {
        guard let sequence = row.int64(column), let clientID = row.uniqueID(column + 1),
            let sentAt = row.timestamp(column + 5)
        else { return nil }
        let sender = row.uniqueID(column + 2).map {
            Sender(user: UserID($0), displayName: row.text(column + 3) ?? "")
        }
        let change = row.int64(column + 8) ?? 0
        self.init(
            conversation: conversation, sequence: sequence, clientID: clientID, from: sender,
            text: row.text(column + 4), sentAt: sentAt, editedAt: row.timestamp(column + 6),
            deletedAt: row.timestamp(column + 7), change: change == 0 ? nil : change,
            replyTo: row.int64(column + 9), attachment: row.text(column + 10).flatMap(ChatAttachment.init(stored:)),
            reactions: row.text(column + 11).map(Reaction.all(stored:)) ?? [])
    }
}

extension ChatMessage.Reaction {
    /// From pairs of an emoji and a user, in the order of the first of each emoji.
    fileprivate static func all(stored text: String) -> [ChatMessage.Reaction] {
        guard let pairs = try? JSONValue(Array(text.utf8)).array else { return [] }
        var reactions: [ChatMessage.Reaction] = []
        for pair in pairs {
            guard let emoji = pair.array?.first?.string, let user = pair.array?.last?.string.flatMap({ UniqueID($0) })
            else { continue }
            if let index = reactions.firstIndex(where: { $0.emoji == emoji }) {
                reactions[index].users.append(UserID(user))
            } else {
                reactions.append(ChatMessage.Reaction(emoji: emoji, users: [UserID(user)]))
            }
        }
        return reactions
    }
}

extension ChatAttachment {
    /// As ``stored`` wrote it.
    init?(stored text: String) {
        guard let value = try? JSONValue(Array(text.utf8)) else { return nil }
        let name = value["name"]?.string
        switch value["type"]?.string {
        case "location":
            guard let latitude = value["latitude"]?.double, let longitude = value["longitude"]?.double else {
                return nil
            }
            self = .location(latitude: latitude, longitude: longitude, name: name)
        case "place":
            guard let id = value["placeId"]?.string.flatMap({ UniqueID($0) }) else { return nil }
            self = .place(id, name: name)
        default: return nil
        }
    }

    /// As the column `attachment` keeps it: as on the wire.
    var stored: String { String(decoding: JSONWriter.bytes { $0.value(self) }, as: UTF8.self) }
}

internal import Model
internal import Persistence
internal import Wire

extension StoredMessage {
    /// A row of ``MessageStatements/stored``; nothing if there is no message in it.
    init?(row: PostgresRow, in conversation: ConversationID) {
        guard let message = ChatMessage(row: row, from: 1, in: conversation) else { return nil }
        self.init(
            message: message, ownText: row.text(13), ownEditedAt: row.timestamp(14), isWithheld: row.bool(15) ?? false,
            reactions: row.text(16).map(Reaction.all(stored:)) ?? [])
    }
}

extension StoredMessage.Reaction {
    /// From lists of an emoji, a user, and whether it is withheld.
    fileprivate static func all(stored text: String) -> [StoredMessage.Reaction] {
        guard let lists = try? JSONValue(Array(text.utf8)).array else { return [] }
        return lists.compactMap { list in
            guard let parts = list.array, parts.count == 3, let emoji = parts[0].string,
                let user = parts[1].string.flatMap({ UniqueID($0) }), let isWithheld = parts[2].boolean
            else { return nil }
            return StoredMessage.Reaction(emoji: emoji, user: UserID(user), isWithheld: isWithheld)
        }
    }
}

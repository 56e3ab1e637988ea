internal import Model
package import Persistence

extension ConversationMember {
    /// Seven columns of ``ConversationStatements/load``; nothing if there is no member.
    init?(row: PostgresRow, from column: Int) {
        guard let user = row.uniqueID(column), let name = row.text(column + 1),
            let role = row.text(column + 2).flatMap(ConversationRole.init), let joinedAt = row.timestamp(column + 3),
            let visibleAfter = row.int64(column + 4), let readSeq = row.int64(column + 5)
        else { return nil }
        self.init(
            user: UserID(user), displayName: name, role: role, joinedAt: joinedAt, visibleAfter: visibleAfter,
            readSeq: readSeq, mutedUntil: row.timestamp(column + 6))
    }
}

extension AppendOutcome {
    /// A row of ``PostgresConversationStore/appending(_:at:)``; nothing for one this version does not know.
    package init?(row: PostgresRow) {
        switch row.text(0) {
        case "stored":
            guard let seq = row.int64(1), let sentAt = row.timestamp(2) else { return nil }
            self = .stored(
                Stored(
                    seq: seq, sentAt: sentAt, isWithheld: row.bool(3) ?? false, revealedTo: [UserID](row.text(4)),
                    membersVersion: row.int64(5) ?? 0))
        case "duplicate":
            // The same message was refused beside this one; so is this.
            guard let seq = row.int64(1), let sentAt = row.timestamp(2) else { return nil }
            self = .duplicate(seq: seq, sentAt: sentAt)
        case "not_member": self = .notMember
        case "blocked": self = .recipientBlocked
        case "unknown_reply": self = .unknownReply
        default: return nil
        }
    }
}

extension ReadOutcome {
    /// A row of ``PostgresConversationStore/marking(_:)``; nothing for one this version does not know.
    package init?(row: PostgresRow) {
        switch row.text(0) {
        case "marked":
            guard let seq = row.int64(1), let moved = row.bool(2) else { return nil }
            self = .marked(seq: seq, moved: moved)
        case "beyond_end": self = .beyondEnd
        case "not_member": self = .notMember
        default: return nil
        }
    }
}

extension [UserID] {
    /// As Postgres joins them with commas.
    init(_ text: String?) {
        self = text?.split(separator: ",").compactMap { UniqueID($0).map { UserID($0) } } ?? []
    }
}

internal import Model
internal import Persistence
internal import Wire

/// What requests ask.
extension PostgresConversationStore {
    /// Somebody's conversations, the one that was spoken in last first.
    ///
    /// - Parameter last: Where the page before ended.
    func conversations(
        of user: UserID, after last: (moment: PostgresMoment, id: ConversationID)?, limit: Int
    ) async throws(ConversationStoreError) -> [ConversationSummary] {
        let query = RequestStatements.list.with(
            user.rawValue, last?.moment ?? .future, last?.id.rawValue ?? UniqueID(high: .max, low: .max),
            Int32(clamping: limit))
        var found = try await run([query])[0].rows.compactMap(ConversationSummary.init)
        let direct = found.filter { $0.kind == .direct }.map(\.id)
        guard !direct.isEmpty else { return found }
        let members = try await members(of: direct, for: user)
        for index in found.indices where found[index].kind == .direct {
            found[index].members = members[found[index].id]
        }
        return found
    }

    /// One conversation with those who are in it; nothing if the person sees nothing of it.
    func conversation(
        _ id: ConversationID, for user: UserID
    ) async throws(ConversationStoreError) -> ConversationSummary? {
        let query = RequestStatements.one.with(user.rawValue, id.rawValue)
        let result = try await run([query, PostgresConversationStore.listing([id], for: user)])
        guard result[0].rowCount > 0, var found = ConversationSummary(row: result[0][0]) else { return nil }
        let members = result[1].rows.compactMap(ListedMember.init)
        // Who has left it is not told who is in it.
        found.members = members.isEmpty ? nil : members
        return found
    }

    /// Those who are in conversations in which the person is; none of others.
    func members(
        of ids: [ConversationID], for user: UserID
    ) async throws(ConversationStoreError) -> [ConversationID: [ListedMember]] {
        let rows = try await run([PostgresConversationStore.listing(ids, for: user)])[0].rows
        var members: [ConversationID: [ListedMember]] = [:]
        for row in rows {
            guard let id = row.uniqueID(0), let member = ListedMember(row: row) else { continue }
            members[ConversationID(id), default: []].append(member)
        }
        return members
    }

    private static func listing(_ ids: [ConversationID], for user: UserID) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(array: ids.map(\.rawValue))
        return PostgresQuery(RequestStatements.members, parameters)
    }

    /// A message that somebody sees.
    func message(
        _ seq: Int64, of id: ConversationID, for user: UserID
    ) async throws(ConversationStoreError) -> ChatMessage? {
        let result = try await run([MessageStatements.one.with(id.rawValue, user.rawValue, seq)])[0]
        return result.rowCount == 0 ? nil : ChatMessage(row: result[0], from: 0, in: id)
    }

    /// A message that was found, and where it stands among those that are.
    struct Found: Sendable {
        var message: ChatMessage
        var position: FoundPosition
    }

    struct FoundPosition: Sendable {
        var moment: PostgresMoment
        var conversation: ConversationID
        var seq: Int64
    }

    /// The messages that hold what somebody searches for, of all they may see, the newest first.
    ///
    /// - Parameter text: Words, `"phrases"`, `or`, and `-words` that must not be there; anything else is no error.
    func search(
        _ text: String, for user: UserID, after last: FoundPosition?, limit: Int
    ) async throws(ConversationStoreError) -> [Found] {
        let query = MessageStatements.search.with(
            user.rawValue, text, last?.moment ?? .future,
            last?.conversation.rawValue ?? UniqueID(high: .max, low: .max), last?.seq ?? .max, Int32(clamping: limit))
        return try await run([query])[0].rows.compactMap { row in
            guard let id = row.uniqueID(0).map(ConversationID.init), let moment = row.moment(1),
                let message = ChatMessage(row: row, from: 2, in: id)
            else { return nil }
            return Found(
                message: message,
                position: FoundPosition(moment: moment, conversation: id, seq: message.sequence))
        }
    }
}

extension ConversationSummary {
    /// A row of ``RequestStatements/list``.
    init?(row: PostgresRow) {
        guard let id = row.uniqueID(0).map(ConversationID.init), let kind = row.text(1).flatMap(ConversationKind.init),
            let createdAt = row.timestamp(4), let lastSeq = row.int64(5), let lastChange = row.int64(6),
            let unread = row.int64(7), let readSeq = row.int64(8), let position = row.moment(11)
        else { return nil }
        self.init(
            id: id, kind: kind, name: row.text(2), group: row.text(3).flatMap { GroupID($0) }, createdAt: createdAt,
            lastSeq: lastSeq, lastChange: lastChange, lastMessage: ChatMessage(row: row, from: 12, in: id),
            unreadCount: Int(unread), readSeq: readSeq, mutedUntil: row.timestamp(9), leftAt: row.timestamp(10),
            position: position)
    }
}

extension ListedMember {
    /// A row of ``RequestStatements/members``.
    init?(row: PostgresRow) {
        guard let user = row.uniqueID(1), let username = row.text(2), let displayName = row.text(3),
            let role = row.text(4).flatMap(ConversationRole.init), let joinedAt = row.timestamp(5),
            let readSeq = row.int64(6)
        else { return nil }
        self.init(
            user: UserID(user), username: username, displayName: displayName, role: role, joinedAt: joinedAt,
            readSeq: readSeq)
    }
}

package import Model
package import Persistence
internal import Wire

/// Conversations in the schema `chat`.
package final class PostgresConversationStore: ConversationStore {
    let database: Database

    package init(database: Database) { self.database = database }

    package func load(_ id: ConversationID) async throws(ConversationStoreError) -> ConversationState? {
        let results = try await run([
            ConversationStatements.load.with(id.rawValue), ConversationStatements.blocks.with(id.rawValue),
        ])
        let rows = results[0]
        guard rows.rowCount > 0 else { return nil }
        let first = rows[0]
        guard let kind = first.text(0).flatMap(ConversationKind.init), let lastSeq = first.int64(2),
            let lastChange = first.int64(3)
        else { throw .failed(sqlState: "XX000") }
        return ConversationState(
            id: id, kind: kind, group: first.text(1).flatMap { GroupID($0) }, lastSeq: lastSeq, lastChange: lastChange,
            members: rows.rows.compactMap { ConversationMember(row: $0, from: 4) },
            blocks: Set(
                results[1].rows.compactMap { row in
                    guard let blocker = row.uniqueID(0), let blocked = row.uniqueID(1) else { return nil }
                    return Block(blocker: UserID(blocker), blocked: UserID(blocked))
                }), membersVersion: first.int64(11) ?? 0)
    }

    package func append(
        _ messages: [NewMessage], at now: Timestamp
    ) async throws(ConversationStoreError) -> [AppendOutcome] {
        guard !messages.isEmpty else { return [] }
        let result = try await run([PostgresConversationStore.appending(messages, at: now)])[0]
        guard result.rowCount == messages.count else { throw .failed(sqlState: "XX000") }
        return try outcomes(of: result, AppendOutcome.init)
    }

    /// For a writer with a connection of its own; read its rows by `AppendOutcome.init(row:)`.
    package static func appending(_ messages: [NewMessage], at now: Timestamp) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(array: messages.map(\.conversation.rawValue))
        parameters.append(array: messages.map(\.sender.rawValue))
        parameters.append(array: messages.map(\.clientID))
        parameters.append(array: messages.map(\.text.rawValue))
        parameters.append(column: messages) { $0.replyTo }
        parameters.append(column: messages) { $0.attachment?.stored }
        parameters.append(now)
        return PostgresQuery(ConversationStatements.append, parameters)
    }

    package func mark(_ marks: [ReadMark]) async throws(ConversationStoreError) -> [ReadOutcome] {
        guard !marks.isEmpty else { return [] }
        let result = try await run([PostgresConversationStore.marking(marks)])[0]
        guard result.rowCount == marks.count else { throw .failed(sqlState: "XX000") }
        return try outcomes(of: result, ReadOutcome.init)
    }

    /// As ``appending(_:at:)``, for read marks.
    package static func marking(_ marks: [ReadMark]) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(array: marks.map(\.conversation.rawValue))
        parameters.append(array: marks.map(\.user.rawValue))
        parameters.append(array: marks.map(\.seq))
        return PostgresQuery(ConversationStatements.mark, parameters)
    }

    package func messages(
        of id: ConversationID, for user: UserID, _ range: MessageRange, limit: Int
    ) async throws(ConversationStoreError) -> MessagePage? {
        let (statement, position) =
            switch range {
            case .since(let seq): (MessageStatements.since, seq)
            case .before(let seq): (MessageStatements.before, seq)
            case .changedSince(let change): (MessageStatements.changedSince, change)
            }
        // One more tells whether there are more.
        let query = statement.with(id.rawValue, user.rawValue, position, Int32(clamping: limit + 1))
        let result = try await run([query])[0]
        guard result.rowCount > 0, let lastSeq = result[0].int64(0), let lastChange = result[0].int64(1) else {
            return nil
        }
        var messages = result.rows.compactMap { ChatMessage(row: $0, from: 2, in: id) }
        if case .before = range {
            messages.sort { $0.sequence > $1.sequence }
        } else if case .changedSince = range {
            messages.sort { $0.change ?? 0 < $1.change ?? 0 }
        } else {
            messages.sort { $0.sequence < $1.sequence }
        }
        let hasMore = messages.count > limit
        if hasMore { messages.removeLast(messages.count - limit) }
        if case .before = range { messages.reverse() }
        return MessagePage(messages: messages, hasMore: hasMore, lastSeq: lastSeq, lastChange: lastChange)
    }

    package func storedMessages(
        of id: ConversationID, after number: Int64, through end: Int64, limit: Int
    ) async throws(ConversationStoreError) -> StoredPage? {
        let query = MessageStatements.stored.with(id.rawValue, number, end, Int32(clamping: limit + 1))
        let result = try await run([query])[0]
        guard result.rowCount > 0, let version = result[0].int64(0) else { return nil }
        let messages = result.rows.compactMap { StoredMessage(row: $0, in: id) }
        return StoredPage(
            messages: Array(messages.prefix(limit)), hasMore: messages.count > limit, membersVersion: version)
    }

    package func unread(of user: UserID) async throws(ConversationStoreError) -> [ConversationID: Int] {
        let result = try await run([ConversationStatements.unread.with(user.rawValue)])[0]
        var counts: [ConversationID: Int] = [:]
        for row in result.rows {
            guard let id = row.uniqueID(0), let count = row.int64(1) else { continue }
            counts[ConversationID(id)] = Int(count)
        }
        return counts
    }

    package func conversation(of group: GroupID) async throws(ConversationStoreError) -> ConversationID? {
        let result = try await run([ConversationStatements.ofGroup.with(group.rawValue)])[0]
        return result.rowCount == 0 ? nil : result[0].uniqueID(0).map(ConversationID.init)
    }

    // MARK: Asking Postgres

    /// Runs `queries` as one unit of work, and again while Postgres had to choose it as a victim.
    func run(_ queries: [PostgresQuery]) async throws(ConversationStoreError) -> [PostgresResult] {
        var attempt = 1
        while true {
            do throws(PostgresError) {
                return try await database.transaction(queries)
            } catch {
                guard attempt < 5, error.sqlState == .deadlockDetected || error.sqlState == .serializationFailure
                else { throw ConversationStoreError(error) }
                attempt += 1
            }
        }
    }

    private func outcomes<Outcome>(
        of result: PostgresResult, _ make: (PostgresRow) -> Outcome?
    ) throws(ConversationStoreError) -> [Outcome] {
        let outcomes = result.rows.compactMap(make)
        guard outcomes.count == result.rowCount else { throw .failed(sqlState: "XX000") }
        return outcomes
    }
}

extension ConversationStoreError {
    package init(_ error: PostgresError) {
        switch error {
        case .server(let state, _, _) where state.refusesData: self = .refused(sqlState: state.code)
        case .server(let state, _, _) where !state.isTransient: self = .failed(sqlState: state.code)
        case .server, .connectionLost, .timedOut, .overloaded, .closed: self = .unavailable
        }
    }
}

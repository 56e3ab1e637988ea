internal import Model
internal import Persistence
internal import Wire

/// What requests do. Each is one transaction, under the lock of the conversation's row.
extension PostgresConversationStore {
    typealias Outcome<Value> = Result<Value, ConversationRefusal>

    /// The conversation of two people, which they have in common whoever asks first.
    ///
    /// - Returns: It, and whether it was made now.
    func openDirect(
        by user: UserID, with other: UserID, at now: Timestamp
    ) async throws(ConversationStoreError) -> Outcome<(id: ConversationID, isNew: Bool)> {
        let row = try await one(
            RequestStatements.openDirect.with(user.rawValue, other.rawValue, UniqueID.version7(at: now), now))
        if let refusal = ConversationRefusal(outcome: row.text(0)) { return .failure(refusal) }
        guard let id = row.uniqueID(1) else { throw .failed(sqlState: "XX000") }
        return .success((ConversationID(id), row.text(0) == "created"))
    }

    /// - Parameter others: Without the creator, each once, fewer than ``ConversationLimits/members``.
    /// - Returns: It, and those of the others who know that they are in it.
    func createGroup(
        by user: UserID, name: String, with others: [UserID], at now: Timestamp
    ) async throws(ConversationStoreError) -> Outcome<(id: ConversationID, added: [UserID])> {
        let id = UniqueID.version7(at: now)
        var parameters = PostgresParameters()
        parameters.append(id)
        parameters.append(user.rawValue)
        parameters.append(name)
        parameters.append(array: others.map(\.rawValue))
        parameters.append(now)
        let row = try await one(PostgresQuery(RequestStatements.createGroup, parameters))
        if let refusal = ConversationRefusal(outcome: row.text(0)) { return .failure(refusal) }
        return .success((ConversationID(id), [UserID](row.text(1))))
    }

    /// - Parameter people: Each once.
    /// - Returns: Those who have come in and know it.
    func add(
        _ people: [UserID], to id: ConversationID, by user: UserID, at now: Timestamp
    ) async throws(ConversationStoreError) -> Outcome<[UserID]> {
        var parameters = PostgresParameters()
        parameters.append(id.rawValue)
        parameters.append(user.rawValue)
        parameters.append(array: people.map(\.rawValue))
        parameters.append(Int32(ConversationLimits.members))
        parameters.append(now)
        let row = try await one(PostgresQuery(RequestStatements.addMembers, parameters))
        if let refusal = ConversationRefusal(outcome: row.text(0)) { return .failure(refusal) }
        return .success([UserID](row.text(1)))
    }

    /// - Returns: Whether they knew that they were in it.
    func remove(
        _ person: UserID, from id: ConversationID, by user: UserID
    ) async throws(ConversationStoreError) -> Outcome<Bool> {
        let row = try await one(RequestStatements.removeMember.with(id.rawValue, user.rawValue, person.rawValue))
        return ConversationRefusal(outcome: row.text(0)).map { .failure($0) } ?? .success(row.text(0) == "done")
    }

    func leave(
        _ id: ConversationID, _ user: UserID, at now: Timestamp
    ) async throws(ConversationStoreError) -> Outcome<Void> {
        try await done(RequestStatements.leave.with(id.rawValue, user.rawValue, now))
    }

    func rename(
        _ id: ConversationID, to name: String, by user: UserID
    ) async throws(ConversationStoreError) -> Outcome<Void> {
        try await done(RequestStatements.rename.with(id.rawValue, user.rawValue, name))
    }

    /// Deletes a conversation for one person alone.
    func forget(_ id: ConversationID, _ user: UserID) async throws(ConversationStoreError) -> Outcome<Void> {
        try await done(RequestStatements.forget.with(id.rawValue, user.rawValue))
    }

    func mute(
        _ id: ConversationID, _ user: UserID, until moment: Timestamp?
    ) async throws(ConversationStoreError) -> Outcome<Void> {
        let result = try await run([RequestStatements.mute.with(id.rawValue, user.rawValue, moment)])[0]
        return result.affectedRows == 1 ? .success(()) : .failure(.notFound)
    }

    /// A message that was changed.
    struct Change: Hashable, Sendable {
        /// Its number in the conversation.
        var change: Int64
        var audience: ConversationAudience
    }

    /// - Returns: The message as its sender sees it, and as it is stored, for those who hear of the change.
    func edit(
        _ seq: Int64, of id: ConversationID, by user: UserID, to text: MessageText, at now: Timestamp
    ) async throws(ConversationStoreError) -> Outcome<(message: ChatMessage, stored: StoredMessage, change: Change)> {
        let seconds = Double(ConversationLimits.changeTime.components.seconds)
        let results = try await run([
            RequestStatements.edit.with(id.rawValue, user.rawValue, seq, text.rawValue, now, seconds),
            MessageStatements.stored.with(id.rawValue, seq - 1, seq, Int32(1)),
        ])
        guard results[0].rowCount == 1 else { throw .failed(sqlState: "XX000") }
        let row = results[0][0]
        if let refusal = ConversationRefusal(outcome: row.text(0)) { return .failure(refusal) }
        guard let change = PostgresConversationStore.change(row, by: user), results[1].rowCount == 1,
            let stored = StoredMessage(row: results[1][0], in: id), let message = stored.seen(by: user)
        else { throw .failed(sqlState: "XX000") }
        return .success((message, stored, change))
    }

    func delete(
        _ seq: Int64, of id: ConversationID, by user: UserID, at now: Timestamp
    ) async throws(ConversationStoreError) -> Outcome<Change> {
        let seconds = Double(ConversationLimits.changeTime.components.seconds)
        let row = try await one(RequestStatements.delete.with(id.rawValue, user.rawValue, seq, now, seconds))
        if let refusal = ConversationRefusal(outcome: row.text(0)) { return .failure(refusal) }
        guard let change = PostgresConversationStore.change(row, by: user) else { throw .failed(sqlState: "XX000") }
        return .success(change)
    }

    /// Adds a reaction or takes it back.
    ///
    /// - Returns: Nothing if it is as asked already.
    func react(
        to seq: Int64, of id: ConversationID, by user: UserID, with emoji: Emoji, added: Bool, at now: Timestamp
    ) async throws(ConversationStoreError) -> Outcome<Change?> {
        let row = try await one(
            RequestStatements.react.with(
                id.rawValue, user.rawValue, seq, emoji.rawValue, added, Int32(ConversationLimits.reactions), now))
        let outcome = row.text(0)
        if outcome == "full" { return .failure(.tooManyReactions) }
        if let refusal = ConversationRefusal(outcome: outcome) { return .failure(refusal) }
        return .success(PostgresConversationStore.change(row, by: user))
    }

    /// Of a row that begins with an outcome, whether it was for the person alone, and the change's number.
    private static func change(_ row: PostgresRow, by user: UserID) -> Change? {
        guard let alone = row.bool(1), let change = row.int64(2) else { return nil }
        return Change(change: change, audience: alone ? .only(user) : .members)
    }

    private func one(_ query: PostgresQuery) async throws(ConversationStoreError) -> PostgresRow {
        let result = try await run([query])[0]
        guard result.rowCount == 1 else { throw .failed(sqlState: "XX000") }
        return result[0]
    }

    private func done(_ query: PostgresQuery) async throws(ConversationStoreError) -> Outcome<Void> {
        let row = try await one(query)
        return ConversationRefusal(outcome: row.text(0)).map { .failure($0) } ?? .success(())
    }
}

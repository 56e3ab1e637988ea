internal import FeatureKit
internal import Model
internal import Persistence

/// Knows which messages somebody need not be told of any more: read or deleted ones, and those of conversations that they
/// left or muted.
struct ConversationNoticeJudge: NoticeJudge {
    let database: Database
    let clock: any LiveClock

    func wanted(_ notices: [Notice]) async throws -> [Notice] {
        guard let recipient = notices.first?.recipient else { return [] }
        let places = notices.indices.compactMap { index -> (index: Int, conversation: ConversationID, seq: Int64)? in
            guard let conversation = notices[index].conversation, let seq = notices[index].seq else { return nil }
            return (index, conversation, seq)
        }
        guard !places.isEmpty else { return notices }
        var parameters = PostgresParameters()
        parameters.append(recipient.rawValue)
        parameters.append(array: places.map(\.conversation.rawValue))
        parameters.append(array: places.map(\.seq))
        parameters.append(clock.now)
        let result = try await database.retryingQuery(
            PostgresQuery(ConversationStatements.noticesWanted, parameters))
        let wanted = Set(result.rows.compactMap { $0.int64(0) })
        let unwanted = Set(places.indices.filter { !wanted.contains(Int64($0 + 1)) }.map { places[$0].index })
        return notices.indices.filter { !unwanted.contains($0) }.map { notices[$0] }
    }
}

internal import FeatureKit
internal import Jobs
internal import Model
internal import Persistence

/// Preferences and gathered notices in the schema `accounts`. Callable from any thread.
struct NotificationStore: Sendable {
    let database: Database

    private static let noConversation = UniqueID(high: 0, low: 0)

    // MARK: Notices

    /// What adds notices; a part of a transaction.
    static func addition(of notices: [Notice]) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(array: notices.map(\.recipient.rawValue))
        parameters.append(array: notices.map(\.kind.rawValue))
        parameters.append(array: notices.map { $0.conversation?.rawValue ?? noConversation })
        parameters.append(column: notices, \.seq)
        parameters.append(column: notices) { $0.sender?.rawValue }
        return PostgresQuery(NotificationStatements.add, parameters)
    }

    /// One person's notices, each with how many it stands for, the newest first; and how they want to be told.
    struct Gathered: Sendable {
        var notices: [(notice: Notice, count: Int)]
        var preferences: NotificationPreferences
        /// When the quiet hours end that it is in.
        var quietUntil: Timestamp?
    }

    func gathered(of user: UserID, at now: Timestamp, _ lease: JobLease) async throws(PostgresError) -> Gathered {
        let results = try await database.transaction([
            lease.proof, NotificationStatements.preferences.with(user.rawValue, now),
            NotificationStatements.notices.with(user.rawValue),
        ])
        let notices = results[2].rows.compactMap { row -> (notice: Notice, count: Int)? in
            guard let kind = row.text(0).flatMap(Notice.Kind.init(rawValue:)), let conversation = row.uniqueID(1),
                let count = row.int32(2)
            else { return nil }
            return (
                Notice(
                    to: user, kind,
                    conversation: conversation == NotificationStore.noConversation
                        ? nil : ConversationID(conversation),
                    seq: row.int64(3), from: row.uniqueID(4).map { UserID($0) }),
                Int(count)
            )
        }
        let row = results[1].rows.first { _ in true }
        return Gathered(
            notices: notices, preferences: row.map { NotificationPreferences(row: $0) } ?? NotificationPreferences(),
            quietUntil: row?.timestamp(5))
    }

    /// Takes off what is told, adds the jobs that tell it, and lets another job gather what comes from now on.
    ///
    /// - Returns: Whether there are notices that nobody has a job for yet.
    func settle(
        _ told: [(notice: Notice, count: Int)], of user: UserID, adding jobs: [QueuedJob], _ lease: JobLease
    ) async throws(PostgresError) -> Bool {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(array: told.map(\.notice.kind.rawValue))
        parameters.append(array: told.map { $0.notice.conversation?.rawValue ?? NotificationStore.noConversation })
        parameters.append(array: told.map { Int32(clamping: $0.count) })
        var queries = [
            lease.proof, NotificationStatements.lock.with(user.rawValue),
            PostgresQuery(NotificationStatements.takeOff, parameters),
            NotificationStatements.removeTold.with(user.rawValue),
        ]
        if let retirement = lease.retirement { queries.append(retirement) }
        if !jobs.isEmpty { queries.append(QueuedJob.insertion(of: jobs)) }
        _ = try await database.transaction(queries)
        return try await database.query(NotificationStatements.hasNotices.with(user.rawValue))[0].bool(0) == true
    }

    // MARK: Preferences

    func preferences(of user: UserID, at now: Timestamp) async throws(PostgresError) -> NotificationPreferences {
        try await database.query(NotificationStatements.preferences.with(user.rawValue, now)).rows
            .first { _ in true }.map { NotificationPreferences(row: $0) } ?? NotificationPreferences()
    }

    func set(
        _ preferences: NotificationPreferences, of user: UserID, at now: Timestamp
    ) async throws(PostgresError) {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(array: preferences.channels.sorted())
        parameters.append(preferences.messages.rawValue)
        parameters.append(preferences.quietHours?.start)
        parameters.append(preferences.quietHours?.end)
        parameters.append(preferences.quietHours?.timeZone)
        parameters.append(now)
        parameters.append(preferences.invitations)
        _ = try await database.query(PostgresQuery(NotificationStatements.setPreferences, parameters))
    }

    /// Whether Postgres knows the zone.
    func knows(timeZone: String) async throws(PostgresError) -> Bool {
        do throws(PostgresError) {
            _ = try await database.query(NotificationStatements.checkZone.with(timeZone))
            return true
        } catch {
            guard error.sqlState == .invalidParameterValue else { throw error }
            return false
        }
    }

    // MARK: People

    /// Whom a mail to `user` would go to; nothing for somebody without an account.
    func recipient(_ user: UserID) async throws(PostgresError) -> MailRecipient? {
        try await database.query(MailStatements.recipient.with(user.rawValue)).rows
            .compactMap { MailRecipient(row: $0) }.first
    }

    /// Display names, in order, of those who still are somebody.
    func names(of users: [UserID]) async throws(PostgresError) -> [String] {
        guard !users.isEmpty else { return [] }
        var parameters = PostgresParameters()
        parameters.append(array: users.map(\.rawValue))
        return try await database.query(PostgresQuery(NotificationStatements.names, parameters)).rows
            .compactMap { $0.text(0) }
    }
}

extension NotificationPreferences {
    fileprivate init(row: PostgresRow) {
        channels = Set((row.text(0) ?? "").split(separator: ",").map(String.init))
        messages = row.text(1).flatMap(Messages.init(rawValue:)) ?? .all
        invitations = row.bool(6) ?? true
        if let start = row.int16(2), let end = row.int16(3), let zone = row.text(4) {
            quietHours = QuietHours(start: start, end: end, timeZone: zone)
        }
    }
}

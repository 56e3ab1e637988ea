package import Model
package import Persistence

/// Somebody's first times, out of Postgres. Callable from anywhere.
package struct TimelineStore: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    package struct Page: Hashable, Sendable {
        /// Of all events of the kind.
        package var total: Int
        /// The latest first.
        package var events: [TimelineEvent]
    }

    /// - Parameters:
    ///   - kind: Nothing for all.
    ///   - position: Where to begin, exclusive.
    ///   - offset: How many after that are left out.
    package func events(
        of user: UserID, kind: TimelineEvent.Kind?, after position: TimelineEvent.Position?, offset: Int, limit: Int
    ) async throws(PostgresError) -> Page {
        var parameters = PostgresParameters()
        parameters.append(user.rawValue)
        parameters.append(kind?.rawValue)
        parameters.append(array: TimelineEvent.milestones)
        parameters.append(position.map { PostgresMoment($0.at) })
        parameters.append(position?.kind.rawValue)
        parameters.append(position?.code)
        parameters.append(Int32(clamping: offset))
        parameters.append(Int32(clamping: limit))
        let result = try await database.query(PostgresQuery(TimelineStatements.events, parameters))
        return Page(total: Int(result[0].int64(0) ?? 0), events: result.rows.compactMap { $0.event })
    }
}

extension PostgresRow {
    fileprivate var event: TimelineEvent? {
        guard let at = timestamp(1), let kind = int16(2).flatMap(TimelineEvent.Kind.init(rawValue:)),
            let code = text(3), let cell = int64(5)
        else { return nil }
        let content: TimelineEvent.Content
        switch kind {
        case .country: content = .country(code: code, name: text(7) ?? code)
        case .region:
            let country = text(4) ?? ""
            content = .region(code: code, name: text(6) ?? code, country: country, countryName: text(7) ?? country)
        case .milestone:
            guard let count = Int(code) else { return nil }
            content = .milestone(count)
        }
        return TimelineEvent(content: content, at: at, cell: cell)
    }
}

internal import FeatureKit
internal import Journeys
package import Model
package import Persistence

/// Takes locations that are not live into somebody's record, and tells what is new to them.
///
/// What is told follows from the points and the record, not from who worked what in: of two requests at once either may do
/// it for both. A cell, country or region is discovered if it was not known when the request came; or if the first point
/// there is one of the request's that was stored before. So a request that is repeated, because its answer was lost or the
/// hub was killed in between, is answered the same. Of two at once that are somewhere first, both may say so.
package struct Ingestion: Sendable {
    private let store: PostgresIngestStore
    private let atlas: any CellAtlas
    private let workIn: @Sendable (UserID) async throws(PostgresError) -> Void

    /// - Parameter workIn: Works in all of somebody's points that are not.
    package init(
        store: PostgresIngestStore, atlas: any CellAtlas,
        workIn: @escaping @Sendable (UserID) async throws(PostgresError) -> Void
    ) {
        self.store = store
        self.atlas = atlas
        self.workIn = workIn
    }

    /// How often the record is worked at when others change it all the time; each time tries ``RecordLimits/attempts``.
    private static let rounds = 5

    /// Takes a request's locations. Their owner is a traveller. Everything is stored and worked in when it returns.
    ///
    /// - Throws: What was stored by then is worked in later, by the repeated request or by whatever comes next.
    package func take(
        _ request: IngestRequest, of user: UserID, isSingle: Bool
    ) async throws(PostgresError) -> IngestOutcome {
        var outcome = IngestOutcome(skipped: request.skipped)
        let chosen = Ingestion.onePerMoment(request.locations, &outcome.skipped)
        guard !chosen.isEmpty else { return outcome.sorted }
        let cells = Dictionary(uniqueKeysWithValues: chosen.map { ($0.index, atlas.cells(of: $0.point)) })
        let distinct = Set(cells.values.flatMap { [$0.res8, $0.res6] }).sorted()

        let known = try await store.known(distinct, of: user)
        let fates = try await store.store(chosen.map(\.point), of: user)
        var taken: [IngestedLocation] = []
        var repeated: Set<Timestamp> = []
        for location in chosen {
            switch fates[location.point.time] {
            case .displaced: outcome.skipped.append(SkippedLocation(index: location.index, reason: .duplicate))
            case .repeated:
                repeated.insert(location.point.time)
                taken.append(location)
            case .fresh, nil: taken.append(location)
            }
        }
        outcome.processed = taken.count
        guard !taken.isEmpty else { return outcome.sorted }
        try await workAllIn(for: user)

        let isNew = { (first: Timestamp, wasKnown: Bool) in !wasKnown || repeated.contains(first) }
        let own = taken.compactMap { cells[$0.index] }
        let records = try await store.records(of: Set(own.flatMap { [$0.res8, $0.res6] }).sorted(), for: user)
        for (cell, record) in records {
            if isNew(record.first, known.cells.contains(cell)) {
                outcome.newCells.add(record.resolution)
            } else {
                outcome.revisitedCells.add(record.resolution)
            }
        }
        for arrival in try await store.arrivals(of: user, in: Set(own.map(\.res8)).sorted())
        where isNew(arrival.first, known.codes.contains(arrival.code)) {
            let place = IngestOutcome.Place(code: arrival.code, name: arrival.name)
            if arrival.isCountry { outcome.newCountries.append(place) } else { outcome.newRegions.append(place) }
        }
        if isSingle, let location = taken.first, let own = cells[location.index] {
            outcome.visitCounts = IngestOutcome.CellCount(
                res6: records[own.res6]?.visits ?? 0, res8: records[own.res8]?.visits ?? 0)
        }
        return outcome.sorted
    }

    /// In the order of time, the first of the request for each moment.
    private static func onePerMoment(
        _ locations: [IngestedLocation], _ skipped: inout [SkippedLocation]
    ) -> [IngestedLocation] {
        let sorted = locations.sorted { ($0.point.time, $0.index) < ($1.point.time, $1.index) }
        var chosen: [IngestedLocation] = []
        for location in sorted {
            if chosen.last?.point.time == location.point.time {
                skipped.append(SkippedLocation(index: location.index, reason: .duplicate))
            } else {
                chosen.append(location)
            }
        }
        return chosen
    }

    private func workAllIn(for user: UserID) async throws(PostgresError) {
        for round in 1...Ingestion.rounds {
            do throws(PostgresError) {
                return try await workIn(user)
            } catch {
                guard error.sqlState == .serializationFailure, round < Ingestion.rounds else { throw error }
            }
        }
    }
}

extension IngestOutcome {
    /// With what was skipped in the order of the request.
    fileprivate var sorted: IngestOutcome {
        var outcome = self
        outcome.skipped.sort { $0.index < $1.index }
        return outcome
    }
}

import FeatureKit
import Journeys
import Model
import Persistence
import Testing

@testable import Travel

extension RecordFixture {
    func ingestion(pages: Int = 5000) -> Ingestion {
        let keeper = keeper(pages: pages)
        return Ingestion(store: PostgresIngestStore(database: database), atlas: GridAtlas()) {
            user throws(PostgresError) in try await keeper.workIn(for: user)
        }
    }

    /// Takes points as one request's, in the order given.
    func ingest(_ points: [TrackPoint], of user: UserID, isSingle: Bool = false) async throws -> IngestOutcome {
        let locations = points.enumerated().map { IngestedLocation(index: $0.offset, point: $0.element) }
        return try await ingestion().take(IngestRequest(locations: locations), of: user, isSingle: isSingle)
    }

    func devices(perUser: Int = 5, memberships: Int = 100) -> PostgresPrimaryDeviceStore {
        var limits = PostgresPrimaryDeviceStore.Limits(devicesPerGroup: 20, devicesPerUser: perUser)
        limits.memberships = memberships
        return PostgresPrimaryDeviceStore(database: database, limits: limits)
    }

    /// Registers a device of a user's in a group of its own.
    func device(of user: UserID, at moment: Timestamp) async throws -> DeviceID {
        let id = DeviceID(.version7(at: moment))
        try await query(
            "SELECT core.make_group($1::uuid, $2::text, 'A group', 100, $3::timestamptz)", user.rawValue,
            id.rawValue.description, moment)
        try await query(
            """
            SELECT core.register_device($1::uuid, 'A phone', $2::text, 'android', NULL, 20, $3::timestamptz, $4::uuid, 100)
            """, id.rawValue, id.rawValue.description, moment, user.rawValue)
        return id
    }
}

/// A point in a cell of the grid's: cells are 0.005 degrees wide, those of resolution 6 eight times as much, and countries are
/// stripes of those, from the south to the north.
func point(_ seconds: Int64, row: Int, column: Int = 0) -> TrackPoint {
    TrackPoint(
        time: Timestamp(milliseconds: 1_750_000_000_000 + seconds * 1000), latitude: Double(row) / 200 + 0.001,
        longitude: Double(column) / 200 + 0.001)
}

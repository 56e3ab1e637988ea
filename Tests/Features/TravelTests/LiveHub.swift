import HubTesting
import Journeys
import Model
import Telemetry

@testable import Persistence
@testable import Travel

/// A hub's part that works live locations in, and its end by force.
struct LiveHub {
    let recorder: LiveRecorder
    let travel: TravelServices

    init(
        _ fixture: RecordFixture, clock: ManualClock, limits: TravelLiveLimits = TravelLiveLimits(),
        horizon: @escaping @Sendable () -> Timestamp? = { nil }
    ) {
        let travel = TravelServices(database: fixture.database, cells: GridAtlas(), horizon: horizon)
        self.travel = travel
        // As long as it takes: machines that build are slow.
        var limits = limits
        limits.longestTurn = .seconds(60)
        recorder = LiveRecorder(
            store: PostgresLiveStore(database: fixture.database), travel: travel, limits: limits, clock: clock,
            log: Logger("travel", output: LogOutput(level: .error, format: .json, descriptor: 2)),
            meters: TravelMeters(MetricsRegistry()), oldestHeld: { nil })
    }

    /// Works in everything that waits.
    func flush() async { await recorder.look(isAll: true) }

    /// Its beat, and a look at what was left.
    func tick() async {
        await recorder.beat()
        await recorder.finishUnfinished()
    }
}

extension RecordFixture {
    /// A device of somebody's, whose locations count for them.
    func device(of user: UserID, since: Timestamp = Timestamp(milliseconds: 0)) async throws -> DeviceID {
        let device = DeviceID(.version7(at: Timestamp(milliseconds: 1_700_000_000_000)))
        try await query("INSERT INTO core.groups (id) VALUES ('live') ON CONFLICT DO NOTHING")
        try await query(
            """
            INSERT INTO core.devices (device_id, display_name, group_id, owner_id)
            VALUES ($1::uuid, 'Phone', 'live', $2::uuid)
            """, device.rawValue, user.rawValue)
        try await query(
            "INSERT INTO travel.tracked_devices VALUES ($1::uuid, $2::uuid, $3::timestamptz)", user.rawValue,
            device.rawValue, since)
        return device
    }

    /// Stores locations as journals do: those that are there already are passed over.
    func store(_ points: [TrackPoint], of device: DeviceID, at now: Timestamp) async throws
        -> [CommittedFix]
    {
        var parameters = PostgresParameters()
        parameters.append(device.rawValue)
        parameters.append(now)
        parameters.append(column: points) { $0.time }
        parameters.append(column: points) { $0.latitude }
        parameters.append(column: points) { $0.longitude }
        let sql = """
            INSERT INTO core.locations (device_id, created_at, captured_at, latitude, longitude, accuracy)
            SELECT $1::uuid, $2::timestamptz, g.*, 5
            FROM unnest($3::timestamptz[], $4::float8[], $5::float8[]) AS g ON CONFLICT DO NOTHING
            """
        _ = try await database.query(PostgresQuery(PostgresStatement("test.locations", sql), parameters))
        return points.map {
            CommittedFix(
                device: device,
                fix: Fix(capturedAt: $0.time, latitude: $0.latitude, longitude: $0.longitude, accuracy: 5),
                receivedAt: now)
        }
    }

    /// Every hub that was there has been silent for long.
    func ageHubs() async throws {
        try await query("UPDATE travel.live_progress SET beat_at = beat_at - interval '1 hour'")
    }
}

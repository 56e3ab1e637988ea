internal import Configuration
internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

/// The routes by which locations come that are not live.
struct IngestRoutes: Sendable {
    static let tag = "Travel"

    private let ingestion: Ingestion
    private let devices: PrimaryDevices
    private let services: Services
    private let limits: IngestLimits

    init(ingestion: Ingestion, devices: PrimaryDevices, services: Services) {
        self.ingestion = ingestion
        self.devices = devices
        self.services = services
        var limits = IngestLimits()
        limits.clockSkew = services.configuration.limits.clockSkew
        self.limits = limits
    }

    func register(in registry: Registry) {
        IngestSchemas.define(in: registry, limits: limits)
        PrimaryDeviceRoutes(devices: devices, services: services).register(in: registry)
        registry.add(
            Route(
                .post, "/api/v1/location/ingest", operationID: "ingestLocation",
                summary: "Add a location to one's record",
                description: """
                    Of any age back to 1900; without a `timestamp` of now. It does not become the live position. Sent again it \
                    counts once and is answered the same. The first ingestion makes a device in a group of its own, if the \
                    caller has none; the labels are its.
                    """, tag: IngestRoutes.tag, callers: .user, ratePolicies: ["ingest"],
                content: RequestContent(.reference("Ingestion"), example: IngestSchemas.singleExample),
                responses: [RouteResponse(.ok, "What is new", .reference("IngestionResult"))],
                errors: [.h3Mismatch, .serviceUnavailable], isIdempotent: true,
                handler: .later { try await ingest($0, isSingle: true) }))
        registry.add(
            Route(
                .post, "/api/v1/location/ingest/batch", operationID: "ingestLocations",
                summary: "Add 1 to \(limits.locationsPerBatch) locations to one's record",
                description: """
                    In any order: they count by their times. Those that are wrong, or of a moment that another one is taken \
                    for, are skipped, each with its index and reason, and the others count.
                    """, tag: IngestRoutes.tag, callers: .user, ratePolicies: ["ingest_batch"],
                content: RequestContent(.reference("IngestionBatch"), example: IngestSchemas.batchExample),
                responses: [RouteResponse(.ok, "What is new", .reference("IngestionResult"))],
                errors: [.serviceUnavailable], isIdempotent: true,
                handler: .later { try await ingest($0, isSingle: false) }))
    }

    private func ingest(_ request: RouteRequest, isSingle: Bool) async throws -> HTTPResponse {
        guard let user = request.principal.user else { throw Problem.forbidden }
        let now = services.clock.now
        let content =
            isSingle
            ? try IngestRequest.single(request.body, at: now, limits: limits)
            : try IngestRequest.batch(request.body, at: now, limits: limits)
        let settlement = try await request.asking { () throws(DeviceStoreError) in
            try await devices.settle(for: user.id, labels: content.device, canMake: true, at: now)
        }
        // Erased while it asked.
        if settlement == .notFound { throw Problem.notFound }
        var outcome = try await request.asking { () throws(DeviceStoreError) in
            do throws(PostgresError) {
                return try await ingestion.take(content, of: user.id, isSingle: isSingle)
            } catch {
                throw DeviceStoreError(error)
            }
        }
        if outcome.processed > 0 { outcome.achievements = await achievements(of: user.id, request) }
        return .json(JSONWriter.bytes { $0.value(outcome) })
    }

    /// What the record has unlocked. The locations count whether or not that can be found out just now: the next check does.
    private func achievements(of user: UserID, _ request: RouteRequest) async -> [UnlockedAchievement] {
        do throws(PostgresError) {
            return try await services.achievements.check(user)
        } catch {
            request.logger.warning("achievements not checked", ["error": .string(error.description)])
            return []
        }
    }
}

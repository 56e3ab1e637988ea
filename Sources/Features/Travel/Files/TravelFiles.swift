internal import Configuration
internal import EventLoop
internal import FeatureKit
internal import HTTP
internal import Jobs
internal import Model
internal import Persistence
internal import Telemetry
internal import TrackFiles
internal import Wire

/// Files of tracks in and out of somebody's record.
struct TravelFiles: Sendable {
    static let tag = "Travel"

    let services: Services
    let core: CoreServices
    let records: PostgresRecordStore
    let store: PostgresImportStore
    let news: ImportNews
    let reading: ImportReading
    let exports = Slots(capacity: 4)
    /// Who has an export under way: each person may have one.
    let exporters = PersonalSlots()
    let uploads = Slots(capacity: 16)
    let meters: ImportMeters
    let room: DiskRoom

    init(services: Services, core: CoreServices, worker: any RecordWorker, news: ImportNews) {
        self.services = services
        self.core = core
        records = PostgresRecordStore(database: core.database)
        store = PostgresImportStore(database: core.database)
        self.news = news
        meters = ImportMeters(services.metrics)
        let configuration = services.configuration
        room = DiskRoom(on: configuration.database.url == nil ? configuration.data.directory : nil)
        reading = ImportReading(
            store: store, worker: worker, news: news, meters: meters, clock: services.clock,
            longestContent: services.configuration.travel.importBytes, clockSkew: .seconds(60))
    }

    func register(in registry: Registry) {
        registry.define("TravelImport", TravelFiles.schema)
        addImportRoutes(to: registry)
        addExportRoute(to: registry)
        registry.add(reading.handler())
        registry.add(news)
    }

    /// What goes when an account is erased.
    var erasure: ImportErasure { ImportErasure(store: store, clock: services.clock) }

    /// Files of which nothing came for an hour, and those whose job is given up.
    static func upkeep(_ services: JobServices) -> ScheduledJob {
        let (store, clock) = (PostgresImportStore(database: services.database), services.clock)
        return ScheduledJob(
            "travel_imports", summary: "Remove files that nobody finished sending; end imports whose job is given up",
            schedule: .hourly
        ) { _ in
            let stale = try await store.removeStale(before: clock.now.advanced(by: .seconds(-3600)))
            return ["files": stale, "given_up": try await store.failForsaken(at: clock.now)]
        }
    }

    func user(of request: RouteRequest) throws(Problem) -> UserID {
        guard let user = request.principal.user else { throw Problem.forbidden }
        return user.id
    }

    /// Asks the store, and says no more than that the database is away.
    func asking<Value: Sendable>(
        _ request: RouteRequest, _ body: () async throws(PostgresError) -> Value
    ) async throws(Problem) -> Value {
        do throws(PostgresError) {
            return try await body()
        } catch {
            request.logger.warning("the database did not answer", ["error": .string(error.description)])
            throw Problem.databaseUnavailable
        }
    }

    static let noImport = Problem(.notFound, "There is no such import")

    private static let schema = Schema.object([
        .required("id", .string(format: "uuid")),
        .required("name", .string()),
        .required("format", .nullable(.string(values: TrackFormat.allCases.map(\.rawValue))), "As it was said to be"),
        .required(
            "state",
            .string(values: ["receiving", "waiting", "reading", "recording", "done", "failed", "cancelled"]),
            "reading: its points are read out; recording: they are worked into the record"),
        .required("progress", .number(minimum: 0, maximum: 1), "Of what the state is about"),
        .required("createdAt", .timestamp),
        .required("finishedAt", .nullable(.timestamp)),
        .required("bytes", .integer(minimum: 0)),
        .required("bytesRead", .integer(minimum: 0)),
        .required("points", .integer(minimum: 0), "Points that were read"),
        .required("added", .integer(minimum: 0), "Of those, the ones whose moment was free"),
        .required(
            "skipped", .object(SkipReason.allCases.map { .optional("\($0.rawValue)", .integer(minimum: 0)) }),
            "Entries that are no points, by reason"),
        .required("truncated", .boolean, "Whether the file ends before it should"),
        .required("error", .nullable(.string()), "Why it could not be read to its end; what came before holds"),
        .required("message", .nullable(.string())),
    ])
}

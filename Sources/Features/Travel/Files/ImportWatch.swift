internal import Model
internal import Persistence
internal import Telemetry

/// Tells the sessions of this hub of imports that other hubs read: looks every two seconds what is under way, as long as there are
/// sessions of people.
struct ImportWatch: Sendable {
    /// Between two looks.
    static let period = Duration.seconds(2)
    /// Imports that are looked at; of what is beyond them, sessions hear when it is their turn.
    static let most: Int32 = 1_000

    let store: PostgresImportStore
    let news: ImportNews
    let log: Logger

    /// Until the task is cancelled.
    func run() async {
        var told: [UniqueID: TrackImport] = [:]
        let throttle = LogThrottle(every: .seconds(30))
        while (try? await Task.sleep(for: ImportWatch.period)) != nil {
            do throws(PostgresError) {
                told = try await look(told)
            } catch {
                log.log(
                    .warning, "imports were not looked at", ["error": .string(error.debugDescription)],
                    throttle: throttle)
            }
        }
    }

    /// - Parameter told: What was seen at the last look.
    /// - Returns: The same, of this look.
    func look(_ told: [UniqueID: TrackImport]) async throws(PostgresError) -> [UniqueID: TrackImport] {
        guard news.hasSessions else {
            news.forget(but: [])
            return [:]
        }
        let files = try await store.lately(limit: ImportWatch.most)
        news.forget(but: Set(files.map(\.id)))
        var now: [UniqueID: TrackImport] = [:]
        for file in files where news.isAwaited(file) {
            now[file.id] = file
            if told[file.id]?.isTold(as: file) != true { news.publish(file) }
        }
        return now
    }
}

extension TrackImport {
    /// Whether nothing is to be said of the other one that was not said of this one.
    fileprivate func isTold(as other: TrackImport) -> Bool {
        state == other.state && bytesRead == other.bytesRead && pointsRead == other.pointsRead
            && progress == other.progress
    }
}

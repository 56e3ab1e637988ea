internal import FeatureKit
internal import Jobs
internal import Journeys
internal import Model
internal import Persistence
internal import Telemetry
internal import TrackFiles

/// Who works points into somebody's record.
protocol RecordWorker: Sendable {
    /// Works in all that is not.
    func workIn(_ user: UserID) async throws
}

extension TravelServices: RecordWorker {
    func workIn(_ user: UserID) async throws { try await workIn(for: user) }
}

/// The job that reads a file's points into a record. Whoever takes it up after another begins the file anew and passes
/// over the points that were handed over: each is, exactly once.
struct ImportReading: Sendable {
    static let job = JobKind<UniqueID>(
        "travel_import", attempts: 50, timeLimit: .seconds(6 * 3600), concurrency: 1,
        encode: { Array($0.description.utf8) },
        decode: { bytes in
            guard let id = UniqueID(String(decoding: bytes, as: UTF8.self)) else {
                throw JobFailure.permanent("no import's id")
            }
            return id
        })

    /// Points that are handed over at once.
    private static let batch = 5000
    /// Bytes of a piece that are read at once, which bounds what a compressed one can become in between.
    private static let slice = 16 << 10

    let store: PostgresImportStore
    let worker: any RecordWorker
    let news: ImportNews
    let meters: ImportMeters
    let clock: any LiveClock
    /// Bytes that a file may have when it is decompressed.
    let longestContent: Int
    /// How far ahead of the hub's clock a point's time may be.
    let clockSkew: Duration

    func handler() -> JobHandler { JobHandler(ImportReading.job) { id, lease in try await run(id, lease) } }

    func run(_ id: UniqueID, _ lease: JobLease) async throws {
        meters.running.add(1)
        news.begin(id)
        defer {
            meters.running.add(-1)
            news.end(id)
        }
        try await readAndRecord(id, lease)
        // Only to be counted: the job has ended, whatever the answer.
        guard let ended = try? await store.get(id), ended.state.isOver else { return }
        meters.count(ended)
    }

    private func readAndRecord(_ id: UniqueID, _ lease: JobLease) async throws {
        if try await store.startReading(id), let started = try await store.get(id) {
            news.publish(started)
            try await read(started, lease)
        }
        try await store.removePieces(of: id)
        guard let read = try await store.get(id), read.state == .recording else {
            if let ended = try await store.get(id) { news.publish(ended) }
            return
        }
        news.publish(read)
        try await recording(read)
        try await store.finish(id, at: clock.now, proof: lease.proof)
        if let ended = try await store.get(id) { news.publish(ended) }
    }

    private func recording(_ file: TrackImport) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.workIn(file.user) }
            group.addTask { [store, news] in
                // Tells how far it is, until it is done.
                while true {
                    try await Task.sleep(for: .seconds(1))
                    if let now = try await store.get(file.id) { news.publish(now) }
                }
            }
            do { try await group.next() } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    private func read(_ file: TrackImport, _ lease: JobLease) async throws {
        // The rules are the same at every reading, so that it gives the same points.
        let rules = PointRules(latest: file.createdAt.advanced(by: clockSkew))
        var reader = TrackFileReader(
            said: file.format.flatMap(TrackFormat.init), rules: rules, longestContent: longestContent)
        var progress = ImportProgress(handedOver: file.pointsRead)
        var points: [TrackFilePoint] = []
        var failure: TrackFileError?
        var isCut = false
        pieces: for number in 0..<file.pieces {
            try Task.checkCancellation()
            guard let piece = try await store.piece(number, of: file.id) else {
                // Whoever gives it up, or erases its person, takes the pieces away.
                guard try await store.get(file.id)?.state == .reading else { return }
                throw JobFailure.permanent("a piece is missing")
            }
            var start = 0
            while start < piece.count {
                let end = min(start + ImportReading.slice, piece.count)
                do throws(TrackFileError) {
                    try reader.read(piece.span.extracting(start..<end), into: &points)
                } catch {
                    failure = error
                }
                progress.bytes += Int64(end - start)
                progress.take(&points)
                start = end
                while let batch = progress.nextBatch(ImportReading.batch) {
                    guard try await hand(batch, over: file, &progress, reader.tally, lease) else { return }
                }
                if failure != nil { break pieces }
            }
        }
        if failure == nil {
            do throws(TrackFileError) { isCut = try reader.finish(into: &points) } catch { failure = error }
            progress.take(&points)
        }
        let tally = reader.tally
        while let batch = progress.nextBatch(1) {
            guard try await hand(batch, over: file, &progress, tally, lease) else { return }
        }
        let position = PostgresImportStore.Position(
            bytes: progress.bytes, points: progress.handedOver, skipped: SkipCounts.write(tally.skipped))
        _ = try await store.endReading(
            file.id, at: position, isCut: isCut, error: failure.map { ($0.code, $0.message) }, proof: lease.proof)
    }

    /// - Returns: Whether it goes on; not if it was given up.
    private func hand(
        _ batch: [TrackPoint], over file: TrackImport, _ progress: inout ImportProgress, _ tally: TrackFileTally,
        _ lease: JobLease
    ) async throws -> Bool {
        let position = PostgresImportStore.Position(
            bytes: progress.bytes, points: progress.handedOver, skipped: SkipCounts.write(tally.skipped))
        guard try await store.advance(file.id, by: batch, to: position, proof: lease.proof) else {
            guard let now = try await store.get(file.id), now.state == .reading else { return false }
            throw JobFailure.notYet("another reading has got further", after: .seconds(1))
        }
        progress.handedOver += Int64(batch.count)
        meters.points.increment(by: batch.count)
        if var now = progress.report(file) {
            now.bytesRead = progress.bytes
            now.pointsRead = progress.handedOver
            news.publish(now)
        }
        return true
    }
}

/// How far a reading is.
struct ImportProgress {
    var bytes: Int64 = 0
    /// Points that are in the database.
    var handedOver: Int64
    /// Points of the file that were handed over by an earlier reading and are still to come.
    private var passedOver: Int64
    private var points: [TrackPoint] = []
    private var start = 0
    private var told: Int64 = 0

    init(handedOver: Int64) {
        self.handedOver = handedOver
        passedOver = handedOver
    }

    /// Takes what was read, but for what an earlier reading has handed over.
    mutating func take(_ read: inout [TrackFilePoint]) {
        if start > 0 {
            points.removeFirst(start)
            start = 0
        }
        let skipped = min(passedOver, Int64(read.count))
        passedOver -= skipped
        points.reserveCapacity(points.count + read.count)
        for point in read.dropFirst(Int(skipped)) {
            points.append(
                TrackPoint(
                    time: point.time, latitude: point.coordinate.latitude, longitude: point.coordinate.longitude))
        }
        read.removeAll(keepingCapacity: read.capacity < 100_000)
    }

    /// The next points, if there are as many as `least`.
    mutating func nextBatch(_ least: Int) -> [TrackPoint]? {
        let count = points.count - start
        guard count >= least, count > 0 else { return nil }
        let end = start + min(count, 5000)
        defer { start = end }
        return Array(points[start..<end])
    }

    /// The file, if something is to be told of it: about every hundredth of it.
    mutating func report(_ file: TrackImport) -> TrackImport? {
        guard bytes - told >= max(1, file.bytes / 100) else { return nil }
        told = bytes
        return file
    }
}

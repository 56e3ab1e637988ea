internal import EventLoop
internal import Model
internal import Persistence
internal import Telemetry

/// Writes one loop's counted entries behind, one statement at a time.
///
/// `@unchecked Sendable`: confined to its loop. References may be held anywhere; methods are called on the loop but
/// ``finish()``.
final class AuditWriter: @unchecked Sendable {
    private let loop: Loop
    private let store: PostgresAuditStore
    private let log: Logger
    private var tally = AuditTally()
    private var pending: [AuditEntry] = []
    private var isWriting = false
    private var timer: LoopTimer?
    private let throttle = LogThrottle(every: .seconds(10))

    /// Entries that may wait while Postgres is away; more are not kept.
    private static let capacity = 2000
    /// After a failure.
    private static let retry = Duration.seconds(2)

    init(on loop: Loop, store: PostgresAuditStore, log: Logger) {
        self.loop = loop
        self.store = store
        self.log = log
    }

    func note(_ entry: AuditEntry) {
        loop.preconditionIsolated()
        if let entry = tally.note(entry, at: now) { keep([entry]) }
        flush()
        awaitWindow()
    }

    /// Writes what is left, from any thread.
    func finish() async {
        let rest = await withCheckedContinuation { continuation in
            loop.execute { [self] in
                timer = nil
                keep(tally.takeAll())
                let rest = pending
                pending = []
                continuation.resume(returning: rest)
            }
        }
        do throws(DeviceStoreError) {
            try await store.note(rest)
        } catch {
            log.warning("audit entries were not written", ["entries": .integer(rest.count)])
        }
    }

    private var now: Duration { .milliseconds(Int64(loop.now.milliseconds)) }

    private func keep(_ entries: [AuditEntry]) {
        let room = AuditWriter.capacity - pending.count
        pending += entries.prefix(max(0, room))
        guard entries.count > room else { return }
        log.log(
            .warning, "audit entries dropped", ["entries": .integer(entries.count - max(0, room))], throttle: throttle)
    }

    private func awaitWindow() {
        guard timer == nil, let end = tally.nextEnd else { return }
        timer = loop.schedule(after: max(end - now, .milliseconds(1))) { [weak self] in
            guard let self else { return }
            timer = nil
            keep(tally.takeEnded(at: now))
            flush()
            awaitWindow()
        }
    }

    private func flush() {
        guard !isWriting, !pending.isEmpty else { return }
        isWriting = true
        let batch = pending
        pending = []
        // Owned by this writer, one at a time; a query has a time limit.
        Task(executorPreference: loop) { [self] in
            let isWritten = await write(batch)
            loop.preconditionIsolated()
            isWriting = false
            if isWritten { return flush() }
            keep(batch)
            retryTimer = loop.schedule(after: AuditWriter.retry) { [weak self] in self?.flush() }
        }
    }

    private var retryTimer: LoopTimer?

    private func write(_ batch: [AuditEntry]) async -> Bool {
        do throws(DeviceStoreError) {
            try await store.note(batch)
            return true
        } catch .failed(let state) {
            // Postgres would refuse them again.
            log.error("audit entries refused by the database", ["sql_state": .string(state)])
            return true
        } catch {
            log.log(.warning, "audit entries not written yet", throttle: throttle)
            return false
        }
    }
}

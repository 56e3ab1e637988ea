package import Model
internal import Persistence
package import Telemetry

/// Writes how far people have read, behind: of each person and conversation the furthest only. What could not be written
/// is kept and tried again.
///
/// An actor of its loop: entered by `assumeIsolated` from there.
@safe package actor ReadMarks {
    /// A person in a conversation; ordered, so that writers that lock rows in one order cannot deadlock.
    struct Place: Hashable, Comparable {
        let conversation: ConversationID
        let user: UserID

        static func < (left: Place, right: Place) -> Bool {
            left.conversation == right.conversation
                ? left.user < right.user : left.conversation.rawValue < right.conversation.rawValue
        }
    }

    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe executor }

    private nonisolated let executor: UnownedSerialExecutor
    private let store: any ConversationStore
    private let delay: Duration
    private let scheduler: any LiveScheduler
    private let logger: Logger
    private var buffer: LatestBuffer<Place, Int64>
    private var timer: (any ScheduledWork)?
    private var isWriting = false
    private var drainWait = DrainWait()
    private var isClosed = false
    private var failures = 0
    private let backoff = Backoff(shortest: .milliseconds(500), longest: .seconds(10))
    private let throttle = LogThrottle(every: .seconds(10))

    package init(store: any ConversationStore, limits: ChatLimits, on scheduler: any LiveScheduler, logger: Logger) {
        self.store = store
        delay = limits.readMarkDelay
        self.scheduler = scheduler
        self.logger = logger
        buffer = LatestBuffer(capacity: limits.readMarks)
        unsafe executor = scheduler.executor.asUnownedSerialExecutor()
    }

    /// - Returns: Whether it is held now; not if as many are as may be, or the hub stops.
    func note(_ sequence: Int64, of user: UserID, in conversation: ConversationID) -> Bool {
        guard !isClosed else { return false }
        let isHeld = buffer.note(sequence, for: Place(conversation: conversation, user: user))
        if isHeld { arm(after: delay) }
        return isHeld
    }

    /// Writes what waits and what is noted meanwhile, until nothing waits or the time is over; takes nothing more after
    /// that. For a hub that stops, once.
    package func drain(within deadline: Duration) async {
        guard !drainWait.isUnderWay, !isClosed else { return }
        timer?.cancel()
        timer = nil
        await withCheckedContinuation { continuation in
            drainWait.begin(
                continuation,
                until: scheduler.schedule(after: deadline) { [weak self] in
                    self?.assumeIsolated { $0.finishDraining() }
                })
            if isWriting { return }
            if buffer.isEmpty { finishDraining() } else { fire() }
        }
    }

    private func finishDraining() {
        guard drainWait.isUnderWay else { return }
        isClosed = true
        timer?.cancel()
        timer = nil
        drainWait.end()
    }

    private func arm(after delay: Duration) {
        guard timer == nil, !isWriting, !isClosed else { return }
        timer = scheduler.schedule(after: delay) { [weak self] in self?.assumeIsolated { $0.fire() } }
    }

    private func fire() {
        timer = nil
        Task { await self.write() }
    }

    private func write() async {
        guard !isWriting, !buffer.isEmpty else { return }
        isWriting = true
        let taken = buffer.takeAll()
        let rows = taken.map { ReadMark(conversation: $0.key.conversation, user: $0.key.user, seq: $0.value) }
        do throws(ConversationStoreError) {
            // Of somebody who is no longer in it, or past the end, nothing is kept; nobody waits to hear that.
            _ = try await store.mark(rows)
            failures = 0
        } catch {
            failures += 1
            // What is further by now stays.
            for mark in taken { buffer.note(mark.value, for: mark.key) }
            logger.log(
                .warning, "read marks not written yet",
                ["marks": .integer(rows.count), "error": .string("\(error)")], throttle: throttle)
        }
        isWriting = false
        guard !buffer.isEmpty else { return finishDraining() }
        arm(after: failures > 0 ? backoff.delay(afterFailures: failures) : drainWait.isUnderWay ? .zero : delay)
    }
}

package import Model
internal import Persistence
package import Telemetry

/// A message that somebody was not there for.
package struct MissedMessage: Hashable, Sendable {
    package var recipient: UserID
    package var conversation: ConversationID
    package var kind: ConversationKind
    package var sequence: Int64
    package var sender: UserID?

    package init(
        recipient: UserID, conversation: ConversationID, kind: ConversationKind, sequence: Int64, sender: UserID?
    ) {
        self.recipient = recipient
        self.conversation = conversation
        self.kind = kind
        self.sequence = sequence
        self.sender = sender
    }
}

/// Has people told of what they missed, later and wherever they are.
package protocol MissedMessageSink: Sendable {
    /// Keeps all or none.
    func keep(_ messages: [MissedMessage]) async throws
}

/// Of a hub that tells nobody.
package struct NoMissedMessages: MissedMessageSink {
    package init() {}

    package func keep(_ messages: [MissedMessage]) async {}
}

/// Hands on, a batch at a time, what people missed; what could not be kept is tried again, and given up when too much waits:
/// the message itself is stored, and counted as unread.
///
/// An actor of its loop: entered by `assumeIsolated` from there.
@safe package actor MissedMessages {
    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe executor }

    private nonisolated let executor: UnownedSerialExecutor
    private let sink: any MissedMessageSink
    private let scheduler: any LiveScheduler
    private let logger: Logger
    private var waiting: [MissedMessage] = []
    private var isWriting = false
    private var drainWait = DrainWait()
    private var failures = 0
    private var retry: (any ScheduledWork)?
    /// How many may wait.
    private let capacity: Int
    private let throttle = LogThrottle(every: .seconds(10))

    package init(sink: any MissedMessageSink, on scheduler: any LiveScheduler, logger: Logger, capacity: Int = 10_000) {
        self.sink = sink
        self.scheduler = scheduler
        self.logger = logger
        self.capacity = capacity
        unsafe executor = scheduler.executor.asUnownedSerialExecutor()
    }

    func add(_ messages: [MissedMessage]) {
        waiting += messages
        if waiting.count > capacity {
            logger.log(
                .warning, "people are not told of messages they missed",
                ["messages": .integer(waiting.count - capacity)], throttle: throttle)
            waiting.removeFirst(waiting.count - capacity)
        }
        guard !isWriting, !waiting.isEmpty else { return }
        isWriting = true
        Task { await self.write() }
    }

    /// Hands on what waits and what comes meanwhile, until nothing waits or the time is over. For a hub that stops, once.
    package func drain(within deadline: Duration) async {
        guard !drainWait.isUnderWay, isWriting || !waiting.isEmpty else { return }
        await withCheckedContinuation { continuation in
            drainWait.begin(
                continuation,
                until: scheduler.schedule(after: deadline) { [weak self] in
                    self?.assumeIsolated { $0.drainWait.end() }
                })
            // One that waits to try again does so now.
            add([])
        }
    }

    private func write() async {
        while !waiting.isEmpty {
            let batch = Array(waiting.prefix(500))
            waiting.removeFirst(batch.count)
            do {
                try await sink.keep(batch)
                failures = 0
            } catch {
                failures += 1
                waiting = batch + waiting
                logger.log(
                    .warning, "missed messages could not be queued yet", ["messages": .integer(batch.count)],
                    throttle: throttle)
                // Begins again with the next message, or then.
                isWriting = false
                let delay = Backoff(shortest: .milliseconds(200), longest: .seconds(10))
                retry = scheduler.schedule(after: delay.delay(afterFailures: failures)) { [weak self] in
                    self?.assumeIsolated { $0.add([]) }
                }
                return
            }
        }
        isWriting = false
        drainWait.end()
    }
}

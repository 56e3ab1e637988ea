package import Model
internal import Telemetry

/// What the conversations of one loop share.
///
/// Confined to its loop: references may be held anywhere.
@safe package final class ConversationServices: @unchecked Sendable {
    let store: any ConversationStore
    let journal: MessageJournal
    let marks: ReadMarks
    let scheduler: any LiveScheduler
    let limits: ChatLimits
    let meters: ChatMeters
    /// Whom the conversations speak through; set once, before any is loaded.
    weak var outlet: (any ConversationOutlet)?

    /// The scheduler's; `scheduler` keeps it alive.
    let executor: UnownedSerialExecutor

    package init(
        store: any ConversationStore, journal: MessageJournal, marks: ReadMarks, scheduler: any LiveScheduler,
        limits: ChatLimits, meters: ChatMeters
    ) {
        self.store = store
        self.journal = journal
        self.marks = marks
        self.scheduler = scheduler
        self.limits = limits
        self.meters = meters
        unsafe executor = scheduler.executor.asUnownedSerialExecutor()
    }

    var now: LiveInstant { scheduler.now }
}

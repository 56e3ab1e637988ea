import HubTesting
import Model
import Synchronization
import Telemetry
import Wire

@testable import Chat

/// One conversation on a loop moved by hand, with everything it tells and answers.
final class ActorUnderTest: ConversationOutlet, @unchecked Sendable {
    struct Told: Equatable {
        let event: LiveEvent
        let audience: [UserID]
        let except: SessionID?
    }

    let scheduler = ManualScheduler()
    let store = InMemoryConversationStore()
    let talk = conversation(1)
    let services: ConversationServices
    let directory: ConversationDirectory
    private(set) var told: [Told] = []
    private(set) var notified: [(user: UserID, seq: Int64)] = []
    private(set) var answers: [(number: UInt64, result: Result<AppendOutcome, ChatRefusal>)] = []
    private(set) var calls: [ChatRefusal?] = []
    var invisible: Set<UserID> = []

    init(_ people: [UserID], kind: ConversationKind = .group, limits: ChatLimits = ChatLimits()) {
        store.add(talk, kind: kind, people)
        let meters = ChatMeters(MetricsRegistry())
        let journal = MessageJournal(
            store: store, limits: limits.writeBehind, on: scheduler, clock: scheduler.clock, logger: TestPostgres.log,
            meters: meters)
        services = ConversationServices(
            store: store, journal: journal,
            marks: ReadMarks(store: store, limits: limits, on: scheduler, logger: TestPostgres.log),
            scheduler: scheduler, limits: limits, meters: meters)
        directory = ConversationDirectory(services: services)
        services.outlet = self
    }

    // MARK: Outlet

    func tell(_ event: LiveEvent, to audience: [UserID], except session: SessionID?) {
        told.append(Told(event: event, audience: audience, except: session))
    }

    func notify(_ audience: [ConversationMember], of message: ChatMessage, kind: ConversationKind) {
        notified += audience.map { (user: $0.user, seq: message.sequence) }
    }

    func isInvisible(_ user: UserID) -> Bool { invisible.contains(user) }

    // MARK: Doing

    /// One turn, in which the conversation is found and `work` done.
    func enter(_ work: @escaping @Sendable (isolated ConversationActor) -> Void) {
        scheduler.turn {
            directory.assumeIsolated { directory in
                directory.find(self.talk) { found in
                    if case .success(let actor) = found { actor.assumeIsolated(work) }
                }
            }
        }
    }

    func send(_ number: UInt64, from sender: UserID, _ raw: String = "hello", session: SessionID? = nil) {
        let new = message(number, from: sender, in: talk, raw)
        enter { actor in
            actor.send(new, from: session) { self.answers.append((number: number, result: $0)) }
        }
    }

    func take(_ number: UInt64, _ result: Result<AppendOutcome, ChatRefusal>) {
        answers.append((number: number, result: result))
    }

    func type(_ isTyping: Bool, by user: UserID) {
        enter { actor in actor.type(isTyping, by: user, from: nil) { self.calls.append($0) } }
    }

    func read(_ seq: Int64, by user: UserID) {
        enter { actor in actor.read(upTo: seq, by: user, from: nil) { self.calls.append($0) } }
    }

    /// Begins to stop.
    func drain(within deadline: Duration) {
        let stage = JournalStage(services.journal, on: scheduler)
        scheduler.turn { stage.assumeIsolated { $0.drain(within: deadline) } }
    }

    // MARK: Looking

    /// The numbers that a person was told of, in that order.
    func heard(by user: UserID) -> [Int64] {
        told.filter { $0.audience.contains(user) }.compactMap { $0.event.message?.sequence }
    }

    var typingTold: [Bool] {
        told.compactMap { if case .typing(_, _, let isTyping) = $0.event { isTyping } else { nil } }
    }

    var acknowledged: [Int64?] { answers.map { (try? $0.result.get()).flatMap(seq) } }

    func forget() {
        told = []
        answers = []
        calls = []
        notified = []
    }
}

/// Stops a journal from its own loop.
private actor JournalStage {
    private let journal: MessageJournal
    private let scheduler: ManualScheduler
    nonisolated var unownedExecutor: UnownedSerialExecutor { scheduler.executor.asUnownedSerialExecutor() }

    init(_ journal: MessageJournal, on scheduler: ManualScheduler) {
        self.journal = journal
        self.scheduler = scheduler
    }

    func drain(within deadline: Duration) {
        Task { _ = await journal.drain(within: deadline) }
    }
}

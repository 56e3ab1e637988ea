import EventLoop
import HTTPClient
import Measuring
import Model

/// The part of a load that lives on one loop: whole conversations, the timetable of their messages and their tally.
///
/// Confined to its loop: references may be held anywhere, every method but the `async` ones is called on `loop`.
final class ChatWorker: @unchecked Sendable {
    let loop: Loop
    let settings: ChatSettings
    private(set) var conversations: [ChatConversation] = []
    private(set) var members: [ChatMember] = []
    var tally = ChatTally()
    /// Members who are connected and have caught up.
    var readyCount = 0
    private(set) var isOver = false

    private var generator: SeededGenerator
    private var client: LoopClient?
    private var clock: MeasurementClock?
    private var sendTimer: LoopTimer?
    private var cutTimer: LoopTimer?
    private var openTimer: LoopTimer?
    /// Cut-offs that are owed, a part of one included.
    private var owedCuts = 0.0
    private var opened = 0

    // The timetable: who sends next, and how many messages were due before.
    private var order: [Int] = []
    private var turn = 0
    private var due: UInt64 = 0
    private var quota = Int.max

    private static let openingsPerTick = 4

    init(settings: ChatSettings, on loop: Loop) {
        self.settings = settings
        self.loop = loop
        generator = SeededGenerator(seed: settings.seed &+ UInt64(loop.index) &* 7919)
    }

    /// Adds a conversation; before the loop knows of the worker.
    func add(_ conversation: ChatConversation, of accounts: [Account]) {
        for (index, account) in accounts.enumerated() {
            let member = ChatMember(index: index, account: account, in: conversation, of: self)
            conversation.add(member)
            members.append(member)
        }
        conversations.append(conversation)
    }

    // MARK: Connecting

    /// Lets everybody connect, some at a time.
    func begin() {
        loop.execute { [self] in
            client = LoopClient(on: loop, connections: 32)
            order = Array(members.indices).shuffled(using: &generator)
            openTimer = loop.schedule(after: .zero, every: .milliseconds(5)) { [self] in
                for _ in 0..<ChatWorker.openingsPerTick where opened < members.count {
                    members[opened].open()
                    opened += 1
                }
                if opened == members.count { openTimer = nil }
            }
        }
    }

    /// From 0 up to, without, 1.
    func draw() -> Double { generator.unit() }

    func usesTicket() -> Bool { settings.tickets > 0 && draw() * 100 < settings.tickets }

    /// Gets a ticket for a stream.
    func ticket(of member: ChatMember, _ completion: @escaping (String?) -> Void) {
        let call = settings.address.call(
            "POST", "/api/v1/stream/tickets", [String: String](), token: member.account.accessToken)
        send(call) { [self] answer in
            let ticket = answer.flatMap(StreamTicketAnswer.ticket)
            if ticket == nil {
                tally.unopened[answer.map { "ticket: status \($0.status)" } ?? "ticket: no answer", default: 0] += 1
                // The token is good by the clock, and is not by the hub.
                if answer?.status == 401 { member.account.expires = 0 }
            } else {
                tally.byTicket += 1
            }
            completion(ticket)
        }
    }

    /// Gets new tokens: by the refresh token or, if that is spent, as its answer may be lost with a hub, by the password.
    func renew(_ member: ChatMember, _ completion: @escaping () -> Void) {
        send(settings.address.refresh(member.account)) { [self] answer in
            if let answer, let renewed = member.account.renewed(by: answer) {
                member.account = renewed
                tally.refreshed += 1
                return completion()
            }
            guard let answer, answer.status == 401 else {
                tally.unopened[answer.map { "refresh: status \($0.status)" } ?? "refresh: no answer", default: 0] += 1
                return completion()
            }
            send(settings.address.login(member.account)) { [self] answer in
                if let answer, let renewed = member.account.renewed(by: answer) {
                    member.account = renewed
                    tally.signedInAgain += 1
                } else {
                    let why = answer.map { "sign-in: status \($0.status)" } ?? "sign-in: no answer"
                    tally.unopened[why, default: 0] += 1
                }
                completion()
            }
        }
    }

    private func send(_ call: HTTPCall, _ completion: @escaping (HTTPAnswer?) -> Void) {
        guard let client else { return }
        client.send(call) { [self] outcome in
            guard !isOver else { return }
            if case .success(let answer) = outcome { completion(answer) } else { completion(nil) }
        }
    }

    // MARK: Load

    /// Begins to send and to cut clients off.
    ///
    /// - Parameters:
    ///   - rate: Messages a second, of this worker.
    ///   - quota: Messages in all, of this worker.
    func send(_ clock: MeasurementClock, rate: Double, quota: Int?) {
        loop.execute { [self] in
            guard !members.isEmpty else { return }
            self.clock = clock
            self.quota = quota ?? .max
            due = clock.start
            let period = UInt64(1e9 / rate)
            let delay = Duration.nanoseconds(Int64(clock.start) - Int64(MonotonicTime.now))
            sendTimer = loop.schedule(after: max(.zero, delay), every: .milliseconds(1)) { [self] in
                sendDue(every: period)
            }
            guard let life = settings.life else { return }
            cutTimer = loop.schedule(after: .milliseconds(100), every: .milliseconds(100)) { [self] in
                cutSome(Double(members.count) * 0.1 / (life / .seconds(1)))
            }
        }
    }

    /// Sends nothing more that is not due yet.
    func stopSending() {
        loop.execute { [self] in
            sendTimer = nil
            cutTimer = nil
        }
    }

    private func sendDue(every period: UInt64) {
        guard let clock else { return }
        while true {
            guard due < clock.end, quota > 0 else {
                sendTimer = nil
                cutTimer = nil
                return
            }
            let now = MonotonicTime.now
            if due > now { return }
            if clock.counts(due) { tally.lag.record(from: due, to: now) }
            members[order[turn]].compose(due: due)
            turn = turn + 1 == order.count ? 0 : turn + 1
            quota -= 1
            due += period
        }
    }

    private func cutSome(_ count: Double) {
        owedCuts += count
        while owedCuts >= 1 {
            owedCuts -= 1
            let absence = settings.absence * draw()
            members[Int(draw() * Double(members.count))].vanish(for: absence)
        }
    }

    // MARK: What comes back

    func counts(_ moment: UInt64) -> Bool { clock?.counts(moment) ?? false }

    func note(_ fault: LedgerFault?) {
        if let fault { tally.faults[fault, default: 0] += 1 }
    }

    func acknowledged(since begun: UInt64, at now: UInt64) {
        tally.acknowledged += 1
        guard let clock, clock.counts(begun) else { return }
        let phase = Int((begun - clock.measure) * 6 / max(clock.end - clock.measure, 1))
        tally.ack[phase == 0 ? 0 : phase == 5 ? 2 : 1].record(from: begun, to: now)
    }

    // MARK: Looking on

    /// How far it is.
    struct Progress: Hashable, Sendable {
        var members = 0
        var ready = 0
        var composed = 0
        var acknowledged = 0
        /// Whether nothing more is due.
        var isDone = true
        /// Conversations of which every member has everything.
        var settled = 0
        var conversations = 0
    }

    /// - Parameter settling: Whether conversations are looked at, which takes a while.
    func progress(settling: Bool = false) async -> Progress {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                continuation.resume(
                    returning: Progress(
                        members: members.count, ready: readyCount, composed: tally.composed,
                        acknowledged: tally.acknowledged, isDone: sendTimer == nil,
                        settled: settling ? conversations.count(where: \.isSettled) : 0,
                        conversations: conversations.count))
            }
        }
    }

    /// The tally so far, which then begins anew.
    func takeTally() async -> ChatTally {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                let taken = tally
                tally = ChatTally()
                continuation.resume(returning: taken)
            }
        }
    }

    /// What the members have, when nothing more is to come; and everybody leaves.
    func finish() async -> [ConversationRecord] {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                isOver = true
                sendTimer = nil
                cutTimer = nil
                openTimer = nil
                let records = conversations.map { conversation in
                    ConversationRecord(
                        id: conversation.id, index: conversation.index, run: conversation.run,
                        accounts: conversation.members.map(\.account), ledgers: conversation.members.map(\.ledger))
                }
                for member in members { member.leave() }
                client?.close()
                client = nil
                continuation.resume(returning: records)
            }
        }
    }
}

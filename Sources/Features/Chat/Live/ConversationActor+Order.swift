internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

/// A message that has a number, and that has not been told.
struct Numbered {
    let number: Int64
    let sender: UserID
    /// Nothing if it has to be looked up.
    let message: ChatMessage?
    /// Only its sender hears of it.
    let isWithheld: Bool
    /// Whether this hub stored it, and therefore notifies those who are nowhere.
    let isOurs: Bool
    /// Has its answer, and does not get the message as well.
    let session: SessionID?
}

// The order of the numbers: a message is told when all before it have been. What another hub has stored in between, or a
// write whose answer got lost, is looked up once, and told to each of the members as they see it.
extension ConversationActor {
    func message(_ message: NewMessage, _ stored: AppendOutcome.Stored) -> ChatMessage? {
        guard let sender = state.members.first(where: { $0.user == message.sender }) else { return nil }
        return ChatMessage(
            conversation: id, sequence: stored.seq, clientID: message.clientID,
            from: ChatMessage.Sender(user: sender.user, displayName: sender.displayName), text: message.text.rawValue,
            sentAt: stored.sentAt, replyTo: message.replyTo, attachment: message.attachment)
    }

    func take(_ numbered: Numbered) {
        backlog.append(numbered)
        advance()
    }

    /// Tells what can be told.
    func advance() {
        while !isRepairing, let next = backlog.first {
            guard next.number > delivered else {
                backlog.removeFirst()
                continue
            }
            guard next.number == delivered + 1, let message = next.message, stateAt != nil else {
                isRepairing = true
                return beginRepair()
            }
            backlog.removeFirst()
            delivered = next.number
            state.lastSeq = max(state.lastSeq, next.number)
            // Who came after it sees nothing of it; what is withheld only its sender sees.
            let audience = state.members.filter { member in
                member.visibleAfter < next.number && (!next.isWithheld || member.user == next.sender)
            }
            services.outlet?.tell(.message(message), to: audience.map(\.user), except: next.session)
            services.outlet?.notify(audience.filter { $0.user != next.sender }, of: message, kind: state.kind)
        }
    }

    private func beginRepair() { Task { await self.repair() } }

    /// Asks again who is in the conversation, and looks up what is missing before the first of the backlog; later again if
    /// that fails.
    private func repair() async {
        repairTimer = nil
        do throws(ConversationStoreError) {
            if stateAt == nil { try await reload() }
            if let next = backlog.first, next.number > delivered {
                let end = next.message == nil ? next.number : next.number - 1
                if end > delivered {
                    services.meters.gaps.increment()
                    try await catchUp(to: end)
                }
            }
            repairFailures = 0
        } catch {
            guard !isRetired else { return }
            repairFailures += 1
            if backlog.count > services.limits.backlog { giveUpGap() }
            let pause = Backoff(shortest: .milliseconds(50), longest: .seconds(2))
            repairTimer = services.scheduler.schedule(after: pause.delay(afterFailures: repairFailures)) {
                [weak self] in
                self?.assumeIsolated { $0.beginRepair() }
            }
            return
        }
        isRepairing = false
        advance()
    }

    /// Tells everybody what they see of the messages up to `end`, read once for all, and counts each as told: after a failure
    /// it goes on behind the last one.
    private func catchUp(to end: Int64) async throws(ConversationStoreError) {
        while delivered < end {
            let page = try await services.store.storedMessages(
                of: id, after: delivered, through: end, limit: services.limits.pageMessages)
            // The conversation is gone.
            guard let page else { break }
            guard stateAt != nil, page.membersVersion == state.membersVersion else {
                // Somebody came or went, and it is not known who hears of these.
                stateAt = nil
                try await reload()
                continue
            }
            for stored in page.messages { tellStored(stored) }
            if !page.hasMore { break }
        }
        delivered = max(delivered, end)
    }

    /// Only this hub's own are notified of: whoever stores a message does that.
    private func tellStored(_ stored: StoredMessage) {
        let number = stored.message.sequence
        guard number > delivered else { return }
        let own = backlog.first { $0.number == number && $0.isOurs }
        let session = backlog.first { $0.number == number }?.session
        delivered = number
        state.lastSeq = max(state.lastSeq, number)
        for (message, people) in stored.shown(to: state.members) {
            services.outlet?.tell(.message(message), to: people.map(\.user), except: session)
            guard own != nil else { continue }
            services.outlet?.notify(
                people.filter { $0.user != message.from?.user }, of: message, kind: state.kind)
        }
    }

    /// Too much waits for what cannot be looked up: those who are there have to catch up by themselves.
    private func giveUpGap() {
        guard let first = backlog.first else { return }
        services.outlet?.tell(.conversation(id, .updated), to: state.members.map(\.user), except: nil)
        delivered = max(delivered, first.number - 1)
    }
}

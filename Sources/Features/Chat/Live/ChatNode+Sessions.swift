internal import Actors
internal import EventLoop
internal import FeatureKit
internal import Model
internal import Telemetry
internal import Wire

// The sessions of one loop: who comes and goes, what they ask and what they are answered.
extension ChatNode {
    func opened(_ peer: any StreamPeer) {
        guard let user = peer.user?.id else { return }
        sessions[peer.id] = ChatSession(peer, user: user, pageMessages: services.limits.pageMessages)
        let isFirst = sessionsOf[user] == nil
        sessionsOf[user, default: []].append(peer.id)
        if isFirst { moved(user, isHere: true) }
    }

    func closed(_ peer: any StreamPeer) {
        guard let session = sessions.removeValue(forKey: peer.id) else { return }
        let user = session.user
        sessionsOf[user]?.removeAll { $0 == peer.id }
        guard sessionsOf[user]?.isEmpty == true else { return }
        sessionsOf[user] = nil
        moved(user, isHere: false)
    }

    /// Tells every loop. Not through the mailboxes, which may be full: this must not get lost, and there is no more of it
    /// than sessions that open and close. What a session asks later comes later all the same.
    private func moved(_ user: UserID, isHere: Bool) {
        let index = loop.index
        for node in nodes {
            if node === self {
                node.note(user, on: index, isHere: isHere)
            } else {
                node.loop.execute { node.note(user, on: index, isHere: isHere) }
            }
        }
    }

    private func note(_ user: UserID, on index: Int, isHere: Bool) {
        if isHere { whereabouts.arrived(user, on: index) } else { whereabouts.departed(user, from: index) }
        presence?.assumeIsolated { $0.moved(user, isHere: self.whereabouts.isHere(user)) }
    }

    /// Tells every loop whether somebody wants to look as if they were not there.
    func veil(_ user: UserID, _ isInvisible: Bool) {
        for node in nodes {
            if node === self {
                whereabouts.veil(user, isInvisible)
            } else {
                node.loop.execute { node.whereabouts.veil(user, isInvisible) }
            }
        }
    }

    // MARK: Asking

    /// - Returns: Whether it is one of conversations.
    func receive(_ message: ClientMessage, re: Int64?, from peer: any StreamPeer) -> Bool {
        switch message {
        case .message, .typing, .read, .sync: break
        default: return false
        }
        guard let session = sessions[peer.id] else {
            peer.refuse(ChatRefusal.needsPerson.refusal(re: re), retryAfter: nil)
            return true
        }
        switch message {
        case .message(let draft): send(draft, re: re, from: session)
        case .typing(let report): type(report, re: re, from: session)
        case .read(let mark): read(mark, re: re, from: session)
        case .sync(let points): sync(points, re: re, for: session)
        default: break
        }
        return true
    }

    private func send(_ draft: ClientMessage.MessageDraft, re: Int64?, from session: ChatSession) {
        let text: MessageText
        do throws(MessageTextError) {
            text = try MessageText(draft.text)
        } catch {
            return refuse(.wrongText("Text \(error)"), re: re, to: session)
        }
        if let wait = rate.wait(of: session.user, at: loop.now) {
            meters.refusedByRate.increment()
            return refuse(.tooFast(retryAfter: wait), re: re, to: session)
        }
        guard session.pendingMessages < services.limits.pendingMessages else {
            return refuse(.unavailable, re: re, to: session)
        }
        session.pendingMessages += 1
        let message = NewMessage(
            conversation: draft.conversation, sender: session.user, clientID: draft.clientID, text: text,
            replyTo: draft.replyTo, attachment: draft.attachment)
        let (id, conversation) = (session.peer.id, draft.conversation)
        ask(
            conversation,
            .send(message, from: id) { [self] result in answer(id, .sent(re: re, conversation, result)) })
    }

    private func type(_ report: ClientMessage.TypingReport, re: Int64?, from session: ChatSession) {
        guard session.admitsTyping(at: loop.now) else { return }
        let id = session.peer.id
        ask(
            report.conversation,
            .type(report.isTyping, by: session.user, from: id) { [self] refusal in
                if let refusal { answer(id, .called(re: re, refusal, isConfirmed: false)) }
            })
    }

    private func read(_ mark: ClientMessage.ReadMark, re: Int64?, from session: ChatSession) {
        guard session.pendingMessages < services.limits.pendingMessages else {
            return refuse(.unavailable, re: re, to: session)
        }
        session.pendingMessages += 1
        let id = session.peer.id
        ask(
            mark.conversation,
            .read(mark.sequence, by: session.user, from: id) { [self] refusal in
                answer(id, .called(re: re, refusal, isConfirmed: true))
            })
    }

    // MARK: Answers

    func tell(_ id: SessionID, _ answer: SessionAnswer) {
        guard let session = sessions[id] else { return }
        switch answer {
        case .sent(let re, let conversation, let result):
            session.pendingMessages -= 1
            sent(re: re, conversation, result, to: session)
        case .called(let re, let refusal, let isConfirmed):
            if isConfirmed { session.pendingMessages -= 1 }
            if let refusal {
                refuse(refusal, re: re, to: session)
            } else if isConfirmed {
                session.peer.send { HubMessageEncoder.ok(re: re, to: &$0) }
            }
        case .page(let conversation, let result): page(result, of: conversation, to: session)
        }
    }

    private func sent(
        re: Int64?, _ conversation: ConversationID, _ result: Result<AppendOutcome, ChatRefusal>,
        to session: ChatSession
    ) {
        func acknowledge(_ number: Int64, _ sentAt: Timestamp) {
            session.peer.send {
                HubMessageEncoder.ack(re: re, conversation: conversation, sequence: number, sentAt: sentAt, to: &$0)
            }
        }
        switch result {
        case .success(.stored(let stored)): acknowledge(stored.seq, stored.sentAt)
        case .success(.duplicate(let number, let sentAt)): acknowledge(number, sentAt)
        case .success(.notMember): refuse(.notFound, re: re, to: session)
        case .success(.recipientBlocked): refuse(.recipientBlocked, re: re, to: session)
        case .success(.unknownReply): refuse(.noSuchReply, re: re, to: session)
        case .failure(let refusal): refuse(refusal, re: re, to: session)
        }
    }

    func refuse(_ refusal: ChatRefusal, re: Int64?, to session: ChatSession) {
        session.peer.refuse(refusal.refusal(re: re), retryAfter: refusal.retryAfter)
    }
}

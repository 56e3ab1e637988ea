internal import Actors
internal import EventLoop
internal import FeatureKit
internal import Model
internal import Wire

// Catching up: one page of one conversation at a time, the next one when the client has read all that waits, however slowly.
// What waits for a client that does not read is its place, no page.
extension ChatNode {
    func sync(_ points: [ClientMessage.SyncPoint], re: Int64?, for session: ChatSession) {
        guard session.sync.pendingPoints + points.count <= services.limits.pendingSyncs else {
            return refuse(.underWay, re: re, to: session)
        }
        follow(session.sync.begin(points, re: re), for: session)
    }

    /// A client has read everything that waited.
    func drained(_ peer: any StreamPeer) {
        guard let session = sessions[peer.id] else { return }
        follow(session.hasRoom(), for: session)
    }

    private func follow(_ action: SyncProgress.Action, for session: ChatSession) {
        var action = action
        while true {
            switch action {
            case .nothing: return
            case .read(let conversation, let since):
                guard session.peer.queuedBytes == 0 else { return session.waitForRoom() }
                let (id, user) = (session.peer.id, session.user)
                return ask(
                    conversation,
                    .page(since: since, limit: session.pageMessages, for: user) { [self] result in
                        answer(id, .page(conversation, result))
                    })
            case .finish(let re, let missing):
                finish(re: re, missing: missing, to: session)
                action = session.sync.finished()
            }
        }
    }

    private func finish(re: Int64?, missing: [Int], to session: ChatSession) {
        guard !missing.isEmpty else { return session.peer.send { HubMessageEncoder.ok(re: re, to: &$0) } }
        let details = missing.map {
            FieldError(field: "conversations[\($0)].id", message: "There is no such conversation")
        }
        session.peer.refuse(
            Refusal(.notFound, message: "There is no such conversation", details: details, id: re), retryAfter: nil)
    }

    func page(_ result: Result<MessagePage, ChatRefusal>, of conversation: ConversationID, to session: ChatSession) {
        switch result {
        case .success(let page): send(page, of: conversation, to: session)
        case .failure(.notFound): follow(session.sync.notFound(), for: session)
        case .failure(let refusal):
            let failed = session.sync.failed()
            refuse(refusal, re: failed.re, to: session)
            follow(failed.next, for: session)
        }
    }

    private func send(_ page: MessagePage, of conversation: ConversationID, to session: ChatSession) {
        let (fitted, shared) = fit(page, of: conversation, to: session)
        // What was told live since it was asked for waits already. Read again when there is room: a page that waits here would
        // be memory that the client decides about.
        guard session.peer.queuedBytes <= services.limits.pageBytes, session.peer.deliver(shared) != .dropped else {
            return session.waitForRoom()
        }
        session.sentPage(
            of: fitted.messages.count, isCut: fitted.messages.count < page.messages.count,
            most: services.limits.pageMessages)
        follow(session.sync.sent(fitted, of: conversation), for: session)
    }

    /// As much of a page as may wait for a client at once; one message at least.
    private func fit(
        _ page: MessagePage, of conversation: ConversationID, to session: ChatSession
    ) -> (MessagePage, SharedMessage) {
        var page = page
        while true {
            let written = ChatPage(
                re: session.sync.re, conversation: conversation, messages: page.messages,
                more: session.sync.isFollowed(page, of: conversation))
            let shared = SharedMessage { HubMessageEncoder.messages(written, to: &$0) }
            let (count, bytes) = (page.messages.count, shared.text.count)
            guard bytes > services.limits.pageBytes, count > 1 else { return (page, shared) }
            let kept = max(1, min(count - 1, count * services.limits.pageBytes / bytes))
            page.messages.removeLast(count - kept)
            page.hasMore = true
        }
    }
}

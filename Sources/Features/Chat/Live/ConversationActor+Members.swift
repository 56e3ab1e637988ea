internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

extension ConversationActor {
    /// Calls `then` when it is known, by what Postgres said within the last seconds, who is in the conversation; with a
    /// refusal if that cannot be found out.
    func withMembers(_ then: @escaping @Sendable (isolated ConversationActor, ChatRefusal?) -> Void) {
        if let stateAt, services.now.milliseconds - stateAt.milliseconds <= services.limits.rosterAge.wholeMilliseconds
        {
            return then(self, nil)
        }
        awaitMembers(then)
    }

    /// As above, by what Postgres says from now on: another hub may have stored something a moment ago.
    private func withMembersAnew(
        _ then: @escaping @Sendable (isolated ConversationActor, ChatRefusal?) -> Void
    ) {
        guard isLoadingState else { return awaitMembers(then) }
        // What is on its way may have been asked before.
        awaitMembers { conversation, _ in conversation.awaitMembers(then) }
    }

    private func awaitMembers(_ then: @escaping @Sendable (isolated ConversationActor, ChatRefusal?) -> Void) {
        guard waitingForState.count < services.limits.waitingForLoad else { return then(self, .unavailable) }
        waitingForState.append(then)
        guard !isLoadingState else { return }
        isLoadingState = true
        Task { await self.loadMembers() }
    }

    private func loadMembers() async {
        var refusal: ChatRefusal?
        do throws(ConversationStoreError) {
            try await reload()
        } catch {
            refusal = .unavailable
        }
        isLoadingState = false
        let waiting = waitingForState
        waitingForState = []
        for then in waiting { then(self, refusal) }
    }

    /// Asks Postgres who is in the conversation. A change that is heard of meanwhile has it asked again.
    func reload() async throws(ConversationStoreError) {
        repeat {
            let (asked, before) = (services.now, doubts)
            let found: ConversationState?
            do throws(ConversationStoreError) {
                found = try await services.store.load(id)
            } catch {
                stateAt = nil
                throw error
            }
            // Somebody said meanwhile that it changed.
            guard before == doubts else { continue }
            guard let found else {
                // It is gone, and with it everybody who was in it.
                state.members = []
                stateAt = asked
                return
            }
            // Of two answers that cross, the older one is let go.
            guard stateAt == nil || found.membersVersion >= state.membersVersion else { continue }
            state.kind = found.kind
            state.members = found.members
            state.blocks = found.blocks
            state.membersVersion = found.membersVersion
            state.lastSeq = max(state.lastSeq, found.lastSeq)
            state.lastChange = max(state.lastChange, found.lastChange)
            stateAt = asked
        } while stateAt == nil
    }

    func isMember(_ user: UserID) -> Bool { state.members.contains { $0.user == user } }

    // MARK: Reading

    /// Reads a page of what the user may see, after what has been told to everybody so far is certain to reach them too:
    /// what a page lacks is told live, and the other way round.
    func page(for user: UserID, since: Int64, limit: Int, reply: @escaping PageReply) {
        lastUsed = services.now
        guard isMember(user), stateAt != nil else {
            return withMembers { conversation, refusal in
                if let refusal { return reply(.failure(refusal)) }
                conversation.readPage(for: user, since: since, limit: limit, reply: reply)
            }
        }
        readPage(for: user, since: since, limit: limit, reply: reply)
    }

    private func readPage(for user: UserID, since: Int64, limit: Int, reply: @escaping PageReply) {
        services.meters.pages.increment()
        // Asks Postgres, which the actor does not wait for; a session has one page on its way. Ends with the reply.
        Task { await self.findPage(for: user, since: since, limit: limit, reply: reply) }
    }

    private func findPage(for user: UserID, since: Int64, limit: Int, reply: PageReply) async {
        do throws(ConversationStoreError) {
            let page = try await services.store.messages(of: id, for: user, .since(since), limit: limit)
            reply(page.map { .success($0) } ?? .failure(.notFound))
        } catch {
            reply(.failure(.unavailable))
        }
    }

    /// Moves somebody's read mark; past the newest message it stands at that. Written behind, the furthest only.
    func read(upTo number: Int64, by user: UserID, from session: SessionID?, reply: @escaping CallReply) {
        lastUsed = services.now
        withMembers { conversation, refusal in
            if let refusal { return reply(refusal) }
            guard conversation.isMember(user) else { return reply(.notFound) }
            guard number > conversation.end else {
                return reply(conversation.note(number, of: user, from: session))
            }
            conversation.withMembersAnew { conversation, refusal in
                if let refusal { return reply(refusal) }
                guard conversation.isMember(user) else { return reply(.notFound) }
                guard number <= conversation.end else { return reply(.beyondEnd) }
                reply(conversation.note(number, of: user, from: session))
            }
        }
    }

    /// The greatest number that is known here.
    private var end: Int64 { max(delivered, state.lastSeq) }

    private func note(_ number: Int64, of user: UserID, from session: SessionID?) -> ChatRefusal? {
        guard services.marks.assumeIsolated({ $0.note(number, of: user, in: id) }) else { return .unavailable }
        marked(number, by: user, except: session)
        return nil
    }

    /// Tells how far somebody has read, unless it was told.
    func marked(_ number: Int64, by user: UserID, except session: SessionID?) {
        // Who came back has a mark that is further than the one from before.
        let known = max(reads[user] ?? 0, state.members.first { $0.user == user }?.readSeq ?? 0)
        guard number > known else { return }
        reads[user] = number
        tell(.read(id, user, sequence: number), .members, except: session)
    }
}

/// Hears of a page, on the conversation's loop.
typealias PageReply = @Sendable (Result<MessagePage, ChatRefusal>) -> Void

/// Hears whether something was done, on the conversation's loop.
typealias CallReply = @Sendable (ChatRefusal?) -> Void

extension Duration {
    /// Cut to whole milliseconds.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

package import Model
internal import Telemetry

/// The conversations in memory on one loop, and the way to them: one a loop.
///
/// A conversation is loaded when it is first asked for, once however many ask, and leaves memory when nobody has used it
/// for a while. A load that fails leaves nothing behind: the next who asks tries again.
package actor ConversationDirectory {
    package typealias Found = @Sendable (Result<ConversationActor, ChatRefusal>) -> Void

    nonisolated package var unownedExecutor: UnownedSerialExecutor { unsafe services.executor }

    private nonisolated let services: ConversationServices
    private var conversations: [ConversationID: ConversationActor] = [:]
    private var loads: [ConversationID: Load] = [:]
    private var sweep: (any ScheduledWork)?
    private var isClosed = false

    private struct Load {
        var waiting: [Found] = []
        /// Something of it changed since it was asked for.
        var isOutdated = false
    }

    package init(services: ConversationServices) { self.services = services }

    package var count: Int { conversations.count }

    /// The conversation if it is in memory.
    package func loaded(_ id: ConversationID) -> ConversationActor? { conversations[id] }

    /// Hands the conversation to `then`, on this loop: at once if it is in memory, else when it has been loaded.
    package func find(_ id: ConversationID, then: @escaping Found) {
        if let conversation = conversations[id] {
            then(.success(conversation))
        } else if isClosed {
            then(.failure(.stopping))
        } else if let load = loads[id] {
            guard load.waiting.count < services.limits.waitingForLoad else { return then(.failure(.unavailable)) }
            loads[id]?.waiting.append(then)
        } else if makeRoom() {
            loads[id] = Load(waiting: [then])
            Task { await self.load(id) }
        } else {
            then(.failure(.unavailable))
        }
    }

    /// Something of the conversation changed: if it is being loaded, it is asked for again.
    package func doubt(_ id: ConversationID) { loads[id]?.isOutdated = true }

    /// Calls `work` with every conversation in memory, and has those asked for again that are being loaded.
    package func changeAll(_ work: (isolated ConversationActor) -> Void) {
        for id in loads.keys { loads[id]?.isOutdated = true }
        for conversation in conversations.values { conversation.assumeIsolated(work) }
    }

    /// Lets go of everything; nothing can be found any more.
    package func close() {
        isClosed = true
        sweep?.cancel()
        sweep = nil
        let waiting = loads.values.flatMap(\.waiting)
        loads = [:]
        for conversation in conversations.values { conversation.assumeIsolated { $0.retire() } }
        services.meters.conversations.add(-conversations.count)
        conversations = [:]
        for then in waiting { then(.failure(.stopping)) }
    }

    // MARK: Loading

    private func load(_ id: ConversationID) async {
        while true {
            loads[id]?.isOutdated = false
            let found: Result<ConversationActor, ChatRefusal>
            do throws(ConversationStoreError) {
                let state = try await services.store.load(id)
                found = state.map { .success(ConversationActor($0, services: services)) } ?? .failure(.notFound)
            } catch {
                found = .failure(.unavailable)
            }
            guard let load = loads[id] else { return }
            if load.isOutdated, case .success = found { continue }
            loads[id] = nil
            if case .success(let conversation) = found {
                conversations[id] = conversation
                services.meters.conversations.add(1)
                awaitSweep()
            }
            for then in load.waiting { then(found) }
            return
        }
    }

    // MARK: Leaving memory

    private func awaitSweep() {
        guard sweep == nil, !conversations.isEmpty, !isClosed else { return }
        sweep = services.scheduler.schedule(after: services.limits.idle / 4) { [weak self] in
            self?.assumeIsolated { $0.sweepIdle() }
        }
    }

    private func sweepIdle() {
        sweep = nil
        unload(idleFor: services.limits.idle.wholeMilliseconds)
        awaitSweep()
    }

    /// At the bound, conversations that nobody uses at this moment leave early.
    private func makeRoom() -> Bool {
        guard conversations.count + loads.count >= services.limits.conversations else { return true }
        unload(idleFor: 0)
        return conversations.count + loads.count < services.limits.conversations
    }

    private func unload(idleFor milliseconds: Int64) {
        let moment = LiveInstant(milliseconds: services.now.milliseconds - milliseconds)
        let idle = conversations.filter { $0.value.assumeIsolated { $0.isIdle(since: moment) } }
        for (id, conversation) in idle {
            conversations[id] = nil
            conversation.assumeIsolated { $0.retire() }
        }
        services.meters.conversations.add(-idle.count)
    }
}

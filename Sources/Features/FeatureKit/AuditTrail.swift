package import EventLoop
internal import HTTP
package import Model
package import Persistence
package import Telemetry

/// The way into the audit log for all loops.
///
/// What changes something is noted in the same transaction (``Persistence/PostgresCustodyStore``) or before it is done
/// (``write(_:)``); what changes nothing, refused attempts and looks at lists, is counted by an ``AuditTally`` and written
/// behind, so that nobody can fill the log or hold a request up by trying.
package final class AuditTrail: Sendable {
    private let store: PostgresAuditStore
    private let clock: any LiveClock
    private let writers: [AuditWriter]

    /// - Parameter loops: Every loop that serves requests, in the order of their numbers.
    package init(database: Database, clock: any LiveClock, loops: [Loop], log: Logger) {
        store = PostgresAuditStore(database: database)
        self.clock = clock
        writers = loops.map { [store] in AuditWriter(on: $0, store: store, log: log) }
    }

    /// Notes what a caller did, or tried to, that changes nothing. On the request's loop.
    package func note(_ request: RouteRequest, _ outcome: AuditOutcome) {
        guard let entry = request.auditEntry(outcome, at: clock.now) else { return }
        writers[request.loop.index].note(entry)
    }

    /// Adds an entry, and returns when it is committed: before something is done that is not Postgres's.
    package func write(_ entry: AuditEntry) async throws(DeviceStoreError) { try await store.note([entry]) }

    /// Writes what was counted. When the hub stops.
    package func finish() async {
        for writer in writers { await writer.finish() }
    }
}

extension RouteRequest {
    /// What the audit log is to say of this request; nothing for a caller who is not known.
    package func auditEntry(
        _ outcome: AuditOutcome, at now: Timestamp, operation: String? = nil, target: String? = nil,
        affected: Int? = nil, detail: String? = nil
    ) -> AuditEntry? {
        let actor: AuditActor
        if let user = principal.user {
            actor = .user(user.id)
        } else if let key = principal.key {
            actor = .key(key.id, prefix: key.prefix)
        } else {
            return nil
        }
        return AuditEntry(
            at: now, actor: actor, operation: operation ?? route.operationID, target: target,
            outcome: outcome, affected: affected, detail: detail, requestID: id,
            clientAddress: origin.address.description)
    }
}

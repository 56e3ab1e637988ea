/// Who did what the audit log tells of.
package enum AuditActor: Hashable, Sendable {
    /// Whose key it was, and the key's first 8 characters, so that people recognise one that is gone.
    case key(APIKeyID, prefix: String)
    case user(UserID)
}

/// One operation of an administrator or on a device's data, and what came of it. It holds no position.
package struct AuditEntry: Hashable, Sendable {
    package var at: Timestamp
    package var actor: AuditActor
    /// The route's operation, such as `eraseDeviceData`.
    package var operation: String
    /// What it was done to: the id of a device or a session.
    package var target: String?
    package var outcome: AuditOutcome
    /// How many devices, sessions or locations, where that says something.
    package var affected: Int?
    /// How often it was done within the minute that the entry stands for; 1 where every time has its own entry.
    package var attempts: Int
    /// Parameters, in few words of the hub's own.
    package var detail: String?
    /// What the client saw as `X-Request-ID`.
    package var requestID: String
    package var clientAddress: String

    package init(
        at: Timestamp, actor: AuditActor, operation: String, target: String? = nil,
        outcome: AuditOutcome, affected: Int? = nil, attempts: Int = 1, detail: String? = nil, requestID: String,
        clientAddress: String
    ) {
        self.at = at
        self.actor = actor
        self.operation = operation
        self.target = target
        self.outcome = outcome
        self.affected = affected
        self.attempts = attempts
        self.detail = detail
        self.requestID = requestID
        self.clientAddress = clientAddress
    }
}

extension AuditEntry {
    package var key: APIKeyID? { if case .key(let key, _) = actor { key } else { nil } }
    package var keyPrefix: String? { if case .key(_, let prefix) = actor { prefix } else { nil } }
    package var user: UserID? { if case .user(let user) = actor { user } else { nil } }
}

/// How an audited operation ended.
package enum AuditOutcome: String, Hashable, Sendable, CaseIterable {
    /// It takes a while; another entry tells of its end, if the hub lives to see it.
    case started
    case done
    /// The caller had no right to it.
    case refused
    case notFound = "not_found"
    case conflict
    /// The client went away, or did not take the answer, before it was whole.
    case cutOff = "cut_off"
    case failed
}

/// An entry as it is kept.
package struct StoredAuditEntry: Hashable, Sendable {
    /// Greater than that of every entry written before.
    package var id: Int64
    package var entry: AuditEntry

    package init(id: Int64, entry: AuditEntry) {
        self.id = id
        self.entry = entry
    }
}

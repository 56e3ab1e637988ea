internal import Model

/// The statements of the audit log.
enum AuditStatements {
    static let columns = """
        at, key_id, key_prefix, operation, target, outcome, affected, attempts, detail, request_id, client_address, user_id
        """

    static let note = PostgresStatement(
        "core.note_audit",
        """
        INSERT INTO core.audit_log (\(columns))
        SELECT * FROM unnest(
            $1::timestamptz[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::int4[],
            $9::text[], $10::text[], $11::text[], $12::uuid[])
        """)

    static func noting(_ entries: [AuditEntry]) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append(column: entries) { $0.at }
        parameters.append(column: entries) { $0.key?.rawValue }
        parameters.append(column: entries) { $0.keyPrefix }
        parameters.append(column: entries) { $0.operation }
        parameters.append(column: entries) { $0.target }
        parameters.append(column: entries) { $0.outcome.rawValue }
        parameters.append(column: entries) { $0.affected.map(Int64.init) }
        parameters.append(column: entries) { Int32(clamping: $0.attempts) }
        parameters.append(column: entries) { $0.detail }
        parameters.append(column: entries) { $0.requestID }
        parameters.append(column: entries) { $0.clientAddress }
        parameters.append(column: entries) { $0.user?.rawValue }
        return PostgresQuery(note, parameters)
    }

    /// The newest first.
    static let page = PostgresStatement(
        "core.audit_page",
        """
        SELECT id, \(columns) FROM core.audit_log
        WHERE at >= $1::timestamptz AND at < $2::timestamptz AND (at, id) < ($3::timestamptz, $4::int8)
        ORDER BY at DESC, id DESC LIMIT $5::int
        """)

    /// The newest of one target.
    static let ofTarget = PostgresStatement(
        "core.audit_of_target",
        """
        SELECT id, \(columns) FROM core.audit_log WHERE target = $1::text ORDER BY id DESC LIMIT $2::int
        """)

    static let removal = PostgresStatement(
        "core.remove_old_audit", "SELECT core.remove_old_audit($1::timestamptz, $2::int)")

    static let forgetErasures = PostgresStatement(
        "core.forget_erasures", "DELETE FROM core.erasures WHERE erased_at < $1::timestamptz")
}

extension StoredAuditEntry {
    /// From `id` and ``AuditStatements/columns``; `nil` if one that cannot be null is.
    init?(row: PostgresRow) {
        guard let id = row.int64(0), let at = row.timestamp(1), let actor = AuditActor(row: row),
            let operation = row.text(4), let outcome = row.text(6).flatMap(AuditOutcome.init),
            let attempts = row.int32(8), let requestID = row.text(10), let address = row.text(11)
        else { return nil }
        self.init(
            id: id,
            entry: AuditEntry(
                at: at, actor: actor, operation: operation, target: row.text(5),
                outcome: outcome, affected: row.int64(7).map { Int(clamping: $0) }, attempts: Int(attempts),
                detail: row.text(9), requestID: requestID, clientAddress: address))
    }
}

extension AuditActor {
    /// From `id` and ``AuditStatements/columns``.
    fileprivate init?(row: PostgresRow) {
        if let key = row.uniqueID(2), let prefix = row.text(3) {
            self = .key(APIKeyID(key), prefix: prefix)
        } else if let user = row.uniqueID(12) {
            self = .user(UserID(user))
        } else {
            return nil
        }
    }
}

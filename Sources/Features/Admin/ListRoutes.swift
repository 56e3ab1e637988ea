internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AdminFeature {
    func addListRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/admin/keys", operationID: "listKeys", summary: "List API keys",
                description: "The newest first. Keys are made and revoked with `hubd keys`.", tag: AdminFeature.tag,
                callers: .admin, ratePolicies: AdminFeature.ratePolicies, parameters: [.limit, .cursor],
                responses: [RouteResponse(.ok, "A page of keys, without their secrets", .reference("AdminKeyPage"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await keys($0) }))
        registry.add(
            Route(
                .get, "/api/v1/admin/audit", operationID: "listAudit", summary: "Who did what, and what came of it",
                description: "The newest first.", tag: AdminFeature.tag, callers: .admin,
                ratePolicies: AdminFeature.ratePolicies,
                parameters: [
                    .query("from", .timestamp, "Not before this moment"),
                    .query("to", .timestamp, "Before this moment"),
                    .limit, .cursor,
                ],
                responses: [RouteResponse(.ok, "A page of the audit log", .reference("AuditPage"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await audit($0) }))
    }

    private func keys(_ request: RouteRequest) async throws -> HTTPResponse {
        var query = QueryReader(request.query)
        let limit = query.limit()
        let position = query.cursor(count: 2, of: "keys")
        try query.finish()
        let last = position.map { APIKeyID(UniqueID(high: $0[0], low: $0[1])) }
        let found = try await request.asking { () throws(DeviceStoreError) in
            try await custody.keys(after: last, limit: limit + 1)
        }
        core.audit.note(request, .done)
        let now = services.clock.now
        return .page("keys", found, limit: limit) { json, key in
            json.object {
                $0.member("id", key.id.rawValue)
                $0.member("prefix", key.prefix)
                $0.member("name", key.name)
                $0.member("admin", key.isAdmin)
                $0.member("active", key.isValid(at: now))
                $0.member("createdAt", key.createdAt)
                $0.member("expiresAt", key.expiresAt)
                $0.member("lastUsedAt", key.lastUsedAt)
            }
        } cursor: { key in
            PageCursor.encode([key.id.rawValue.high, key.id.rawValue.low], of: "keys")
        }
    }

    private func audit(_ request: RouteRequest) async throws -> HTTPResponse {
        var query = QueryReader(request.query)
        let (from, to, limit) = (query.moment("from"), query.moment("to"), query.limit())
        let list = "audit|\(from?.milliseconds ?? .min)|\(to?.milliseconds ?? .max)"
        let position = query.cursor(count: 2, of: list)
        if let from, let to, to < from { query.complain("to", "must not be before from") }
        try query.finish()
        let last = position.map {
            PostgresAuditStore.Position(
                at: Timestamp(milliseconds: Int64(bitPattern: $0[0])), id: Int64(bitPattern: $0[1]))
        }
        let found = try await request.asking { () throws(DeviceStoreError) in
            try await auditLog.page(from: from, to: to, after: last, limit: limit + 1)
        }
        core.audit.note(request, .done)
        return .page("entries", found, limit: limit) { json, stored in
            json.object { json in
                let entry = stored.entry
                json.member("id", stored.id)
                json.member("at", entry.at)
                json.member("keyId", entry.key?.rawValue)
                json.member("keyPrefix", entry.keyPrefix)
                json.member("userId", entry.user?.rawValue)
                json.member("operation", entry.operation)
                json.member("target", entry.target)
                json.member("outcome", entry.outcome.rawValue)
                json.member("affected", entry.affected)
                json.member("attempts", entry.attempts)
                json.member("detail", entry.detail)
                json.member("requestId", entry.requestID)
                json.member("clientAddress", entry.clientAddress)
            }
        } cursor: { stored in
            PageCursor.encode(
                [UInt64(bitPattern: stored.entry.at.milliseconds), UInt64(bitPattern: stored.id)], of: list)
        }
    }
}

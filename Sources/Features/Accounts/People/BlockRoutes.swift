internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension AccountsFeature {
    func addBlockRoutes(to registry: Registry) {
        registry.add(
            Route(
                .post, "/api/v1/blocks", operationID: "blockUser", summary: "Block somebody",
                description: """
                    They can neither message nor invite one nor see one's presence, and cannot tell. What is shared in a \
                    group stays shared. One who is blocked stays so.
                    """, tag: AccountsFeature.peopleTag, callers: .user,
                content: RequestContent(.object([.required("userId", .uuid)])),
                responses: [RouteResponse(.noContent, "They are blocked")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await block($0) }))
        registry.add(
            Route(
                .get, "/api/v1/blocks", operationID: "listBlocks", summary: "List whom one blocks",
                tag: AccountsFeature.peopleTag, callers: .user, parameters: [.limit, .cursor],
                responses: [RouteResponse(.ok, "The people", .reference("BlockList"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await listBlocks($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/blocks/{userId}", operationID: "unblockUser", summary: "Block somebody no longer",
                tag: AccountsFeature.peopleTag, callers: .user, parameters: [.path("userId", .uuid, "The user")],
                responses: [RouteResponse(.noContent, "They are not blocked")],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await unblock($0) }))
    }

    private func block(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try caller(of: request)
        let other = try AccountsFeature.userNamed(in: request)
        guard other != user else {
            let detail = FieldError(field: "userId", message: "userId must be somebody else's")
            throw Problem(.validationError, "Validation failed", details: [detail])
        }
        let outcome = try await request.asking { () throws(DeviceStoreError) in
            try await people.block(other, by: user, limit: peopleLimits.blocks, at: services.clock.now)
        }
        switch outcome {
        case .done: services.people.publish(.blocked(other, by: user))
        case .notFound: throw Problem(.notFound, "There is no such user")
        case .tooMany: throw Problem(.conflict, "A user may block at most \(peopleLimits.blocks) others")
        }
        return HTTPResponse(.noContent)
    }

    private func listBlocks(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try caller(of: request)
        var query = QueryReader(request.query)
        let limit = query.limit()
        let list = "blocks|\(user)"
        let position = query.cursor(count: 2, of: list).map { UserID(UniqueID(high: $0[0], low: $0[1])) }
        try query.finish()
        let found = try await request.asking { () throws(DeviceStoreError) in
            try await people.blocked(by: user, after: position, limit: limit + 1)
        }
        return .json(
            JSONWriter.bytes { json in
                json.object { json in
                    json.array("blocks", of: found.prefix(limit)) { json, blocked in
                        json.object { json in
                            json.member("userId", blocked.person.id.rawValue)
                            json.member("username", blocked.person.username)
                            json.member("displayName", blocked.person.displayName)
                            json.member("blockedAt", blocked.since)
                        }
                    }
                    if found.count > limit {
                        let last = found[limit - 1].person.id.rawValue
                        json.member("nextCursor", PageCursor.encode([last.high, last.low], of: list))
                    } else {
                        json.null("nextCursor")
                    }
                }
            })
    }

    private func unblock(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, other) = (try caller(of: request), try userID(of: request))
        let wasBlocked = try await request.asking { () throws(DeviceStoreError) in
            try await people.unblock(other, by: user)
        }
        guard wasBlocked else { throw Problem.notFound }
        services.people.publish(.unblocked(other, by: user))
        return HTTPResponse(.noContent)
    }
}

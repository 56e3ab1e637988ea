internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

extension ChatFeature {
    static let conversationParameter = RouteParameter.path("conversationId", .uuid, "The conversation")

    func addConversationRoutes(to registry: Registry) {
        registry.add(
            Route(
                .post, "/api/v1/conversations", operationID: "createConversation",
                summary: "Start a conversation",
                description: """
                    With one person (`direct`; a pair has one, which is answered with 200 if it is there) or with several \
                    (`group`). The conversation of a location group is there by itself. The other one of a direct \
                    conversation has it in their list from the first message on.
                    """,
                tag: ChatFeature.tag, callers: .user, content: RequestContent(.reference("NewConversation")),
                responses: [
                    RouteResponse(.created, "The conversation", .reference("Conversation")),
                    RouteResponse(.ok, "The pair's conversation, which was there", .reference("Conversation")),
                ],
                errors: [.notFound, .serviceUnavailable], isIdempotent: true, handler: .later { try await create($0) }))
        registry.add(
            Route(
                .get, "/api/v1/conversations", operationID: "listConversations", summary: "List one's conversations",
                description: """
                    The one in which something was said last comes first. One that was deleted for oneself comes back with \
                    the next message.
                    """,
                tag: ChatFeature.tag, callers: .user, parameters: [.limit, .cursor],
                responses: [RouteResponse(.ok, "A page of conversations", .reference("ConversationPage"))],
                errors: [.validationError, .serviceUnavailable], handler: .later { try await list($0) }))
        registry.add(
            Route(
                .get, "/api/v1/conversations/{conversationId}", operationID: "getConversation",
                summary: "Look at a conversation",
                description: "With its members, unless one has left it.", tag: ChatFeature.tag, callers: .user,
                parameters: [ChatFeature.conversationParameter],
                responses: [RouteResponse(.ok, "The conversation", .reference("Conversation"))],
                errors: [.notFound, .serviceUnavailable],
                handler: .later { request in
                    let id = try conversation(of: request)
                    return try await answer(request, id)
                }))
        registry.add(
            Route(
                .patch, "/api/v1/conversations/{conversationId}", operationID: "renameConversation",
                summary: "Rename a group conversation",
                description: "Any member may. Direct and location conversations have no name of their own: 409.",
                tag: ChatFeature.tag, callers: .user, parameters: [ChatFeature.conversationParameter],
                content: RequestContent(.object([.required("name", ChatSchemas.name)])),
                responses: [RouteResponse(.ok, "The conversation", .reference("Conversation"))],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await rename($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/conversations/{conversationId}", operationID: "deleteConversation",
                summary: "Delete a conversation for oneself",
                description: """
                    What has been said is gone for the caller alone, who stays a member: the next message brings the \
                    conversation back, without what was before. Who had left it never sees it again.
                    """,
                tag: ChatFeature.tag, callers: .user, parameters: [ChatFeature.conversationParameter],
                responses: [RouteResponse(.noContent, "It is gone")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await forget($0) }))
    }

    private func create(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try user(of: request)
        let wanted = try decoded { () throws(Refusal) in
            try core.decoder.decodeConversation(
                request.body, nameLengths: ConversationLimits.nameLengths, userCount: ConversationLimits.members - 1)
        }
        let now = services.clock.now
        switch wanted {
        case .direct(let other):
            if other == user { throw Problem.invalid("userId", "User ID must be another user's") }
            let opened = try await request.doing { () throws(ConversationStoreError) in
                try await store.openDirect(by: user, with: other, at: now)
            }
            if opened.isNew { live.publish(.added(opened.id, [user])) }
            return try await answer(request, opened.id, status: opened.isNew ? .created : .ok)
        case .group(let name, let users):
            let others = users.filter { $0 != user }
            let created = try await request.doing { () throws(ConversationStoreError) in
                try await store.createGroup(by: user, name: name, with: others, at: now)
            }
            live.publish(.added(created.id, [user] + created.added))
            return try await answer(request, created.id, status: .created)
        }
    }

    private func list(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try user(of: request)
        var query = QueryReader(request.query)
        let limit = query.limit()
        let list = "conversations|\(user)"
        let position = query.cursor(count: 3, of: list).map { words in
            (
                moment: PostgresMoment(rawValue: Int64(bitPattern: words[0])),
                id: ConversationID(UniqueID(high: words[1], low: words[2]))
            )
        }
        try query.finish()
        let found = try await request.asking { () throws(ConversationStoreError) in
            try await store.conversations(of: user, after: position, limit: limit + 1)
        }
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last : nil
        let cursor = next.map { last in
            PageCursor.encode(
                [UInt64(bitPattern: last.position.rawValue), last.id.rawValue.high, last.id.rawValue.low], of: list)
        }
        let now = services.clock.now
        return .json { json in
            json.array("conversations", of: page) { $0.value($1, at: now) }
            json.nullable("nextCursor", cursor)
        }
    }

    private func rename(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let name = try decoded { () throws(Refusal) in
            try core.decoder.decodeConversationName(request.body, lengths: ConversationLimits.nameLengths)
        }
        try await request.doing { () throws(ConversationStoreError) in try await store.rename(id, to: name, by: user) }
        live.publish(.renamed(id))
        return try await answer(request, id)
    }

    private func forget(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        try await request.doing { () throws(ConversationStoreError) in try await store.forget(id, user) }
        live.publish(.settings(id, of: user, .removed))
        return HTTPResponse(.noContent)
    }

    /// The conversation as it is now.
    func answer(_ request: RouteRequest, _ id: ConversationID, status: HTTPStatus = .ok) async throws -> HTTPResponse {
        let user = try user(of: request)
        let found = try await request.asking { () throws(ConversationStoreError) in
            try await store.conversation(id, for: user)
        }
        guard let found else { throw Problem(ConversationRefusal.notFound) }
        let now = services.clock.now
        return .json(JSONWriter.bytes { $0.value(found, at: now) }, status: status)
    }
}

internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

extension ChatFeature {
    func addMemberRoutes(to registry: Registry) {
        let memberList = Schema.object([.required("members", .array(of: .reference("ConversationMember")))])
        registry.add(
            Route(
                .get, "/api/v1/conversations/{conversationId}/members", operationID: "listConversationMembers",
                summary: "List who is in a conversation", tag: ChatFeature.tag, callers: .user,
                parameters: [ChatFeature.conversationParameter],
                responses: [RouteResponse(.ok, "Its members, at most 100 of a group conversation", memberList)],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await members($0) }))
        registry.add(
            Route(
                .post, "/api/v1/conversations/{conversationId}/members", operationID: "addConversationMembers",
                summary: "Add people to a group conversation",
                description: """
                    Any member may, also somebody who had left. Who is added sees what is said from then on. All are added \
                    or, if one of them has no account or there are too many, none. Who is in it already stays as they are.
                    """,
                tag: ChatFeature.tag, callers: .user, parameters: [ChatFeature.conversationParameter],
                content: RequestContent(.object([.required("userIds", ChatSchemas.users(from: 1))])),
                responses: [RouteResponse(.ok, "Its members", memberList)],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await add($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/conversations/{conversationId}/members/{userId}",
                operationID: "removeConversationMember", summary: "Remove somebody from a group conversation",
                description: "The owner may remove anybody. Who is removed sees nothing of it any more.",
                tag: ChatFeature.tag, callers: .user,
                parameters: [ChatFeature.conversationParameter, .path("userId", .uuid, "Who is removed")],
                responses: [RouteResponse(.noContent, "They are out")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await remove($0) }))
        registry.add(
            Route(
                .post, "/api/v1/conversations/{conversationId}/leave", operationID: "leaveConversation",
                summary: "Leave a group conversation",
                description: """
                    What was said until then can still be read. If the owner leaves, whoever has been in it longest is the \
                    next. A location group's conversation is left with the group.
                    """,
                tag: ChatFeature.tag, callers: .user, parameters: [ChatFeature.conversationParameter],
                responses: [RouteResponse(.noContent, "The caller is out")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await leave($0) }))
        registry.add(
            Route(
                .post, "/api/v1/conversations/{conversationId}/mute", operationID: "muteConversation",
                summary: "Be told of nothing new in a conversation for a while",
                description: "Until `until`; `null` ends it. Messages arrive all the same, without notifications.",
                tag: ChatFeature.tag, callers: .user, parameters: [ChatFeature.conversationParameter],
                content: RequestContent(.object([.optional("until", .nullable(.timestamp))])),
                responses: [RouteResponse(.ok, "The conversation", .reference("Conversation"))],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await mute($0) }))
    }

    private func members(_ request: RouteRequest) async throws -> HTTPResponse {
        try await memberList(request, try conversation(of: request))
    }

    private func memberList(_ request: RouteRequest, _ id: ConversationID) async throws -> HTTPResponse {
        let user = try user(of: request)
        let members = try await request.asking { () throws(ConversationStoreError) in
            try await store.members(of: [id], for: user)
        }
        guard let members = members[id] else { throw Problem(ConversationRefusal.notFound) }
        return .json { $0.array("members", of: members) { $0.value($1) } }
    }

    private func add(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let people = try decoded { () throws(Refusal) in
            try core.decoder.decodeNewMembers(request.body, counts: 1...ConversationLimits.members - 1)
        }
        let now = services.clock.now
        let added = try await request.doing { () throws(ConversationStoreError) in
            try await store.add(people, to: id, by: user, at: now)
        }
        live.publish(.added(id, added))
        return try await memberList(request, id)
    }

    private func remove(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        guard let person = UniqueID(request.parameter("userId")).map(UserID.init) else {
            throw Problem(ConversationRefusal.unknownUser)
        }
        let knewOfIt = try await request.doing { () throws(ConversationStoreError) in
            try await store.remove(person, from: id, by: user)
        }
        live.publish(.removed(id, knewOfIt ? [person] : []))
        return HTTPResponse(.noContent)
    }

    private func leave(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let now = services.clock.now
        try await request.doing { () throws(ConversationStoreError) in try await store.leave(id, user, at: now) }
        live.publish(.removed(id, [user]))
        return HTTPResponse(.noContent)
    }

    private func mute(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let until = try decoded { () throws(Refusal) in try core.decoder.decodeMute(request.body) }
        try await request.doing { () throws(ConversationStoreError) in try await store.mute(id, user, until: until) }
        live.publish(.settings(id, of: user, .updated))
        return try await answer(request, id)
    }
}

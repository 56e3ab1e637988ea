internal import FeatureKit
internal import HTTP
internal import Model
internal import Persistence
internal import Wire

/// Read marks and search.
extension ChatFeature {
    func addReadingRoutes(to registry: Registry) {
        registry.add(
            Route(
                .post, "/api/v1/conversations/{conversationId}/read", operationID: "markRead",
                summary: "Say how far one has read",
                description: """
                    The others hear of it. A mark never goes back: a smaller number changes nothing. One beyond the newest \
                    message is an error.
                    """,
                tag: ChatFeature.tag, callers: .user, parameters: [ChatFeature.conversationParameter],
                content: RequestContent(.object([.required("seq", .integer(minimum: 0))])),
                responses: [RouteResponse(.noContent, "It is noted")], errors: [.notFound, .serviceUnavailable],
                handler: .later { try await markRead($0) }))
        registry.add(
            Route(
                .get, "/api/v1/conversations/{conversationId}/reads", operationID: "listReads",
                summary: "See how far everybody has read", tag: ChatFeature.tag, callers: .user,
                parameters: [ChatFeature.conversationParameter],
                responses: [
                    RouteResponse(
                        .ok, "The marks of the members",
                        .object([
                            .required(
                                "reads",
                                .array(
                                    of: .object([
                                        .required("userId", .uuid), .required("seq", .integer(minimum: 0)),
                                    ])))
                        ]))
                ],
                errors: [.notFound, .serviceUnavailable], handler: .later { try await reads($0) }))
        registry.add(
            Route(
                .get, "/api/v1/conversations/search", operationID: "searchMessages",
                summary: "Search in one's conversations",
                description: """
                    Whole words without regard to case, `"phrases"`, `or`, and `-words` that must not be there. The newest \
                    comes first. What holds no word finds nothing.
                    """,
                tag: ChatFeature.tag, callers: .user,
                parameters: [
                    .query("q", .string(length: ConversationLimits.searchLengths), required: true, "What is searched"),
                    .limit, .cursor,
                ],
                responses: [
                    RouteResponse(
                        .ok, "A page of messages",
                        .object([
                            .required("messages", .array(of: .reference("Message"))),
                            .required("nextCursor", .nullable(.string()), "For the next page; null if there is none"),
                        ]))
                ],
                errors: [.missingField, .validationError, .serviceUnavailable],
                handler: .later { try await search($0) }))
    }

    private func markRead(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let seq = try decoded { () throws(Refusal) in try core.decoder.decodeReadSequence(request.body) }
        let mark = ReadMark(conversation: id, user: user, seq: seq)
        let outcomes = try await request.asking { () throws(ConversationStoreError) in try await store.mark([mark]) }
        switch outcomes.first {
        case .marked(let seq, let moved):
            if moved { live.publish(.read(id, by: user, seq: seq)) }
            return HTTPResponse(.noContent)
        case .beyondEnd: throw Problem.invalid("seq", "Sequence number must not be beyond the newest message")
        case .notMember, nil: throw Problem(ConversationRefusal.notFound)
        }
    }

    private func reads(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let members = try await request.asking { () throws(ConversationStoreError) in
            try await store.members(of: [id], for: user)
        }
        guard let members = members[id] else { throw Problem(ConversationRefusal.notFound) }
        return .json { json in
            json.array("reads", of: members) { json, member in
                json.object {
                    $0.member("userId", member.user.rawValue)
                    $0.member("seq", member.readSeq)
                }
            }
        }
    }

    private func search(_ request: RouteRequest) async throws -> HTTPResponse {
        let user = try user(of: request)
        var query = QueryReader(request.query)
        let limit = min(query.limit(), ConversationLimits.page)
        guard let text = query.text("q") else {
            let detail = FieldError(field: "q", message: "q is missing")
            throw Problem(.missingField, "A query parameter is missing", details: [detail])
        }
        let list = "search|\(user)|\(text)"
        let position = query.cursor(count: 4, of: list).map { words in
            PostgresConversationStore.FoundPosition(
                moment: PostgresMoment(rawValue: Int64(bitPattern: words[0])),
                conversation: ConversationID(UniqueID(high: words[1], low: words[2])),
                seq: Int64(bitPattern: words[3]))
        }
        if !ConversationLimits.searchLengths.contains(text.unicodeScalars.count) {
            query.complain("q", "must be between 1 and \(ConversationLimits.searchLengths.upperBound) characters")
        } else if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            query.complain("q", "must not contain control characters")
        }
        try query.finish()
        let found = try await request.asking { () throws(ConversationStoreError) in
            try await store.search(text, for: user, after: position, limit: limit + 1)
        }
        let page = found.prefix(limit)
        let last = found.count > limit ? page.last?.position : nil
        let cursor = last.map { last in
            PageCursor.encode(
                [
                    UInt64(bitPattern: last.moment.rawValue), last.conversation.rawValue.high,
                    last.conversation.rawValue.low, UInt64(bitPattern: last.seq),
                ], of: list)
        }
        return .json { json in
            json.array("messages", of: page) { json, found in json.object { $0.members(of: found.message) } }
            json.nullable("nextCursor", cursor)
        }
    }
}

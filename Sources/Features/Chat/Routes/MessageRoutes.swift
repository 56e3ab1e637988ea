internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

extension ChatFeature {
    /// The most bytes of a body with a text: 4,000 scalars, each written as two escapes, and the rest.
    static let textBody = 64 * 1024

    func addMessageRoutes(to registry: Registry) {
        registry.add(
            Route(
                .get, "/api/v1/conversations/{conversationId}/messages", operationID: "listMessages",
                summary: "Read a conversation",
                description: """
                    The newest messages; those after `since`; those before `before`; or, in the order of their changes, \
                    those that were edited, deleted or reacted to after `changedSince`. Otherwise in the order of their \
                    numbers. `more` tells whether there are others further in the same direction. Numbers may be missing: \
                    what a member may not see is not there for them.
                    """,
                tag: ChatFeature.tag, callers: .user,
                parameters: [
                    ChatFeature.conversationParameter,
                    .query("since", .integer(minimum: 0), "The number of a message, or 0"),
                    .query("before", .integer(minimum: 1), "The number of a message"),
                    .query("changedSince", .integer(minimum: 0), "The `lastChange` or `change` that is known"),
                    .query(
                        "limit", .integer(minimum: 1, maximum: ConversationLimits.page),
                        "Messages of a page; 100 if not given"),
                ],
                responses: [RouteResponse(.ok, "Messages", .reference("MessagePage"))],
                errors: [.notFound, .validationError, .serviceUnavailable], handler: .later { try await messages($0) }))
        registry.add(
            Route(
                .post, "/api/v1/conversations/{conversationId}/messages", operationID: "sendMessage",
                summary: "Send a message",
                description: """
                    It is stored when this answers, and goes to everybody who is connected. Sent again with the same \
                    `clientId`, it is not stored again: 200 tells what 201 told. White space at its ends and control \
                    characters are left out of a text.
                    """,
                tag: ChatFeature.tag, callers: .user, parameters: [ChatFeature.conversationParameter],
                content: RequestContent(.reference("NewMessage")),
                responses: [
                    RouteResponse(.created, "It is stored", .reference("SentMessage")),
                    RouteResponse(.ok, "It was", .reference("SentMessage")),
                ],
                errors: [.notFound, .serviceUnavailable], maximumBody: ChatFeature.textBody,
                handler: .later { try await send($0) }))
    }

    private func messages(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        var query = QueryReader(request.query)
        let limit = query.integer("limit", in: 1...ConversationLimits.page) ?? 100
        let since = query.integer("since", in: 0...Int.max)
        let before = query.integer("before", in: 1...Int.max)
        let changedSince = query.integer("changedSince", in: 0...Int.max)
        let given = ["since", "before", "changedSince"].filter { query.text($0) != nil }
        for name in given.dropFirst() { query.complain(name, "cannot be given with \(given[0])") }
        try query.finish()
        let range: MessageRange =
            if let since {
                .since(Int64(since))
            } else if let changedSince {
                .changedSince(Int64(changedSince))
            } else {
                .before(before.map(Int64.init) ?? .max)
            }
        let page = try await request.asking { () throws(ConversationStoreError) in
            try await store.messages(of: id, for: user, range, limit: limit)
        }
        guard let page else { throw Problem(ConversationRefusal.notFound) }
        return .json { json in
            json.array("messages", of: page.messages) { json, message in json.object { $0.members(of: message) } }
            json.member("more", page.hasMore)
            json.member("lastSeq", page.lastSeq)
            json.member("lastChange", page.lastChange)
        }
    }

    private func send(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let body = try decoded { () throws(Refusal) in try core.decoder.decodeChatMessage(request.body) }
        let message = NewMessage(
            conversation: id, sender: user, clientID: body.clientID, text: body.text, replyTo: body.replyTo,
            attachment: body.attachment)
        let outcome = try await request.asking { () throws(ConversationStoreError) in try await sender.send(message) }
        switch outcome {
        case .stored(let stored): return sent(id, stored.seq, stored.sentAt, status: .created)
        case .duplicate(let seq, let sentAt): return sent(id, seq, sentAt, status: .ok)
        case .notMember: throw Problem(ConversationRefusal.notFound)
        case .recipientBlocked: throw Problem(ConversationRefusal.recipientBlocked)
        case .unknownReply: throw Problem.invalid("replyTo", "Reply to must be the number of a message")
        }
    }

    private func sent(
        _ id: ConversationID, _ seq: Int64, _ sentAt: Timestamp, status: HTTPStatus
    ) -> HTTPResponse {
        .json(status) { json in
            json.member("conversation", id.rawValue)
            json.member("seq", seq)
            json.member("sentAt", sentAt)
        }
    }
}

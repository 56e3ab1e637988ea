internal import FeatureKit
internal import HTTP
internal import Model
internal import Wire

/// Edits, deletions and reactions.
extension ChatFeature {
    func addChangeRoutes(to registry: Registry) {
        let seqParameter = RouteParameter.path("seq", .integer(minimum: 1), "The message's number")
        let message = [ChatFeature.conversationParameter, seqParameter]
        registry.add(
            Route(
                .patch, "/api/v1/conversations/{conversationId}/messages/{seq}", operationID: "editMessage",
                summary: "Edit a message of one's own",
                description: "For 24 hours after it was sent; later it is a conflict.", tag: ChatFeature.tag,
                callers: .user, parameters: message,
                content: RequestContent(.object([.required("text", ChatSchemas.text)])),
                responses: [RouteResponse(.ok, "The message", .reference("Message"))],
                errors: [.notFound, .conflict, .serviceUnavailable], maximumBody: ChatFeature.textBody,
                handler: .later { try await edit($0) }))
        registry.add(
            Route(
                .delete, "/api/v1/conversations/{conversationId}/messages/{seq}", operationID: "deleteMessage",
                summary: "Delete a message of one's own, for everybody",
                description: """
                    For 24 hours after it was sent. Its number stays, without a text, an attachment or reactions.
                    """,
                tag: ChatFeature.tag, callers: .user, parameters: message,
                responses: [RouteResponse(.noContent, "It is deleted")],
                errors: [.notFound, .conflict, .serviceUnavailable], handler: .later { try await delete($0) }))
        let reaction =
            message + [.path("emoji", .string(length: 1...Emoji.greatestLength), "One emoji, percent-encoded")]
        for (method, operation, summary) in [
            (HTTPMethod.put, "addReaction", "React to a message"),
            (.delete, "removeReaction", "Take a reaction back"),
        ] {
            registry.add(
                Route(
                    method, "/api/v1/conversations/{conversationId}/messages/{seq}/reactions/{emoji}",
                    operationID: operation, summary: summary,
                    description: "With at most \(ConversationLimits.reactions) different emoji a person.",
                    tag: ChatFeature.tag, callers: .user, parameters: reaction,
                    responses: [RouteResponse(.noContent, "It is as asked")],
                    errors: [.notFound, .validationError, .conflict, .serviceUnavailable],
                    handler: .later { try await react($0, added: method == .put) }))
        }
    }

    private func edit(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let seq = try sequence(of: request)
        let text = try decoded { () throws(Refusal) in try core.decoder.decodeMessageText(request.body) }
        let now = services.clock.now
        let edited = try await request.doing { () throws(ConversationStoreError) in
            try await store.edit(seq, of: id, by: user, to: text, at: now)
        }
        live.publish(.edited(edited.stored, edited.change.audience))
        return .json { $0.members(of: edited.message) }
    }

    private func delete(_ request: RouteRequest) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let seq = try sequence(of: request)
        let now = services.clock.now
        let deleted = try await request.doing { () throws(ConversationStoreError) in
            try await store.delete(seq, of: id, by: user, at: now)
        }
        live.publish(.deleted(id, seq: seq, change: deleted.change, deleted.audience))
        return HTTPResponse(.noContent)
    }

    private func react(_ request: RouteRequest, added: Bool) async throws -> HTTPResponse {
        let (user, id) = (try user(of: request), try conversation(of: request))
        let seq = try sequence(of: request)
        guard let emoji = Emoji(request.parameter("emoji")) else {
            throw Problem.invalid("emoji", "Emoji must be one emoji")
        }
        let now = services.clock.now
        let reacted = try await request.doing { () throws(ConversationStoreError) in
            try await store.react(to: seq, of: id, by: user, with: emoji, added: added, at: now)
        }
        if let reacted {
            let change = ReactionChange(
                conversation: id, sequence: seq, emoji: emoji.rawValue, user: user, added: added,
                change: reacted.change)
            live.publish(.reacted(change, reacted.audience))
        }
        return HTTPResponse(.noContent)
    }
}

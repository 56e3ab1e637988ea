internal import FeatureKit
internal import HTTP
internal import Model
internal import Telemetry
internal import Wire

extension Problem {
    init(_ refusal: ConversationRefusal) {
        switch refusal {
        case .notFound: self.init(.notFound, "There is no such conversation")
        case .messageNotFound: self.init(.notFound, "There is no such message")
        case .unknownUser: self.init(.notFound, "There is no such user")
        case .forbidden: self.init(.forbidden, "You may not do this")
        case .tooLate: self.init(.conflict, "A message can be changed for 24 hours")
        case .recipientBlocked: self.init(.forbidden, "You have blocked this person")
        case .full: self.init(.conflict, "A conversation has at most \(ConversationLimits.members) members")
        case .fixedMembers: self.init(.conflict, "Who is in this conversation cannot be changed here")
        case .fixedName: self.init(.conflict, "This conversation has no name of its own")
        case .tooManyReactions:
            self.init(.conflict, "A message takes at most \(ConversationLimits.reactions) of your reactions")
        }
    }

    /// What a store could not do, without what only the log may know.
    init(_ error: ConversationStoreError) {
        switch error {
        case .unavailable: self = .databaseUnavailable
        case .refused, .failed: self = .internal
        }
    }

    /// One member of a body that only the conversation shows to be wrong.
    static func invalid(_ field: String, _ message: String) -> Problem {
        Problem(.validationError, "Validation failed", details: [FieldError(field: field, message: message)])
    }
}

extension RouteRequest {
    /// Asks a store of conversations, and answers what it could not do as a problem.
    func asking<Value>(
        _ body: () async throws(ConversationStoreError) -> Value
    ) async throws(Problem) -> Value {
        do throws(ConversationStoreError) {
            return try await body()
        } catch {
            switch error {
            case .unavailable: break
            case .refused(let state), .failed(let state):
                logger.error("conversation store failed", ["sql_state": .string(state)])
            }
            throw Problem(error)
        }
    }

    /// As above for what may be refused.
    func doing<Value>(
        _ body: () async throws(ConversationStoreError) -> Result<Value, ConversationRefusal>
    ) async throws(Problem) -> Value {
        switch try await asking(body) {
        case .success(let value): return value
        case .failure(let refusal): throw Problem(refusal)
        }
    }
}

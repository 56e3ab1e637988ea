internal import Model
package import Wire

/// Why something that was asked of a conversation is not done.
package enum ChatRefusal: Error, Hashable, Sendable {
    /// The conversation is none of theirs, or there is none: nobody can tell which.
    case notFound
    /// Only people write: the caller is a key, or a device without a person.
    case needsPerson
    /// `replyTo` names no message that they can see.
    case noSuchReply
    /// The text is none (``Model/MessageText``), for the reason given.
    case wrongText(String)
    /// Too many messages; may send again after so many seconds.
    case tooFast(retryAfter: Int)
    /// Too much waits already, or Postgres is away.
    case unavailable
    /// A read mark for a message that there is none of yet.
    case beyondEnd
    /// The other one of a direct conversation is blocked by the sender.
    case recipientBlocked
    /// The same message, or the same conversation, was asked for too often while it is on its way.
    case underWay
    /// Postgres does not take it, whatever the reason.
    case rowRefused
    case stopping

    /// As the protocol says it.
    package func refusal(re: Int64?) -> Refusal {
        switch self {
        case .notFound: Refusal(.notFound, message: "There is no such conversation", id: re)
        case .needsPerson: Refusal(.forbidden, message: "Sign in as a person for this", id: re)
        case .noSuchReply:
            Refusal(
                .validationError, message: "Validation failed",
                details: [FieldError(field: "replyTo", message: "There is no such message")], id: re)
        case .wrongText(let rule):
            Refusal(
                .validationError, message: "Validation failed", details: [FieldError(field: "text", message: rule)],
                id: re)
        case .beyondEnd:
            Refusal(
                .validationError, message: "Validation failed",
                details: [FieldError(field: "seq", message: "There is no message of that number yet")], id: re)
        case .recipientBlocked: Refusal(.forbidden, message: "Unblock this person to write to them", id: re)
        case .tooFast: Refusal(.rateLimitExceeded, message: "Too many messages", id: re)
        case .unavailable: Refusal(.serviceUnavailable, message: "Messages cannot be stored just now", id: re)
        case .underWay: Refusal(.conflict, message: "It is under way already", id: re)
        case .rowRefused: Refusal(.internal, message: "The message could not be stored", id: re)
        case .stopping: Refusal(.serviceUnavailable, message: "The hub is stopping", id: re)
        }
    }

    /// Seconds; nothing where coming back later changes nothing.
    package var retryAfter: Int? {
        switch self {
        case .tooFast(let seconds): seconds
        case .unavailable, .stopping: 1
        default: nil
        }
    }
}

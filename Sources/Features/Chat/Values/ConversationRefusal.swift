/// Why a request about a conversation is not done.
enum ConversationRefusal: Error, Hashable, Sendable {
    /// The caller does not see it, or there is none: nobody can tell which.
    case notFound
    /// The caller sees no such message, or it was deleted.
    case messageNotFound
    /// Somebody who was named has no account, or is not in the conversation.
    case unknownUser
    /// It is another's message, or takes a role that the caller does not have.
    case forbidden
    /// The message is older than ``ConversationLimits/changeTime``.
    case tooLate
    /// The caller blocks the other one of a direct conversation.
    case recipientBlocked
    /// It would have more people than ``ConversationLimits/members``.
    case full
    /// Who is in it follows from what it is: two people, or a location group's.
    case fixedMembers
    /// Only a group conversation has a name of its own.
    case fixedName
    /// The caller has as many reactions to the message as ``ConversationLimits/reactions`` allows.
    case tooManyReactions

    /// As the functions in `Migrations/0001_chat.sql` say it; nothing for an outcome that is no refusal.
    init?(outcome: String?) {
        switch outcome {
        case "not_member": self = .notFound
        case "not_found": self = .messageNotFound
        case "unknown_user": self = .unknownUser
        case "forbidden": self = .forbidden
        case "too_late": self = .tooLate
        case "blocked": self = .recipientBlocked
        case "full": self = .full
        case "fixed_members": self = .fixedMembers
        case "fixed_name": self = .fixedName
        default: return nil
        }
    }
}

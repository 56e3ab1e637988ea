package import Model
package import Wire

/// What those who are in a conversation hear of it.
package enum LiveEvent: Hashable, Sendable {
    case message(ChatMessage)
    case edited(ChatMessage)
    case deleted(ConversationID, sequence: Int64, change: Int64)
    case reaction(ReactionChange)
    case conversation(ConversationID, ConversationChange)
    case typing(ConversationID, UserID, isTyping: Bool)
    case read(ConversationID, UserID, sequence: Int64)
    case presence(UserPresence)

    /// Whether a client that cannot take it must be closed, because it would not learn of it otherwise. What passes by
    /// itself, or is asked for anew, is left out instead.
    var mustArrive: Bool {
        switch self {
        case .message, .edited, .deleted, .reaction, .conversation: true
        case .typing, .read, .presence: false
        }
    }

    /// Writes the message of the stream that says so.
    func write(to bytes: inout [UInt8]) {
        switch self {
        case .message(let message): HubMessageEncoder.message(message, to: &bytes)
        case .edited(let message): HubMessageEncoder.edited(message, to: &bytes)
        case .deleted(let conversation, let sequence, let change):
            HubMessageEncoder.deleted(sequence, in: conversation, change: change, to: &bytes)
        case .reaction(let reaction): HubMessageEncoder.reaction(reaction, to: &bytes)
        case .conversation(let conversation, let change):
            HubMessageEncoder.conversation(conversation, change, to: &bytes)
        case .typing(let conversation, let user, let isTyping):
            HubMessageEncoder.typing(isTyping, by: user, in: conversation, to: &bytes)
        case .read(let conversation, let user, let sequence):
            HubMessageEncoder.read(upTo: sequence, by: user, in: conversation, to: &bytes)
        case .presence(let presence): HubMessageEncoder.userPresence(presence, to: &bytes)
        }
    }
}

/// Hands on what a conversation tells, to whoever of the audience is there. On the conversation's loop.
package protocol ConversationOutlet: AnyObject, Sendable {
    /// - Parameter session: Gets nothing: it asked for this, and is answered.
    func tell(_ event: LiveEvent, to audience: [UserID], except session: SessionID?)

    /// A message was stored: whoever of its audience is nowhere is to be notified. Called once a message and person.
    func notify(_ audience: [ConversationMember], of message: ChatMessage, kind: ConversationKind)

    /// Whether somebody wants to look as if they were not there.
    func isInvisible(_ user: UserID) -> Bool
}

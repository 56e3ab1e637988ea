internal import Model

/// What goes from loop to loop, in the order in which one loop sent it to another.
enum ChatParcel: Sendable {
    /// For the loop of the conversation.
    case request(ConversationID, ConversationRequest)
    /// For the loop of the session.
    case answer(SessionID, SessionAnswer)
    /// For every loop with sessions of those who hear it.
    case event(LiveEvent, to: [UserID], except: SessionID?)
}

/// What is asked of a conversation; the closures are called on its loop.
enum ConversationRequest: Sendable {
    case send(NewMessage, from: SessionID?, SendReply)
    case type(Bool, by: UserID, from: SessionID, CallReply)
    case read(Int64, by: UserID, from: SessionID, CallReply)
    case page(since: Int64, limit: Int, for: UserID, PageReply)

    /// Tells whoever asked that it cannot be done.
    func refuse(_ refusal: ChatRefusal) {
        switch self {
        case .send(_, _, let reply): reply(.failure(refusal))
        case .type(_, _, _, let reply), .read(_, _, _, let reply): reply(refusal)
        case .page(_, _, _, let reply): reply(.failure(refusal))
        }
    }

    func make(of conversation: isolated ConversationActor) {
        switch self {
        case .send(let message, let session, let reply): conversation.send(message, from: session, reply: reply)
        case .type(let isTyping, let user, let session, let reply):
            conversation.type(isTyping, by: user, from: session, reply: reply)
        case .read(let number, let user, let session, let reply):
            conversation.read(upTo: number, by: user, from: session, reply: reply)
        case .page(let since, let limit, let user, let reply):
            conversation.page(for: user, since: since, limit: limit, reply: reply)
        }
    }
}

/// What a session is answered.
enum SessionAnswer: Sendable {
    case sent(re: Int64?, ConversationID, Result<AppendOutcome, ChatRefusal>)
    /// - Parameter isConfirmed: Whether the protocol has an `ok` for it.
    case called(re: Int64?, ChatRefusal?, isConfirmed: Bool)
    case page(ConversationID, Result<MessagePage, ChatRefusal>)
}

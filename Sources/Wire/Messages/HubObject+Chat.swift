import Model

extension HubObject {
    /// A message of conversations or of people's presence; nothing if `type` is none.
    func chatMessage(of type: String) throws(Refusal) -> HubMessage? {
        switch type {
        case "message": return .message(try storedMessage())
        case "messages": return .messages(try page())
        case "edited": return .edited(try storedMessage())
        case "deleted":
            return .deleted(
                ConversationID(try uniqueID("conversation")), sequence: try integer("seq"),
                change: try integer("change"))
        case "reaction":
            return .reaction(
                ReactionChange(
                    conversation: ConversationID(try uniqueID("conversation")), sequence: try integer("seq"),
                    emoji: try string("emoji"), user: UserID(try uniqueID("userId")), added: try boolean("added"),
                    change: try integer("change")))
        case "conversation":
            // What this version does not know is a reason to look again, as an update is.
            return .conversation(
                ConversationID(try uniqueID("conversation")),
                ConversationChange(rawValue: try string("change")) ?? .updated)
        case "userPresence":
            return .userPresence(
                UserPresence(
                    user: UserID(try uniqueID("userId")),
                    status: PresenceStatus(rawValue: try string("status")) ?? .online, note: optionalString("note"),
                    lastSeenAt: try optionalTimestamp("lastSeenAt")))
        case "typing":
            return .typing(
                ConversationID(try uniqueID("conversation")), UserID(try uniqueID("userId")),
                isTyping: try boolean("typing"))
        case "read":
            return .read(
                ConversationID(try uniqueID("conversation")), UserID(try uniqueID("userId")),
                sequence: try integer("seq"))
        default: return nil
        }
    }

    /// A message as the stream and REST have it.
    func storedMessage() throws(Refusal) -> ChatMessage {
        var reactions: [ChatMessage.Reaction] = []
        for object in optionalObjects("reactions") {
            reactions.append(
                ChatMessage.Reaction(
                    emoji: try object.string("emoji"), users: object.optionalIDs("userIds").map { UserID($0) }))
        }
        return ChatMessage(
            conversation: ConversationID(try uniqueID("conversation")), sequence: try integer("seq"),
            clientID: try uniqueID("clientId"), from: try optionalObject("from")?.sender(),
            text: optionalString("text"), sentAt: try timestamp("sentAt"),
            editedAt: try optionalTimestamp("editedAt"), deletedAt: try optionalTimestamp("deletedAt"),
            change: optionalInteger("change"), replyTo: optionalInteger("replyTo"),
            attachment: try optionalObject("attachment")?.attachment(), reactions: reactions)
    }

    private func sender() throws(Refusal) -> ChatMessage.Sender {
        ChatMessage.Sender(user: UserID(try uniqueID("userId")), displayName: try string("displayName"))
    }

    /// Nothing for a kind this version does not know.
    private func attachment() throws(Refusal) -> ChatAttachment? {
        switch try string("type") {
        case "location":
            .location(
                latitude: try double("latitude"), longitude: try double("longitude"), name: optionalString("name"))
        case "place": .place(try uniqueID("placeId"), name: optionalString("name"))
        default: nil
        }
    }

    private func page() throws(Refusal) -> ChatPage {
        var messages: [ChatMessage] = []
        for object in try objects("messages") { messages.append(try object.storedMessage()) }
        return ChatPage(
            re: optionalInteger("re"), conversation: ConversationID(try uniqueID("conversation")), messages: messages,
            more: try boolean("more"))
    }
}

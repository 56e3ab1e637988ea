import Model
import Wire

/// Finds the conversation that somebody means. Blocks its thread.
enum ConversationName {
    /// - Parameter text: A conversation's id, its name or its group's id, or `@username`, which begins a conversation with
    ///   that person if there is none.
    /// - Throws: ``ExitCode/badData`` where there is none, or more than one of that name.
    static func resolve(_ text: String, _ api: PersonAPI) throws(CommandFailure) -> JSONValue {
        if text.hasPrefix("@") {
            let person = try PersonName.resolve(text, api)
            return try api.call(
                .post, "/api/v1/conversations",
                .object([("kind", .string("direct")), ("userId", .string(person.id))]))
        }
        if let id = UniqueID(text) { return try api.call(.get, "/api/v1/conversations/\(id)") }
        let ownId = try api.ownId()
        let found = try api.list("/api/v1/conversations?limit=100", "conversations").filter {
            ChatCommands.name($0, for: ownId) == text || $0["groupId"]?.string == text
        }
        guard let conversation = found.first else {
            throw .badData("you have no conversation '\(PlainText.line(text))'; 'hubctl conversations' lists them")
        }
        guard found.count == 1 else {
            throw .badData("there are \(found.count) conversations '\(PlainText.line(text))'; name it by its id")
        }
        return conversation
    }
}

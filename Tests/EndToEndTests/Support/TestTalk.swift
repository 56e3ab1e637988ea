import Model
import Wire

/// A conversation of people of a test.
struct TestTalk: Sendable {
    let id: ConversationID

    /// A group conversation that the first of them makes.
    static func group(_ people: [TestPerson]) async throws -> TestTalk {
        let others = people.dropFirst().map { "\"\($0.id)\"" }.joined(separator: ",")
        let answer = try await people[0].post(
            "/api/v1/conversations", #"{"kind":"group","name":"Talk","userIds":[\#(others)]}"#)
        return try TestTalk(answer, 201)
    }

    private init(_ answer: HTTPAnswer, _ status: Int) throws {
        guard answer.status == status, let id = answer.json["id"]?.string.flatMap({ UniqueID($0) }) else {
            throw UnexpectedAnswer(answer: answer)
        }
        self.id = ConversationID(id)
    }

    func draft(_ text: String, _ name: UniqueID = .version7(at: .now)) -> ClientMessage {
        .message(.init(conversation: id, clientID: name, text: text))
    }

    var everything: ClientMessage { .sync([.init(conversation: id, since: 0)]) }
}

extension TestClient {
    /// Sends a text and returns its number, which must come.
    func say(_ text: String, in talk: TestTalk, _ name: UniqueID = .version7(at: .now)) async throws -> Int64 {
        let reply = try await ask(talk.draft(text, name))
        guard case .messageStored(_, talk.id, let number, _) = reply else { throw Unexpected(what: "\(reply)") }
        return number
    }

    /// The next message of a conversation.
    func hear(in talk: TestTalk) async throws -> ChatMessage {
        try await first("a message") {
            if case .message(let message) = $0, message.conversation == talk.id { message } else { nil }
        }
    }

    /// Everything of a conversation after `since`, page by page, until it is told that this is all.
    func catchUp(_ talk: TestTalk, since: Int64 = 0) async throws -> [ChatMessage] {
        let id: Int64 = 900_000
        await send(.sync([.init(conversation: talk.id, since: since)]), id: id)
        var messages: [ChatMessage] = []
        while true {
            switch try await next() {
            case .messages(let page) where page.re == id: messages += page.messages
            case .ok(re: id): return messages
            case .error(let failure) where failure.re == id: throw Unexpected(what: failure.rawCode)
            default: break
            }
        }
    }
}

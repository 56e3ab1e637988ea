import EventLoop
import HubTesting
import Model
import Persistence
import Wire

@testable import Chat

/// A database of its own for one test, with people in it.
struct ChatFixture: Sendable {
    let loops: LoopGroup
    let database: Database
    let test: TestDatabase
    let store: PostgresConversationStore
    let people: [UserID]

    var ada: UserID { people[0] }
    var ben: UserID { people[1] }
    var cleo: UserID { people[2] }
    var dan: UserID { people[3] }

    /// When things happen, if a test does not say.
    static let now = Timestamp(milliseconds: 1_700_000_000_000)

    static func with<Value>(
        people count: Int = 4, loops loopCount: Int = 2, _ body: (ChatFixture) async throws -> Value
    ) async throws -> Value {
        guard let area = ChatFeature.migrations else { preconditionFailure("conversations have a schema") }
        let test = try await TestPostgres.shared.database(areas: [area])
        let loops = try LoopGroup.start(count: loopCount)
        let database = Database(url: test.url, limits: .patient(), on: loops.loops)
        database.start()
        let people = (0..<count).map { _ in UserID(.version7(at: now)) }
        let fixture = ChatFixture(
            loops: loops, database: database, test: test, store: PostgresConversationStore(database: database),
            people: people)
        do {
            for (number, person) in people.enumerated() { try await fixture.addPerson(person, "person\(number)") }
            let value = try await body(fixture)
            await fixture.end()
            return value
        } catch {
            await fixture.end()
            throw error
        }
    }

    private func end() async {
        await database.close()
        await loops.stop()
        try? await test.drop()
    }

    /// Runs a query given as text.
    @discardableResult
    func query(_ sql: String, _ parameters: (any PostgresEncodable)?...) async throws -> PostgresResult {
        var encoded = PostgresParameters()
        for parameter in parameters {
            if let parameter { encoded.append(parameter) } else { encoded.append(Int32?.none) }
        }
        return try await database.query(PostgresQuery(PostgresStatement(sql, sql), encoded))
    }

    func count(_ from: String) async throws -> Int {
        Int(try await query("SELECT count(*) FROM \(from)")[0].int64(0) ?? -1)
    }

    private func addPerson(_ id: UserID, _ name: String) async throws {
        try await query(
            "INSERT INTO core.users (id, username, username_key, display_name) VALUES ($1::uuid, $2, $2, $2)",
            id.rawValue, name)
    }

    func erase(_ person: UserID) async throws {
        try await query("DELETE FROM core.users WHERE id = $1::uuid", person.rawValue)
    }

    func block(_ blocked: UserID, by blocker: UserID) async throws {
        try await query(
            "INSERT INTO core.blocks (blocker_id, blocked_id) VALUES ($1::uuid, $2::uuid) ON CONFLICT DO NOTHING",
            blocker.rawValue, blocked.rawValue)
    }

    func unblock(_ blocked: UserID, by blocker: UserID) async throws {
        try await query(
            "DELETE FROM core.blocks WHERE blocker_id = $1::uuid AND blocked_id = $2::uuid", blocker.rawValue,
            blocked.rawValue)
    }

    func addGroup(_ name: String) async throws {
        try await query("INSERT INTO core.groups (id, name) VALUES ($1, $2)", name, "The \(name)s")
    }

    func join(_ group: String, _ person: UserID, role: String = "member") async throws {
        try await query(
            "INSERT INTO core.group_members (group_id, user_id, role) VALUES ($1, $2::uuid, $3)", group,
            person.rawValue, role)
    }

    func quit(_ group: String, _ person: UserID) async throws {
        try await query(
            "DELETE FROM core.group_members WHERE group_id = $1 AND user_id = $2::uuid", group, person.rawValue)
    }

    func conversation(of group: String) async throws -> ConversationID {
        guard let group = GroupID(group), let id = try await store.conversation(of: group) else {
            throw Missing(what: "conversation")
        }
        return id
    }

    func direct(_ one: UserID, _ other: UserID) async throws -> ConversationID {
        try await store.openDirect(by: one, with: other, at: ChatFixture.now).get().id
    }

    func group(_ people: [UserID]) async throws -> ConversationID {
        try await store.createGroup(
            by: people[0], name: "Group", with: Array(people.dropFirst()), at: ChatFixture.now
        ).get().id
    }

    /// Sends a text and says what became of it.
    @discardableResult
    func send(
        _ text: String, to id: ConversationID, by sender: UserID, at now: Timestamp = ChatFixture.now,
        clientID: UniqueID = .version7(at: ChatFixture.now), replyTo: Int64? = nil, attachment: ChatAttachment? = nil
    ) async throws -> AppendOutcome {
        let message = NewMessage(
            conversation: id, sender: sender, clientID: clientID, text: try MessageText(text), replyTo: replyTo,
            attachment: attachment)
        guard let outcome = try await store.append([message], at: now).first else { throw Missing(what: "outcome") }
        return outcome
    }

    /// The texts that somebody sees of a conversation; nothing if they see no conversation.
    func texts(_ id: ConversationID, for user: UserID) async throws -> [String?]? {
        try await store.messages(of: id, for: user, .since(0), limit: 1000)?.messages.map(\.text)
    }

    /// The conversations in somebody's list.
    func list(_ user: UserID) async throws -> [ConversationID] {
        try await store.conversations(of: user, after: nil, limit: 1000).map(\.id)
    }

    func found(_ words: String, by user: UserID) async throws -> [String?] {
        try await store.search(words, for: user, after: nil, limit: 1000).map(\.message.text)
    }

    struct Missing: Error { let what: String }
}

extension AppendOutcome {
    /// The number of a message that was stored now.
    var storedSeq: Int64? {
        if case .stored(let stored) = self { stored.seq } else { nil }
    }
}

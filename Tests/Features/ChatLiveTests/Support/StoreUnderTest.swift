import Chat
import EventLoop
import HubTesting
import Model
import Persistence

/// The stores that must behave alike.
enum StoreUnderTest: String, CaseIterable, Sendable {
    case memory
    case postgres

    /// Runs `body` with a conversation of a kind in which `people` are, in a store of its own.
    func with(
        _ talk: ConversationID, _ kind: ConversationKind, _ people: [UserID],
        _ body: (any ConversationStore, (Block) async throws -> Void) async throws -> Void
    ) async throws {
        switch self {
        case .memory:
            let store = InMemoryConversationStore()
            store.add(talk, kind: kind, people)
            try await body(store) { store.block($0, in: talk) }
        case .postgres:
            try await ChatDatabase.with { chat in
                for person in people { try await chat.addUser(person) }
                try await chat.add(talk, kind, people)
                try await body(PostgresConversationStore(database: chat.database)) { try await chat.block($0) }
            }
        }
    }
}

/// A real database with the schema of conversations.
struct ChatDatabase {
    let test: TestDatabase
    let database: Database

    static func with(_ body: (ChatDatabase) async throws -> Void) async throws {
        let areas = ChatFeature.migrations.map { [$0] } ?? []
        let test = try await TestPostgres.shared.database(areas: areas)
        let loop = try Loop.start()
        let database = Database(url: test.url, limits: .patient(), on: [loop])
        database.start()
        do {
            try await body(ChatDatabase(test: test, database: database))
            await database.close()
            await loop.stop()
            try await test.drop()
        } catch {
            await database.close()
            await loop.stop()
            try? await test.drop()
            throw error
        }
    }

    func run(_ sql: String) async throws {
        _ = try await database.query(PostgresQuery(PostgresStatement("test.\(UInt(bitPattern: sql.hashValue))", sql)))
    }

    func addUser(_ user: UserID) async throws {
        try await run(
            """
            INSERT INTO core.users (id, username, username_key, display_name)
            VALUES ('\(user)', 'u\(user.rawValue.low)', 'u\(user.rawValue.low)', 'Person')
            """)
    }

    func add(_ talk: ConversationID, _ kind: ConversationKind, _ people: [UserID]) async throws {
        let name = kind == .group ? "'Talk'" : "NULL"
        let pair = people.sorted().prefix(2).map { "'\($0)'" }
        let (low, high) = kind == .direct ? (pair[0], pair[1]) : ("NULL", "NULL")
        try await run(
            """
            INSERT INTO chat.conversations (id, kind, name, pair_low, pair_high, created_at)
            VALUES ('\(talk)', '\(kind.rawValue)', \(name), \(low), \(high), now())
            """)
        for person in people {
            try await run(
                "INSERT INTO chat.members (conversation_id, user_id, joined_at) VALUES ('\(talk)', '\(person)', now())")
        }
    }

    func block(_ block: Block) async throws {
        try await run(
            "INSERT INTO core.blocks (blocker_id, blocked_id) VALUES ('\(block.blocker)', '\(block.blocked)')")
    }
}

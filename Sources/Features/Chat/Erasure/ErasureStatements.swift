internal import Persistence

/// The statements of ``PostgresChatErasureStore``; each is one slice.
enum ErasureStatements {
    /// $1 user, $2 the most conversations.
    static let withdraw = PostgresStatement(
        "chat.withdraw", "SELECT removed, touched FROM chat.withdraw($1::uuid, $2::int)")

    /// $1 user, $2 the most rows.
    static let erasePerson = PostgresStatement(
        "chat.erase_person", "SELECT removed, touched FROM chat.erase_person($1::uuid, $2::int)")

    /// $1 conversation, $2 the most rows.
    static let eraseConversation = PostgresStatement(
        "chat.erase_conversation", "SELECT chat.erase_conversation($1::uuid, $2::int)")
}

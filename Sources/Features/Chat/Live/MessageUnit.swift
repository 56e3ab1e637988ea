internal import Model
internal import Persistence

/// A message on its way to Postgres, and whose it is.
struct MessageUnit: WriteBehindUnit {
    let message: NewMessage
    /// The conversation that numbers it; hears how it ended.
    let conversation: ConversationActor

    var rowCount: Int { 1 }
}

/// How a write ended that is not an ``AppendOutcome``.
enum AppendFailure: Hashable, Sendable {
    /// Postgres refused this message and no other of its batch.
    case rowRefused
    /// The hub stops, and Postgres did not take it in time.
    case stopping
}

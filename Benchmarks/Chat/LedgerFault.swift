/// What a member has seen and must never see.
enum LedgerFault: Hashable, Sendable {
    /// A message came though one before it had not, and it is none of the member's own that are on their way.
    case gap
    /// A live message came again on one connection, after the member had caught up.
    case twice
    /// Two messages under one number.
    case twoUnderOneNumber
    /// One message under two numbers, or acknowledged under two.
    case twoNumbers
    /// A number below 1.
    case noNumber
    /// A message that nobody of this run sent to this conversation.
    case stranger
    /// A message whose text or sender is not what was sent.
    case changed

    var description: String {
        switch self {
        case .gap: "came before those with lower numbers"
        case .twice: "came twice on one connection"
        case .twoUnderOneNumber: "had the number of another"
        case .twoNumbers: "had two numbers"
        case .noNumber: "had no number"
        case .stranger: "were sent by nobody"
        case .changed: "were not as they were sent"
        }
    }
}

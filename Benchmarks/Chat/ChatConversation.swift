import Glibc
import Measuring
import Model
import Wire

/// A conversation under load: who is in it, and when what they sent was first on its way.
///
/// Every member receives the same bytes, so a message is read once and recognised after that by comparing bytes. Confined
/// to its worker's loop once that has begun.
final class ChatConversation {
    /// An own message of a member.
    struct Sending {
        /// When it was due, or could first be sent; ``MonotonicTime``.
        var begun: UInt64
        /// How often it was written.
        var times = 0
    }

    /// What a message of the hub's says, as far as it counts here.
    enum Reading {
        case message(Int64, MessageName)
        case fault(LedgerFault)
    }

    let id: ConversationID
    /// Its place in the run.
    let index: Int
    let run: UInt32
    private(set) var members: [ChatMember] = []
    /// By member and number.
    var sendings: [[Sending]] = []

    private var known: [(bytes: [UInt8], reading: Reading)] = []
    private var next = 0
    private static let remembered = 32

    init(id: ConversationID, index: Int, run: UInt32) {
        self.id = id
        self.index = index
        self.run = run
    }

    func add(_ member: ChatMember) {
        members.append(member)
        sendings.append([])
    }

    /// Reads a live message; nothing if the bytes are something else.
    func live(_ text: RawSpan) -> Reading? {
        for one in known where one.bytes.count == text.byteCount && ChatConversation.isEqual(one.bytes, text) {
            return one.reading
        }
        guard case .message(let message)? = try? HubMessageDecoder.decode(text) else { return nil }
        let entry = (unsafe text.withUnsafeBytes { unsafe Array($0) }, read(message))
        if known.count < ChatConversation.remembered {
            known.append(entry)
        } else {
            known[next] = entry
            next = (next + 1) % known.count
        }
        return entry.1
    }

    /// Compares a message with what its sender wrote.
    func read(_ message: ChatMessage) -> Reading {
        guard message.conversation == id,
            let name = MessageName(message.clientID, run: run, conversation: index),
            members.indices.contains(name.member)
        else { return .fault(.stranger) }
        guard message.text == name.text, message.from?.user == members[name.member].account.user else {
            return .fault(.changed)
        }
        return .message(message.sequence, name)
    }

    /// Whether every member has every message of every member.
    var isSettled: Bool {
        let count = sendings.reduce(0) { $0 + $1.count }
        return members.allSatisfy {
            $0.ledger.unacknowledged == 0 && $0.ledger.isWhole && $0.ledger.log.count == count
        }
    }

    /// Whether two texts of the same length are the same.
    private static func isEqual(_ left: [UInt8], _ right: RawSpan) -> Bool {
        unsafe right.withUnsafeBytes { right in
            unsafe left.withUnsafeBytes { left in
                guard let leftBytes = left.baseAddress, let rightBytes = right.baseAddress else { return true }
                return unsafe memcmp(leftBytes, rightBytes, left.count) == 0
            }
        }
    }
}

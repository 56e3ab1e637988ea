import Chat
import HubTesting
import Model
import Telemetry
import Wire

func user(_ number: UInt64) -> UserID { UserID(UniqueID(high: 0x7000, low: number)) }

func conversation(_ number: UInt64) -> ConversationID { ConversationID(UniqueID(high: 0x7001, low: number)) }

func clientID(_ number: UInt64) -> UniqueID { UniqueID(high: 0x7002, low: number) }

func session(_ number: UInt64) -> SessionID { SessionID(UniqueID(high: 0x7003, low: number)) }

func text(_ raw: String) -> MessageText {
    guard let text = try? MessageText(raw) else { preconditionFailure("a test's text is one") }
    return text
}

func message(
    _ number: UInt64, from sender: UserID, in talk: ConversationID, _ raw: String = "hello", replyTo: Int64? = nil
) -> NewMessage {
    NewMessage(
        conversation: talk, sender: sender, clientID: clientID(number), text: text(raw), replyTo: replyTo)
}

func seq(_ outcome: AppendOutcome) -> Int64? {
    switch outcome {
    case .stored(let stored): stored.seq
    case .duplicate(let seq, _): seq
    default: nil
    }
}

extension LiveEvent {
    var message: ChatMessage? { if case .message(let message) = self { message } else { nil } }
}

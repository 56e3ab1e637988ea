/// Why a connection was failed (RFC 6455, 7.1.7): what the peer did that the protocol forbids.
///
/// ``code`` is the status code of the Close frame that tells the peer, ``description`` its reason.
package enum WebSocketFault: Error, Equatable, Sendable {
    /// RSV1–3 set without an extension that gives them a meaning (5.2).
    case reservedBits
    /// Opcode 3–7 or 11–15 (5.2).
    case reservedOpcode(UInt8)
    /// A frame of a client without a mask (5.1).
    case unmaskedFrame
    /// A frame of a server with a mask (5.1).
    case maskedFrame
    /// A 16- or 64-bit length that would have fitted a shorter form (5.2).
    case lengthNotMinimal
    /// A 64-bit length whose most significant bit is set (5.2).
    case lengthTooLarge
    /// A control frame without FIN (5.5).
    case fragmentedControlFrame
    /// A control frame with more than 125 bytes (5.5).
    case oversizedControlFrame
    /// A continuation frame with nothing to continue (5.4).
    case unexpectedContinuation
    /// A new message before the last one was finished (5.4).
    case interruptedMessage
    /// A Close frame whose payload is one byte long (5.5.1).
    case truncatedCloseCode
    /// A Close frame with a code no endpoint may send (7.4).
    case forbiddenCloseCode(UInt16)
    /// A text message, or the reason of a Close frame, that is not UTF-8 (8.1).
    case invalidUTF8
    /// A compressed message that is no DEFLATE stream (RFC 7692, 7.2.2).
    case corruptCompression
    /// A message of more bytes, inflated if it was compressed, than `limit`.
    case messageTooBig(limit: Int)

    package var code: CloseCode {
        switch self {
        case .invalidUTF8, .corruptCompression: .invalidPayload
        case .messageTooBig: .messageTooBig
        default: .protocolError
        }
    }
}

extension WebSocketFault: CustomStringConvertible {
    /// Goes to the peer in the Close frame; at most 123 bytes, and nothing of the payload.
    package var description: String {
        switch self {
        case .reservedBits: "reserved bits are set"
        case .reservedOpcode(let opcode): "opcode \(opcode) is reserved"
        case .unmaskedFrame: "a client's frame must be masked"
        case .maskedFrame: "a server's frame must not be masked"
        case .lengthNotMinimal: "the length is not in its shortest form"
        case .lengthTooLarge: "the length exceeds 63 bits"
        case .fragmentedControlFrame: "a control frame is fragmented"
        case .oversizedControlFrame: "a control frame exceeds 125 bytes"
        case .unexpectedContinuation: "a continuation without a message"
        case .interruptedMessage: "a new message before the last was finished"
        case .truncatedCloseCode: "a close payload of one byte"
        case .forbiddenCloseCode(let code): "close code \(code) must not be sent"
        case .invalidUTF8: "the text is not UTF-8"
        case .corruptCompression: "the compressed data is corrupt"
        case .messageTooBig(let limit): "the message exceeds \(limit) bytes"
        }
    }
}

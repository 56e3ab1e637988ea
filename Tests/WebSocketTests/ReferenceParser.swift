@testable import WebSocket

/// RFC 6455 read aloud: all bytes at once, nothing fast, and no line shared with the parser it is compared with.
struct ReferenceParser {
    let bytes: [UInt8]
    let limit: Int

    func run() -> ParserOutcome {
        var outcome = ParserOutcome()
        outcome.fault = fault(&outcome)
        return outcome
    }

    private func fault(_ outcome: inout ParserOutcome) -> WebSocketFault? {
        var rest = bytes[...]
        var kind: UInt8?
        var message: [UInt8] = []
        while rest.count >= 2 {
            let first = rest[rest.startIndex]
            let second = rest[rest.startIndex + 1]
            let isFinal = first & 0x80 != 0
            let opcode = first & 0x0F
            guard [0, 1, 2, 8, 9, 10].contains(opcode) else { return .reservedOpcode(opcode) }
            if first & 0x70 != 0 { return .reservedBits }
            if second & 0x80 == 0 { return .unmaskedFrame }
            if opcode >= 8 {
                if !isFinal { return .fragmentedControlFrame }
                if second & 0x7F > 125 { return .oversizedControlFrame }
            }
            if opcode == 0, kind == nil { return .unexpectedContinuation }
            if opcode == 1 || opcode == 2, kind != nil { return .interruptedMessage }

            let lengthBytes = [126: 2, 127: 8][second & 0x7F] ?? 0
            guard rest.count >= 2 + lengthBytes + 4 else { break }
            rest = rest.dropFirst(2)
            var length = UInt64(second & 0x7F)
            if lengthBytes > 0 {
                length = rest.prefix(lengthBytes).reduce(0) { $0 << 8 | UInt64($1) }
                if length >> 63 == 1 { return .lengthTooLarge }
                if length < (lengthBytes == 2 ? 126 : 65_536) { return .lengthNotMinimal }
            }
            rest = rest.dropFirst(lengthBytes)
            if opcode < 8, length > UInt64(limit - message.count) { return .messageTooBig(limit: limit) }
            let mask = Array(rest.prefix(4))
            rest = rest.dropFirst(4)
            let payload = rest.prefix(Int(length)).enumerated().map { $1 ^ mask[$0 % 4] }
            let isWhole = payload.count == Int(length)
            rest = rest.dropFirst(payload.count)

            if opcode >= 8 {
                guard isWhole else { break }
                switch opcode {
                case 9: outcome.hear(.ping, payload)
                case 10: outcome.hear(.pong, payload)
                default: return close(payload, &outcome)
                }
                continue
            }
            if opcode != 0 { kind = opcode }
            message += payload
            if kind == 1, !Self.beginsText(message) { return .invalidUTF8 }
            guard isWhole else { break }
            if isFinal {
                if kind == 1, String(validating: message, as: UTF8.self) == nil { return .invalidUTF8 }
                outcome.hear(kind == 1 ? .text : .binary, message)
                kind = nil
                message = []
            }
        }
        return nil
    }

    private func close(_ payload: [UInt8], _ outcome: inout ParserOutcome) -> WebSocketFault? {
        if payload.isEmpty {
            outcome.hear(.close(nil), [])
            return nil
        }
        if payload.count == 1 { return .truncatedCloseCode }
        let code = UInt16(payload[0]) * 256 + UInt16(payload[1])
        let allowed = Set<UInt16>([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014])
        guard allowed.contains(code) || (3000...4999).contains(code) else { return .forbiddenCloseCode(code) }
        guard String(validating: payload[2...], as: UTF8.self) != nil else { return .invalidUTF8 }
        outcome.hear(.close(CloseCode(rawValue: code)), payload[2...])
        return nil
    }

    /// Whether some UTF-8 text begins with the bytes: tried by completing them in every way that makes a difference.
    static func beginsText(_ bytes: [UInt8]) -> Bool {
        let completions: [[UInt8]] = [0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF].map { [$0] }
        let tails = [[]] + completions + completions.map { $0 + [0x80] } + completions.map { $0 + [0x80, 0x80] }
        return tails.contains { String(validating: bytes + $0, as: UTF8.self) != nil }
    }
}

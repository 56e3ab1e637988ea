/// Reads tokens and quoted strings from a header's value (RFC 9110, 5.6).
struct HeaderScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ value: String) { bytes = Array(value.utf8) }

    var isAtEnd: Bool { position == bytes.count }
    var peek: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func skipSpace() {
        while let byte = peek, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
    }

    /// Passes over `byte` and the space around it, if it comes next.
    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard peek == byte else { return false }
        position += 1
        skipSpace()
        return true
    }

    mutating func token() -> String? {
        let start = position
        while let byte = peek, Self.isTokenByte(byte) { position += 1 }
        return start == position ? nil : String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A quoted string must be a token once its quotes and backslashes are gone (RFC 6455, 9.1).
    mutating func tokenOrQuoted() -> String? {
        guard peek == UInt8(ascii: "\"") else { return token() }
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            position += 1
            if byte == UInt8(ascii: "\"") {
                return text.isEmpty || !text.allSatisfy(Self.isTokenByte)
                    ? nil : String(decoding: text, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = peek else { return nil }
                position += 1
                text.append(escaped)
            } else {
                text.append(byte)
            }
        }
        return nil
    }

    /// The tokens of a comma-separated list; nil if it holds anything else.
    static func tokens(_ value: String) -> [String]? {
        var scanner = HeaderScanner(value)
        var tokens: [String] = []
        repeat {
            scanner.skipSpace()
            if scanner.isAtEnd || scanner.peek == UInt8(ascii: ",") { continue }
            guard let token = scanner.token() else { return nil }
            tokens.append(token)
        } while scanner.take(UInt8(ascii: ","))
        return scanner.isAtEnd ? tokens : nil
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

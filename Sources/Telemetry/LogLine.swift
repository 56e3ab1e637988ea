internal import Glibc

/// Builds the one line of an event. At most 4,096 bytes, which a pipe takes whole (PIPE_BUF): fields that do not fit are
/// left out and the line says `truncated`.
struct LogLine {
    static let longestLine = 4_096
    static let longestText = 1_024

    private(set) var bytes: [UInt8] = []

    /// - Parameter time: Milliseconds since the epoch.
    init(
        format: LogFormat, time: Int64, level: LogLevel, component: StaticString, message: StaticString,
        fields: [LogFields]
    ) {
        bytes.reserveCapacity(256)
        switch format {
        case .json: writeJSON(time, level, component, message, fields)
        case .pretty(let colour): writePretty(time, level, component, message, fields, colour)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func writeJSON(
        _ time: Int64, _ level: LogLevel, _ component: StaticString, _ message: StaticString, _ fields: [LogFields]
    ) {
        put("{\"time\":\"")
        bytes += LogTime.bytes(time)
        put("\",\"level\":\"")
        put(level.name)
        put("\",\"component\":")
        putQuoted(component.description)
        put(",\"message\":")
        putQuoted(message.description)
        let room = LogLine.longestLine - ",\"truncated\":true}\n".utf8.count
        for (key, value) in fields.lazy.flatMap(\.entries) {
            let before = bytes.count
            put(",\"")
            put(key.description)
            put("\":")
            switch value {
            case .string(let text): putQuoted(text)
            case .double(let number) where !number.isFinite: put("null")
            default: putNumber(value)
            }
            if bytes.count > room {
                bytes.removeSubrange(before...)
                put(",\"truncated\":true")
                break
            }
        }
        put("}")
    }

    private mutating func writePretty(
        _ time: Int64, _ level: LogLevel, _ component: StaticString, _ message: StaticString, _ fields: [LogFields],
        _ colour: Bool
    ) {
        bytes += LogTime.bytes(time)[11..<23]
        put(" ")
        if colour { put(LogLine.colour(of: level)) }
        put(level.name.uppercased())
        if colour { put("\u{1B}[0m") }
        put(String(repeating: " ", count: 8 - level.name.utf8.count))
        put(component.description)
        put(": ")
        putEscaped(message.description)
        let room = LogLine.longestLine - " truncated=true\n".utf8.count
        for (key, value) in fields.lazy.flatMap(\.entries) {
            let before = bytes.count
            put(" ")
            put(key.description)
            put("=")
            switch value {
            case .string(let text) where LogLine.isPlain(text): put(text)
            case .string(let text): putQuoted(text)
            default: putNumber(value)
            }
            if bytes.count > room {
                bytes.removeSubrange(before...)
                put(" truncated=true")
                break
            }
        }
    }

    private static func colour(of level: LogLevel) -> String {
        switch level {
        case .trace, .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .warning: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        }
    }

    /// Whether a text can stand after `key=` as it is.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longestText
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
    }

    private mutating func put(_ text: String) { bytes += text.utf8 }

    private mutating func putNumber(_ value: LogValue) {
        switch value {
        case .string(let text): putQuoted(text)
        case .integer(let number): put(String(number))
        case .double(let number): put(number.description)
        case .bool(let flag): put(flag ? "true" : "false")
        }
    }

    private mutating func putQuoted(_ text: String) {
        put("\"")
        putEscaped(text)
        put("\"")
    }

    /// The inside of a JSON string (RFC 8259, section 7). C1 controls and DEL are escaped too, so that no line can steer
    /// the terminal it is read on.
    private mutating func putEscaped(_ text: String) {
        var length = 0
        for scalar in text.unicodeScalars {
            length += UTF8.width(scalar)
            if length > LogLine.longestText {
                put("…")
                return
            }
            switch scalar {
            case "\"": put("\\\"")
            case "\\": put("\\\\")
            case "\n": put("\\n")
            case "\r": put("\\r")
            case "\t": put("\\t")
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                put("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}

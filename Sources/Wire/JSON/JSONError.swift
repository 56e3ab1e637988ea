/// Why bytes were not taken as JSON, and where.
package struct JSONError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// The text ended inside a value.
        case unexpectedEnd
        /// A byte that cannot stand here; covers misspelt literals, `NaN` and `Infinity` too.
        case unexpectedByte
        /// A number that RFC 8259 section 6 does not allow, such as `01`, `1.` or `+1`.
        case invalidNumber
        /// A number too large for a finite `Double`, where a finite one is asked for.
        case numberOutOfRange
        /// A backslash with something other than RFC 8259 section 7 allows after it.
        case invalidEscape
        /// `\u` names half of a surrogate pair without the other half.
        case loneSurrogate
        /// A byte below 0x20 stands unescaped in a string.
        case controlCharacter
        /// More arrays and objects inside each other than the reader's limit.
        case tooDeep
        /// An object names a member twice.
        case duplicateMember
        /// Something follows the value.
        case trailingBytes
        /// The bytes are not UTF-8.
        case invalidUTF8
        /// The value is of another kind than the caller asked for.
        case unexpectedKind(JSONKind)
    }

    package var reason: Reason
    /// Counted in bytes from the start of the text.
    package var offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    /// A sentence for the developer of the client; never quotes the text.
    package var description: String {
        let what =
            switch reason {
            case .unexpectedEnd: "The JSON text ends too early"
            case .unexpectedByte: "Unexpected character"
            case .invalidNumber: "Malformed number"
            case .numberOutOfRange: "Number too large"
            case .invalidEscape: "Malformed escape sequence"
            case .loneSurrogate: "Escaped surrogate without its other half"
            case .controlCharacter: "Unescaped control character"
            case .tooDeep: "Nested too deeply"
            case .duplicateMember: "Duplicate member"
            case .trailingBytes: "Unexpected characters after the value"
            case .invalidUTF8: "Not valid UTF-8"
            case .unexpectedKind(let kind): "Unexpected \(kind)"
            }
        return "\(what) at byte \(offset)"
    }
}

/// What a value begins as.
package enum JSONKind: String, Hashable, Sendable {
    case object
    case array
    case string
    case number
    case boolean
    case null
}

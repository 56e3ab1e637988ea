/// Why bytes were not taken as a packed message, and where.
struct PackedError: Error, Hashable {
    enum Reason: Hashable {
        /// The message ended inside a value.
        case unexpectedEnd
        /// A number written with more bytes than it needs, or with more than nine.
        case overlongNumber
        /// A number larger than what it counts can be.
        case numberTooLarge
        /// A text that is not UTF-8, or no group's name where one is expected.
        case invalidText
        /// A form of a value that the protocol does not have.
        case unknownForm
        /// A place told as a difference, with nothing before it to count from.
        case nothingToCountFrom
        /// Something follows the message.
        case trailingBytes
    }

    var reason: Reason
    /// Counted in bytes from the start of the message.
    var offset: Int

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension PackedError: CustomStringConvertible {
    /// A sentence for the developer of the client; never quotes a value.
    var description: String {
        let what =
            switch reason {
            case .unexpectedEnd: "The message ends too early"
            case .overlongNumber: "Number written too long"
            case .numberTooLarge: "Number too large"
            case .invalidText: "Malformed text"
            case .unknownForm: "Unknown form"
            case .nothingToCountFrom: "A difference without a position before it"
            case .trailingBytes: "Unexpected bytes after the message"
            }
        return "\(what) at byte \(offset)"
    }
}

extension Refusal {
    /// The refusal of bytes that are not one packed message.
    init(malformed error: PackedError) { self.init(.invalidFormat, message: error.description) }
}

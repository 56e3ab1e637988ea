package import Model

/// Why a message or a request's body was not taken, ready to be told to the client.
package struct Refusal: Error, Hashable, Sendable {
    package var code: ErrorCode
    /// A sentence for the developer of the client.
    package var message: String
    /// Everything wrong with the members, each by its path.
    package var details: [FieldError]
    /// The `id` of the refused message, if it has one that could be read; always `nil` for malformed JSON.
    package var id: Int64?

    package init(_ code: ErrorCode, message: String, details: [FieldError] = [], id: Int64? = nil) {
        self.code = code
        self.message = message
        self.details = details
        self.id = id
    }

    /// The refusal of bytes that are not one JSON object.
    package init(malformed error: JSONError) {
        let isOfKind = if case .unexpectedKind = error.reason { true } else { false }
        self.init(.invalidFormat, message: isOfKind ? "A JSON object is expected" : error.description)
    }

    /// The refusal of an object with wrong members.
    init(details: [FieldError], id: Int64?) {
        self.init(.validationError, message: "Validation failed", details: details, id: id)
    }
}

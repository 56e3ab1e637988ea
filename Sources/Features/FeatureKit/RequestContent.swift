package import Wire

/// The body a route takes.
package struct RequestContent: Sendable {
    /// What `Content-Type` must be if the request has one, parameters aside; anything else is 415.
    package let mediaType: String
    package let schema: Schema
    /// A request without content is refused: 411 if it does not even say its length.
    package let isRequired: Bool
    package let example: JSONValue?

    package init(
        _ schema: Schema, required: Bool = true, mediaType: String = "application/json", example: JSONValue? = nil
    ) {
        self.mediaType = mediaType
        self.schema = schema
        isRequired = required
        self.example = example
    }
}

package import HTTP
package import Wire

/// An answer of a route that is no problem.
package struct RouteResponse: Sendable {
    package let status: HTTPStatus
    package let summary: String
    package let mediaType: String
    /// Nothing for an answer without content.
    package let schema: Schema?
    package let example: JSONValue?

    package init(
        _ status: HTTPStatus, _ summary: String, _ schema: Schema? = nil, mediaType: String = "application/json",
        example: JSONValue? = nil
    ) {
        self.status = status
        self.summary = summary
        self.mediaType = mediaType
        self.schema = schema
        self.example = example
    }
}

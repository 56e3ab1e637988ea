/// What is wrong with one member of a request; every one of a request is reported at once (story 1.7).
package struct FieldError: Hashable, Sendable {
    /// The member's path as the client wrote it: `latitude`, `locations[3].accuracy`.
    package var field: String
    /// A sentence for the developer of the client. Never holds the value.
    package var message: String

    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }
}

/// What the OpenAPI document says of the hub as a whole.
package struct APIInfo: Hashable, Sendable {
    package let title: String
    /// Of the hub, such as `1.2.0`.
    package let version: String
    package let description: String

    package init(title: String, version: String, description: String) {
        self.title = title
        self.version = version
        self.description = description
    }
}

/// Why the server refuses a request before any handler sees it. The connection closes after the answer, because where the
/// next request would begin is no longer certain.
package struct HTTPRefusal: Error, Hashable, Sendable {
    package let status: HTTPStatus
    /// A sentence for the client's developer; never holds bytes of the request.
    package let message: String

    package init(_ status: HTTPStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}

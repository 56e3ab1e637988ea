package import HTTP

/// What answers a route's requests, on the connection's loop, once the caller is known to be allowed.
package enum RouteHandler: Sendable {
    /// Answers at once.
    case immediate(@Sendable (RouteRequest) throws(Problem) -> HTTPResponse)
    /// Answers after a while, in a task on the loop that is cancelled when the client goes away. An error that is no
    /// ``Problem`` is logged and becomes 500 without detail.
    case later(@Sendable (RouteRequest) async throws -> HTTPResponse)
    /// Answers over a while, in a task as ``later``, and starts the answer itself. What it throws before it has started is
    /// answered as an error; once it has, it must finish or abort the content and throw nothing.
    case streaming(@Sendable (RouteRequest, HTTPResponder) async throws -> Void)
    /// As ``later``, and is called before the content has come, which it reads itself. An answer before the content's end
    /// closes the connection. The content may be of any media type.
    case receiving(@Sendable (RouteRequest, HTTPBodyReader) async throws -> HTTPResponse)
    /// Answers through the responder when it likes, on the loop and without a task: ``HTTP/HTTPResponder/respond(_:)``,
    /// `fail(_:for:)`, a streamed answer, or an upgrade.
    case deferred(@Sendable (RouteRequest, HTTPResponder) -> Void)
}

extension HTTPResponder {
    /// Answers `request` with a problem document.
    package func fail(_ problem: Problem, for request: RouteRequest) {
        respond(problem.response(requestID: request.id))
    }
}

/// Answers requests; called on the connection's loop.
package protocol HTTPRequestHandler: AnyObject, Sendable {
    /// Takes a request, which is answered now or later, exactly once, through `responder`.
    func handle(_ request: HTTPRequest, _ responder: HTTPResponder)

    /// The most bytes the body of a request may have, whose head has just arrived (``HTTPRequest/body`` is empty);
    /// nothing for ``HTTPLimits/bodyBytes``.
    func bodyLimit(for request: HTTPRequest) -> Int?

    /// Whether the request, whose head has just arrived, is handled before its body has come, and reads that itself from
    /// ``HTTPRequest/content``.
    func streamsBody(of request: HTTPRequest) -> Bool

    /// The answer to bytes that are no request to handle. The connection closes after it.
    func response(to refusal: HTTPRefusal) -> HTTPResponse
}

extension HTTPRequestHandler {
    package func bodyLimit(for request: HTTPRequest) -> Int? { nil }

    package func streamsBody(of request: HTTPRequest) -> Bool { false }

    package func response(to refusal: HTTPRefusal) -> HTTPResponse {
        .text(refusal.message + "\n", status: refusal.status)
    }
}

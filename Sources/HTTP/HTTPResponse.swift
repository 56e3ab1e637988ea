/// An answer whose content is complete; ``HTTPResponder/startStreaming(_:length:)`` sends one that is made over time.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    /// Sent first if set; `headers` then holds no `Content-Type`.
    package var contentType: ContentType?
    /// Without `Date`, `Connection`, `Content-Length` and `Transfer-Encoding`, which are the connection's and are left
    /// out if they are here.
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// Has the connection closed after this answer; requests pipelined behind it are dropped.
    package var closesConnection = false

    package init(
        _ status: HTTPStatus, contentType: ContentType? = nil, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    package static func json(_ body: [UInt8], status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status, contentType: .json, body: body)
    }

    package static func text(_ text: String, status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status, contentType: .plainText, body: Array(text.utf8))
    }

    package static func redirect(to location: String, status: HTTPStatus) -> HTTPResponse {
        HTTPResponse(status, headers: ["Location": location])
    }
}

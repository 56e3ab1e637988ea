package import HTTP

/// Why a request is not upgraded, as an HTTP answer.
package struct WebSocketRefusal: Error, Equatable, Sendable {
    /// 400, or 426 where the client should try again with what ``headers`` name.
    package let status: HTTPStatus
    /// Fit for the client.
    package let reason: String

    /// What the answer has to carry (RFC 6455, 4.4; RFC 9110, 15.5.22).
    package var headers: HTTPHeaders {
        status == .upgradeRequired
            ? ["Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"] : [:]
    }
}

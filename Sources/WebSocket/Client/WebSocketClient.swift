package import EventLoop
package import HTTP
package import TLS

/// The opening handshake of a client (RFC 6455, 4.1).
package enum WebSocketClient {
    /// Opens a connection. Any thread; the connection lives on `loop`, and its handler is called there.
    ///
    /// - Parameters:
    ///   - headers: Added to the request, such as `Authorization`; those of the handshake are there anyway.
    ///   - endpoint: Where to connect if not to the URL's host and port, such as a unix socket.
    ///   - tls: How a `wss:` server is verified; a context that verifies with the system's authorities if nil.
    ///   - handler: May hear messages before this has returned.
    /// - Throws: ``WebSocketClientError``; in particular `refused` with the server's answer.
    package static func connect(
        to url: WebSocketURL, headers: HTTPHeaders = [:], options: WebSocketOptions = WebSocketOptions(),
        endpoint: Endpoint? = nil, tls: TLSContext? = nil, on loop: Loop, handler: any WebSocketHandler
    ) async throws(WebSocketClientError) -> WebSocketConnection {
        var context: TLSContext?
        do throws(TLSError) {
            if url.isSecure { context = if let tls { tls } else { try TLSContext.client(verifying: true) } }
        } catch {
            throw .unreachable(.closed(.tls(error)))
        }
        let attempt = ClientAttempt(url: url, headers: headers, options: options, on: loop, handler: handler)
        let endpoint = endpoint ?? .tcp(host: url.host, port: url.port)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.execute { attempt.begin(continuation) }
                attempt.connect(to: endpoint, tls: context)
            }
        } onCancel: {
            loop.execute { attempt.fail(.cancelled) }
        }
        return try result.get()
    }
}

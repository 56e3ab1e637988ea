package import EventLoop

extension WebSocketConnection {
    /// Grants an upgrade: writes the 101 and starts the connection.
    ///
    /// Called on the socket's loop, which need not be the one that read the request.
    ///
    /// - Parameters:
    ///   - socket: Open, with nothing written to it since the request, and no longer anybody else's.
    ///   - alreadyRead: What was read behind the request.
    ///   - handler: Hears the first message only after this has returned.
    package static func server(
        on socket: StreamSocket, acceptance: WebSocketAcceptance, alreadyRead: [UInt8] = [],
        options: WebSocketOptions, handler: any WebSocketHandler
    ) -> WebSocketConnection {
        socket.loop.preconditionIsolated()
        let connection = WebSocketConnection(
            on: socket, role: .server, subprotocol: acceptance.subprotocol, deflate: acceptance.deflate,
            options: options, handler: handler)
        socket.write(acceptance.response)
        connection.begin(alreadyRead: alreadyRead)
        return connection
    }
}

/// Who wants to hear what is notified on a channel, on every session of a connection. Confined to the connection's loop.
package struct PostgresListener: Sendable {
    /// Lower-case letters, digits and underscores: it is part of a statement.
    let channel: String
    let heard: @Sendable () -> Void

    /// - Parameters:
    ///   - channel: As given to `pg_notify`; a constant of the hub's, never what somebody sent.
    ///   - heard: Called on the loop, once for all that came at the same time, and once whenever listening has begun: what
    ///     was notified before that, or while Postgres was away, is heard of in no other way.
    package init(_ channel: StaticString, heard: @escaping @Sendable () -> Void) {
        let channel = String(describing: channel)
        precondition(
            channel.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 },
            "\(channel) would have to be quoted")
        self.channel = channel
        self.heard = heard
    }

    var statement: PostgresStatement { PostgresStatement("core.listen_\(channel)", "LISTEN \(channel)") }
}

extension PostgresConnection {
    /// Listens from now on, on this session and on those that follow it.
    package func listen(_ listener: PostgresListener) {
        loop.preconditionIsolated()
        listeners.append(listener)
        if state == .ready { beginListening(listener) }
    }

    func beginListening(_ listener: PostgresListener) {
        let attempt = attempt
        submit([PostgresQuery(listener.statement)], timeout: limits.connectTimeout) { [weak self] outcome in
            guard let self, self.attempt == attempt, state == .ready else { return }
            switch outcome {
            case .success: listener.heard()
            // A session that cannot listen would be taken for one that hears nothing.
            case .failure(let error): lose(error)
            }
        }
    }

    /// Hands out what has been notified since the last call.
    func readNotifications(of handle: PostgresHandle) {
        guard !listeners.isEmpty else { return }
        var channels: Set<String> = []
        while let channel = handle.nextNotification() { channels.insert(channel) }
        for listener in listeners where channels.contains(listener.channel) { listener.heard() }
    }
}

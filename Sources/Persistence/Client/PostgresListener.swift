internal import EventLoop

/// Who wants to hear what is notified on a channel, on every session of a connection. Confined to the connection's loop.
package struct PostgresListener: Sendable {
    /// Lower-case letters, digits and underscores: it is part of a statement.
    let channel: String
    let heard: @Sendable () -> Void
    /// Of the connection that listens.
    var retry = ListenRetry()

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

/// When to listen again where that has failed. `@unchecked Sendable`: confined to its connection's loop.
final class ListenRetry: @unchecked Sendable {
    var timer: LoopTimer?
}

extension PostgresConnection {
    /// Listens from now on, on this session and on those that follow it.
    package func listen(_ listener: PostgresListener) {
        loop.preconditionIsolated()
        var listener = listener
        listener.retry = ListenRetry()
        listeners.append(listener)
        if state == .ready { beginListening(listener) }
    }

    /// What Postgres refuses, or does not answer in time, is tried again and costs the session nothing: the session serves
    /// everybody else, and whoever listens looks from time to time by themselves.
    ///
    /// - Parameter failures: Tries in a row that have failed on this session.
    func beginListening(_ listener: PostgresListener, after failures: Int = 0) {
        let attempt = attempt
        submit([PostgresQuery(listener.statement)], timeout: limits.connectTimeout) { [weak self] outcome in
            guard let self, self.attempt == attempt, state == .ready else { return }
            switch outcome {
            case .success: listener.heard()
            case .failure: beginAgain(listener, after: failures + 1)
            }
        }
    }

    private func beginAgain(_ listener: PostgresListener, after failures: Int) {
        let attempt = attempt
        let delay = limits.reconnect.delay(afterFailures: failures)
        listener.retry.timer = loop.schedule(after: delay) { [weak self] in
            guard let self, self.attempt == attempt, state == .ready else { return }
            beginListening(listener, after: failures)
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

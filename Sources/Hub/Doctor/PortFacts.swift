internal import Configuration
internal import EventLoop

/// What stands at the address that a hub is to listen on.
enum PortFacts: Equatable, Sendable {
    /// It can be listened on.
    case free
    /// A hub answers there.
    case hub
    /// The system's reason why it cannot be listened on.
    case refused(number: Int32, reason: String)

    /// Tries it, and lets go of it at once.
    static func look(at server: ServerConfiguration, on loop: Loop) async -> PortFacts {
        let result: Result<Void, SocketError> = await loop.run {
            Result { () throws(SocketError) in
                try Listener.open(
                    host: server.host, port: server.port, sharesPort: false, on: loop, onAccept: { $0.close() }
                ).stop()
            }
        }
        guard case .failure(let error) = result else { return .free }
        if let answer = await HealthProbe(server).get("/api/health/live", within: .seconds(3), on: loop),
            answer.status == 200, answer.body.contains(#""status":"alive""#)
        {
            return .hub
        }
        if case .system(_, let number) = error {
            return .refused(number: number, reason: SocketError.reason(number))
        }
        return .refused(number: 0, reason: "\(error)")
    }
}

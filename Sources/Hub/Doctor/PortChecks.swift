internal import Configuration
internal import Glibc

/// Whether a hub can listen where it is to.
enum PortChecks {
    static func findings(_ facts: PortFacts, _ server: ServerConfiguration) -> [Finding] {
        let check = "machine.port"
        let place = "\(server.host) port \(server.port)"
        switch facts {
        case .free: return [.ok(check, server.port == 0 ? "any free port of \(server.host)" : "\(place) is free")]
        case .hub: return [.ok(check, "a hub answers on \(place)")]
        case .refused(EADDRINUSE, _):
            return [
                .error(
                    check, "\(place) is in use by another program", means: "The hub does not start.",
                    do: "Find it with `ss -ltnp 'sport = :\(server.port)'`; stop it, or set server.port.")
            ]
        case .refused(EACCES, _):
            return [
                .error(
                    check, "\(place) may not be listened on", means: "Ports below 1024 are the superuser's.",
                    do:
                        "Set AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit, use its socket unit, or set server.port."
                )
            ]
        case .refused(EADDRNOTAVAIL, _):
            return [
                .error(
                    check, "\(server.host) is not an address of this machine", means: "The hub does not start.",
                    do: "Set server.host to one of `ip address`, or to 0.0.0.0.")
            ]
        case .refused(_, let reason):
            return [
                .error(
                    check, "\(place): \(reason)", means: "The hub does not start.",
                    do: "Set server.host and server.port.")
            ]
        }
    }
}

/// `[server]`: where the hub listens and how long it waits for its clients.
package struct ServerConfiguration: Equatable, Sendable {
    package var host = "127.0.0.1"
    /// 0 takes any free port.
    package var port = 8080
    /// 0 is one for each core.
    package var loops = 0
    /// PEM files; both or neither. Empty means plain TCP.
    package var tlsCertificate = ""
    package var tlsKey = ""
    /// Whether TLS 1.2 is refused.
    package var requiresTLS13 = false
    package var headerTimeout = Duration.seconds(10)
    package var bodyTimeout = Duration.seconds(30)
    package var requestTimeout = Duration.seconds(30)
    package var idleTimeout = Duration.seconds(75)
    package var shutdownTimeout = Duration.seconds(20)
    package var maximumConnections = 100_000
    /// Addresses or CIDR blocks whose `X-Forwarded-For` is believed.
    package var trustedProxies: [String] = []
    /// What people's links begin with, without a slash at the end; empty if nobody has said.
    package var publicURL = ""

    package init() {}

    package var usesTLS: Bool { !tlsCertificate.isEmpty }
}

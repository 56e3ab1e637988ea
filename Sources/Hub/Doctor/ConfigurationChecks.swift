internal import Configuration

/// What a configuration that is sound may still do to its operator.
enum ConfigurationChecks {
    /// - Parameter error: What is wrong with it, if anything is; then `configuration` is what is left: the defaults.
    static func findings(_ configuration: HubConfiguration, error: ConfigurationError?) -> [Finding] {
        if let error {
            return error.problems.map {
                .error(
                    "configuration.file", "\($0)", means: "The hub does not start.",
                    do:
                        "Correct it; `hubd check-config` says when nothing is wrong any more. The checks below use defaults."
                )
            }
        }
        return [.ok("configuration.file", "every setting is known and within its range")]
            + [exposure(configuration), crossOrigin(configuration), rates(configuration), storing(configuration)]
    }

    private static func exposure(_ configuration: HubConfiguration) -> Finding {
        let server = configuration.server
        let check = "configuration.exposure"
        if server.usesTLS { return .ok(check, "\(server.host) is served with TLS") }
        if configuration.security.requiresHTTPS, server.trustedProxies.isEmpty {
            return .error(
                check, "security.require_https is on, and nobody can bring HTTPS",
                means: "Every API call is answered 403.",
                do: "Set server.tls_certificate and server.tls_key, or name the proxy that terminates TLS in "
                    + "server.trusted_proxies.")
        }
        if isLoopback(server.host) { return .ok(check, "\(server.host) serves this machine alone") }
        if !server.trustedProxies.isEmpty {
            return .ok(check, "\(server.host) is served without TLS, behind proxies that are named")
        }
        return .warning(
            check, "\(server.host) is served without TLS",
            means: "API keys and positions cross the network readable, for everybody on the way.",
            do: "Set server.tls_certificate and server.tls_key; or terminate TLS in a proxy, name it in "
                + "server.trusted_proxies, and let nobody else reach this port.")
    }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.wholeMatch(of: /127\.\d+\.\d+\.\d+/) != nil
    }

    private static func crossOrigin(_ configuration: HubConfiguration) -> Finding {
        let check = "configuration.origins"
        if configuration.security.streamOrigins.contains("*") {
            return .warning(
                check, "security.stream_origins is *",
                means: "A page of any site may open streams in its visitors' browsers.",
                do: "Name the origins of your own pages.")
        }
        guard configuration.security.corsOrigins.contains("*"), !isLoopback(configuration.server.host) else {
            return .ok(check, "pages of other sites are limited to what is configured")
        }
        return .warning(
            check, "security.cors_origins is *, the default for development",
            means: "A page of any site may call the API, with a key that it has got hold of.",
            do: "Name the origins of your own pages, or set it to an empty list.")
    }

    private static func rates(_ configuration: HubConfiguration) -> Finding {
        let check = "configuration.rates"
        let security = configuration.security
        let off = [
            ("security.rate_limit_per_minute", security.keyRatePerMinute),
            ("security.user_rate_limit_per_minute", security.userRatePerMinute),
            ("security.ip_rate_limit_per_minute", security.addressRatePerMinute),
        ].filter { $0.1 == 0 }.map(\.0)
        guard !off.isEmpty, !isLoopback(configuration.server.host) else {
            return .ok(check, "requests are limited by key, user and address")
        }
        return .warning(
            check, "\(off.joined(separator: ", ")) turned off",
            means: "One caller can take all that the hub has.", do: "Set a number that no honest caller reaches.")
    }

    private static func storing(_ configuration: HubConfiguration) -> Finding {
        let check = "configuration.storing"
        guard !configuration.locations.store else { return .ok(check, "acknowledged locations are stored") }
        return .warning(
            check, "locations.store is off",
            means: "An acknowledgement says that a location was taken, not that it is stored.",
            do: "Leave it so if only live positions are wanted.")
    }
}

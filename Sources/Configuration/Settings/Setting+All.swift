internal import Telemetry

extension Setting {
    /// Every setting, in the order of the documents. A new one is a property with its default and a row here; a test
    /// keeps `config/default.toml`, `.env.example` and the table of `docs/operations.md` equal to this.
    package static let all: [Setting] =
        server + data + database + fanout + locations + presence + chat + travel + limits + accounts + credentials
        + security + mail + web
        + logging + telemetry

    private static let second = Duration.seconds(1)
    private static let millisecond = Duration.milliseconds(1)
    private static let minute = Duration.seconds(60)
    private static let day = Duration.seconds(86_400)

    private static let server: [Setting] = [
        .text(
            "server.host", \.server.host, kind: "an address or a host name",
            "The address to listen on. The default serves this machine alone; 0.0.0.0 or :: serves the network.",
            where: { !$0.isEmpty }),
        .integer("server.port", \.server.port, 0...65_535, "The port to listen on; 0 takes any free one."),
        .integer("server.loops", \.server.loops, 0...1_024, "Event loops, each a thread; 0 is one for each core."),
        .text(
            "server.tls_certificate", \.server.tlsCertificate, kind: "a path",
            "PEM file with the certificate and its chain; with tls_key it turns TLS on. SIGHUP reads both again."),
        .text(
            "server.tls_key", \.server.tlsKey, kind: "a path", "PEM file with the private key, without a pass phrase."),
        .choice(
            "server.tls_min_version", \.server.requiresTLS13, [("1.2", false), ("1.3", true)],
            name: { $0 ? "1.3" : "1.2" }, "The oldest version of TLS that is spoken."),
        .duration(
            "server.header_timeout_seconds", \.server.headerTimeout, in: second, 1...3_600,
            "How long a client may take to send a request's header section."),
        .duration(
            "server.body_timeout_seconds", \.server.bodyTimeout, in: second, 1...3_600,
            "How long a client may take to send a request's body."),
        .duration(
            "server.request_timeout_seconds", \.server.requestTimeout, in: second, 1...3_600,
            "How long the hub may take to answer a request before it answers 503."),
        .duration(
            "server.idle_timeout_seconds", \.server.idleTimeout, in: second, 1...86_400,
            "How long a connection may be kept alive between requests."),
        .duration(
            "server.shutdown_timeout_seconds", \.server.shutdownTimeout, in: second, 1...600,
            "How long the hub drains its connections after SIGTERM before it stops anyway."),
        .integer(
            "server.max_connections", \.server.maximumConnections, 1...10_000_000,
            "Connections held at the same time, over all loops; more are refused."),
        .list(
            "server.trusted_proxies", \.server.trustedProxies, of: "addresses or CIDR blocks",
            "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody else's are.",
            where: isAddressBlock),
        .text(
            "server.public_url", \.server.publicURL,
            kind: "an http or https URL without a slash at its end, or nothing",
            "Where people reach the app that stands before this hub, such as https://hub.example; links in mails and "
                + "invitations begin with it.", where: { $0.isEmpty || isHTTPURL($0) && !$0.hasSuffix("/") }),
    ]

    private static let data: [Setting] = [
        .text(
            "data.dir", \.data.directory, kind: "a path",
            "Where the hub keeps its files, the private Postgres among them; made if it is not there.",
            where: { !$0.isEmpty })
    ]

    private static let database: [Setting] = [
        .secret(
            "database.url", \.database.url, kind: "a Postgres connection URI or conninfo string",
            "Which Postgres to use, such as postgres://user:password@host:5432/name. Empty makes and supervises a private "
                + "one in data.dir.",
            where: isDatabaseURL, masked: maskPassword),
        .integer(
            "database.connections_per_loop", \.database.connectionsPerLoop, 1...64,
            "Connections to Postgres of each event loop."),
        .duration(
            "database.connect_timeout_seconds", \.database.connectTimeout, in: second, 1...600,
            "How long one attempt to connect may take."),
        .duration(
            "database.statement_timeout_seconds", \.database.statementTimeout, in: second, 1...3_600,
            "How long one statement may run before Postgres cancels it."),
        .text(
            "database.programs_dir", \.database.programsDirectory, kind: "a path",
            "Where the private Postgres finds initdb and postgres; empty looks for the newest that is installed."),
    ]

    private static let fanout: [Setting] = [
        .duration(
            "fanout.tick_ms", \.fanout.tick, in: millisecond, 0...10_000,
            "How often a group's changed positions go out, the newest of each device; 0 sends every fix at once."),
        .integer(
            "fanout.outbound_bytes", \.fanout.outboundBytes, 4_096...1_073_741_824,
            "Bytes that may wait for one slow reader; past this it gets the newest state later."),
        .integer(
            "fanout.mailbox_items", \.fanout.mailboxItems, 256...16_777_216,
            "Items that one event loop may have waiting for another."),
        .choice(
            "fanout.deflate", \.fanout.deflate, [("on", true), ("off", false)], name: { $0 ? "on" : "off" },
            "Whether a client that asks for permessage-deflate gets it: several positions take half the bytes, compressed once "
                + "for all who watch."),
    ]

    private static let locations: [Setting] = [
        .choice(
            "locations.store", \.locations.store, [("on", true), ("off", false)], name: { $0 ? "on" : "off" },
            "Whether reported locations are stored; off keeps the newest of each device in memory alone, and an ack then "
                + "says that a location was taken.")
    ]

    private static let presence: [Setting] = [
        .duration(
            "presence.grace_seconds", \.presence.grace, in: second, 0...600,
            "How long after their last connection a device, and a person, still count as online."),
        .duration(
            "presence.heartbeat_seconds", \.presence.heartbeat, in: second, 1...3_600,
            "How often the hub pings; a connection silent for two of these is closed."),
    ]

    private static let chat: [Setting] = [
        rate(
            "chat.messages_per_second", \.chat.messagesPerSecond,
            "Messages of one user on the stream in a second, through all their connections")
    ]

    private static let travel: [Setting] = [
        .integer(
            "travel.import_bytes", \.travel.importBytes, 1_048_576...17_179_869_184,
            "Bytes of a file of tracks, as it is sent and when it is decompressed.")
    ]

    private static let limits: [Setting] = [
        .integer("limits.group_size", \.limits.groupSize, 1...1_000, "Active devices in one group."),
        .integer(
            "limits.devices_per_user", \.limits.devicesPerUser, 1...1_000,
            "Active devices of one user; ten times as many, active or not, may be theirs."),
        .integer(
            "limits.message_bytes", \.limits.messageBytes, 1_024...67_108_864,
            "The longest message on the stream; a longer one closes the connection with 1009."),
        .integer(
            "limits.body_bytes", \.limits.bodyBytes, 1_024...1_073_741_824,
            "The longest request body; a longer one is answered 413."),
        .integer(
            "limits.header_bytes", \.limits.headerBytes, 1_024...1_048_576,
            "The longest header section of a request; a longer one is answered 431."),
        .integer("limits.batch_size", \.limits.batchSize, 1...1_000, "Fixes in one batch."),
        .integer(
            "limits.pending_acks", \.limits.pendingAcks, 1...1_048_576,
            "Messages of one session that may wait for their commit at the same time."),
        .duration(
            "limits.clock_skew_seconds", \.limits.clockSkew, in: second, 0...86_400,
            "How far ahead of the hub's clock a fix may be."),
        .duration("limits.fix_age_days", \.limits.fixAge, in: day, 1...3_650, "The oldest fix the live routes take."),
        .duration(
            "limits.location_retention_days", \.limits.locationRetention, in: day, 1...36_500,
            "How long raw locations are kept, counted from when the hub received them."),
        .integer(
            "limits.write_behind_rows", \.limits.writeBehindRows, 1...100_000,
            "Locations that are written without waiting for more. While Postgres is behind, up to four times as many are in "
                + "one statement."),
        .duration(
            "limits.write_behind_delay_ms", \.limits.writeBehindDelay, in: millisecond, 0...10_000,
            "How long rows may gather while no write is under way."),
        .integer(
            "limits.write_behind_high_water", \.limits.writeBehindHighWater, 1...100_000_000,
            "Rows that may wait for Postgres on one loop before new ones are refused with service_unavailable."),
    ]

    private static let accounts: [Setting] = [
        .choice(
            "accounts.registration", \.accounts.registration,
            AccountsConfiguration.Registration.allCases.map { ($0.rawValue, $0) }, name: \.rawValue,
            "Who may register: open is everybody, invitation whoever has the code of an invitation into a group, which "
                + "they join, closed nobody."),
        .duration(
            "accounts.access_token_minutes", \.accounts.accessTokenLife, in: minute, 1...60,
            "How long an access token lasts; a stream that it opened stays until the sign-in ends."),
        .duration(
            "accounts.refresh_token_days", \.accounts.refreshTokenLife, in: day, 1...3_650,
            "How long a sign-in that is not used lasts: each use of its refresh token begins the time anew."),
        .integer(
            "accounts.sign_ins_per_user", \.accounts.signInsPerUser, 1...1_000,
            "Sign-ins of one user at the same time; one more ends the one that was not used for longest."),
        .integer(
            "accounts.free_attempts", \.accounts.freeAttempts, 1...1_000,
            "Wrong passwords for one account from one network before each further one makes the next wait: 1 s, 2 s, 4 s "
                + "and so on, up to 15 minutes. From all networks together ten times as many are free."),
        .choice(
            "accounts.require_verified_email", \.accounts.requiresVerifiedEmail, [("off", false), ("on", true)],
            name: { $0 ? "on" : "off" },
            "Whether only those may sign in whose e-mail address is confirmed. Whoever registers is signed in all the same, "
                + "until that sign-in ends. Needs mail.smtp_url."),
    ]

    private static let security: [Setting] = [
        rate("security.rate_limit_per_minute", \.security.keyRatePerMinute, "Requests of one API key in a minute"),
        rate(
            "security.user_rate_limit_per_minute", \.security.userRatePerMinute, "Requests of one user in a minute"),
        rate(
            "security.ip_rate_limit_per_minute", \.security.addressRatePerMinute,
            "Requests from one IPv4 address or IPv6 network (/64) in a minute, whoever makes them"),
        rate(
            "security.admin_rate_limit_per_minute", \.security.adminRatePerMinute,
            "Requests of one admin API key in a minute, in place of those of a key"),
        rate(
            "security.ingest_rate_limit_per_minute", \.security.ingestRatePerMinute,
            "Travel locations of one user in a minute"),
        rate(
            "security.ingest_batch_rate_limit_per_minute", \.security.ingestBatchRatePerMinute,
            "Travel batches of one user in a minute"),
        rate(
            "security.stream_locations_per_second", \.security.streamLocationsPerSecond,
            "Location messages of one device on the stream in a second, a batch being one"),
        .policies(
            "security.rate_policies", \.security.ratePolicies,
            "Further rate policies, or others in place of key, user, ip, admin, ingest and ingest_batch, which the "
                + "settings above make, and of sign_in (30/minute by ip), register (20/hour by ip), "
                + "refresh (120/minute by ip), mail (20/hour by ip), mail_token (30/minute by ip), "
                + "invitation (20/minute by user), phone (600/minute by device) and share (120/minute by ip): "
                + "`exports 10/hour by key`; the window is second, minute, hour, day or seconds (90s)."
        ),
        .duration(
            "security.audit_retention_days", \.security.auditRetention, in: day, 0...36_500,
            "How long entries of the audit log are kept; 0 is for ever."),
        .list(
            "security.cors_origins", \.security.corsOrigins, of: "origins, or *",
            "Origins whose pages may call the API; * is any.", where: isOrigin),
        .list(
            "security.stream_origins", \.security.streamOrigins, of: "origins, or *",
            "Origins, besides the hub's own, whose pages may open the stream; * is any.", where: isOrigin),
        .choice(
            "security.require_https", \.security.requiresHTTPS, [("off", false), ("on", true)],
            name: { $0 ? "on" : "off" },
            "Whether plain HTTP is refused: API calls are answered 403, pages lead to https://, health and metrics are "
                + "served. Behind a proxy that terminates TLS, name it in server.trusted_proxies."),
    ]

    private static let mail: [Setting] = [
        .text(
            "mail.smtp_url", \.mail.smtpURL, kind: "smtp://host:port or smtps://host:port, or nothing",
            "The mail server that takes the hub's mails; smtps begins with TLS, smtp goes on with it (STARTTLS). Empty sends "
                + "no mail, and password resets are answered 501.", where: { $0.isEmpty || isSMTPURL($0) }),
        .text(
            "mail.from", \.mail.from, kind: "an address, or a name and <an address>",
            "Who the mails are from, such as Presence Hub <hub@example.org>. Needed with mail.smtp_url.",
            where: { $0.isEmpty || isSender($0) }),
        .choice(
            "mail.tls", \.mail.requiresTLS, [("required", true), ("off", false)], name: { $0 ? "required" : "off" },
            "Whether smtp must go on with TLS, the server's certificate verified, before anything is said. off is for a "
                + "server on the same machine."),
        .text("mail.username", \.mail.username, "Whom to sign in as at the mail server; empty signs in as nobody."),
        .secret(
            "mail.password", \.mail.password, kind: "a password", "The password of mail.username.",
            where: { _ in true }, masked: { _ in "****" }),
        .text(
            "mail.ca_file", \.mail.caFile, kind: "a path",
            "PEM file with certificates to trust for the mail server, instead of the system's."),
        .duration(
            "mail.timeout_seconds", \.mail.timeout, in: second, 1...300,
            "How long the mail server may take for one mail, connecting included."),
        .text(
            "mail.templates_dir", \.mail.templatesDirectory, kind: "a path",
            "A folder with texts of mails in place of the built-in ones; see Mail. A file that is not there leaves the "
                + "built-in one."),
    ]

    private static let web: [Setting] = [
        .choice(
            "web.page", \.web.servesPage, [("on", true), ("off", false)], name: { $0 ? "on" : "off" },
            "Whether the hub serves its page, the live map at /."),
        .text(
            "web.leaflet_dir", \.web.leafletDirectory, kind: "a path",
            "The folder with leaflet.js and leaflet.css; empty looks where Debian's libjs-leaflet puts them."),
        .text(
            "web.tiles_url", \.web.tilesURL, kind: "an http or https URL with {z}, {x} and {y}, or nothing",
            "Where browsers fetch a base map, such as https://tile.example.org/{z}/{x}/{y}.png. Empty draws the outlines of "
                + "countries and regions that were imported, and nobody outside learns what is looked at.",
            where: { $0.isEmpty || isTilesURL($0) }),
        .text(
            "web.tiles_attribution", \.web.tilesAttribution,
            "Whom the base map's tiles are of, as their terms ask; shown on the map."),
    ]

    private static let logging: [Setting] = [
        .choice(
            "logging.level", \.logging.level, LogLevel.allCases.map { ($0.name, $0) } + [("warn", .warning)],
            name: \.name, "The least important events that are written."),
        .choice(
            "logging.format", \.logging.format, LoggingConfiguration.Format.allCases.map { ($0.rawValue, $0) },
            name: \.rawValue, "auto is pretty on a terminal and one JSON object a line elsewhere."),
    ]

    private static let telemetry: [Setting] = [
        .secret(
            "telemetry.metrics_token", \.telemetry.metricsToken, kind: "a token without spaces",
            "Whoever asks for /metrics must send it as a bearer token; empty lets everybody see them.",
            where: isToken, masked: { _ in "****" }),
        .text(
            "telemetry.otlp_endpoint", \.telemetry.otlpEndpoint, kind: "an http or https URL, or nothing",
            "The OpenTelemetry collector that traces go to, such as http://127.0.0.1:4318; /v1/traces is added. Empty turns "
                + "tracing off.", where: { $0.isEmpty || isHTTPURL($0) }),
        .secret(
            "telemetry.otlp_headers", \.telemetry.otlpHeaders, kind: "name=value pairs separated by commas",
            "Fields to send with every export, such as a collector's key.", where: isFieldList,
            masked: { _ in "****" }),
        .text(
            "telemetry.otlp_ca_file", \.telemetry.otlpCAFile, kind: "a path",
            "PEM file with certificates to trust for the collector, instead of the system's."),
        .duration(
            "telemetry.otlp_timeout_seconds", \.telemetry.otlpTimeout, in: second, 1...300,
            "How long one export may take."),
        .integer(
            "telemetry.samples_per_million", \.telemetry.samplesPerMillion, 0...1_000_000,
            "How many of a million traces that begin here are recorded; one that came with a request is if it was there."
        ),
        .text(
            "telemetry.service_name", \.telemetry.serviceName, kind: "a name",
            "What this hub is called in traces.", where: { !$0.isEmpty }),
        .duration(
            "telemetry.export_delay_ms", \.telemetry.exportDelay, in: millisecond, 1...60_000,
            "How long finished spans wait for others, to be sent together."),
    ]

    private static func rate(_ key: String, _ path: Path<Int>, _ text: String) -> Setting {
        .integer(key, path, 0...1_000_000_000, "\(text); 0 means no limit.")
    }
}

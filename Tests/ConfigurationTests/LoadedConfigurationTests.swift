import Configuration
import Foundation
import Model
import Telemetry
import Testing

@Suite struct `A configuration` {
    @Test func `is the defaults when nothing is said`() throws {
        let loaded = try LoadedConfiguration(file: nil, environment: ["PATH": "/usr/bin", "HUBBUB": "1"])
        #expect(loaded.values == HubConfiguration())
        #expect(loaded.values.server.host == "127.0.0.1")
        #expect(loaded.values.server.port == 8080)
        #expect(loaded.values.fanout.tick == .milliseconds(100))
        #expect(loaded.values.limits.groupSize == 20)
        #expect(loaded.values.limits.fixRules == FixRules())
        #expect(loaded.values.database.url == nil)
    }

    @Test func `takes file over defaults, environment over file, flags over environment, and the last flag`() throws {
        let file = try TemporaryFile("[server]\nhost = \"h1\"\nport = 1\nloops = 1\nmax_connections = 1\n")
        let loaded = try LoadedConfiguration(
            file: file.path,
            environment: [
                "PM__SERVER__PORT": "2", "PM__SERVER__LOOPS": "2", "PM__SERVER__MAX_CONNECTIONS": "2",
                "HUB__SERVER__LOOPS": "3", "HUB__SERVER__MAX_CONNECTIONS": "3",
            ],
            overrides: [
                SettingOverride(key: "server.max_connections", value: "4", flag: "--set"),
                SettingOverride(key: "server.max_connections", value: "5", flag: "--server-max-connections"),
            ])
        let server = loaded.values.server
        #expect((server.host, server.port, server.loops, server.maximumConnections) == ("h1", 2, 3, 5))
        #expect(server.idleTimeout == .seconds(75))
        #expect(loaded.source(of: SettingKey("server.host")) == .file(file.path))
        #expect(loaded.source(of: SettingKey("server.port")) == .environment(variable: "PM__SERVER__PORT"))
        #expect(loaded.source(of: SettingKey("server.max_connections")) == .flag("--server-max-connections"))
        #expect(loaded.source(of: SettingKey("server.idle_timeout_seconds")) == .defaults)
    }

    @Test(arguments: [
        ("telemetry.otlp_endpoint", "127.0.0.1:4318"), ("telemetry.otlp_endpoint", "ftp://h"),
        ("telemetry.otlp_endpoint", "http://user:secret@h"), ("telemetry.otlp_endpoint", "http://h?x"),
        ("telemetry.otlp_endpoint", "http://h\r\nX: y"), ("telemetry.metrics_token", "two words"),
        ("telemetry.otlp_headers", "no-value"), ("telemetry.otlp_headers", "X: y=z"),
        ("telemetry.otlp_headers", "X-Key=a\r\nX-Forged=b"), ("telemetry.samples_per_million", "1000001"),
        ("telemetry.samples_per_million", "-1"), ("telemetry.service_name", ""),
    ])
    func `of telemetry takes nothing that would not work, and shows no secret`(key: String, value: String) throws {
        let override = SettingOverride(key: key, value: value, flag: "--set")
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(file: nil, environment: [:], overrides: [override])
        }
        let text = try #require(error).description
        #expect(text.contains(key))
        if key.hasSuffix("headers") || key.hasSuffix("token") { #expect(!text.contains(value)) }
    }

    @Test func `of a collector's fields takes names and values apart`() throws {
        let loaded = try LoadedConfiguration(
            file: nil, environment: ["HUB__TELEMETRY__OTLP_HEADERS": "X-Key = a=b , X-Other=c d,X-None="])
        let fields = loaded.values.telemetry.otlpFields
        #expect(fields.map(\.name) == ["X-Key", "X-Other", "X-None"])
        #expect(fields.map(\.value) == ["a=b", "c d", ""])
        #expect(!loaded.describe().contains("a=b"))
    }

    /// A value for each setting that is not its default.
    private static let others: [String: String] = [
        "server.host": "0.0.0.0", "server.tls_certificate": "c.pem", "server.tls_key": "k.pem",
        "server.trusted_proxies": "10.0.0.0/8,::1", "data.dir": "/var/lib/hub",
        "database.url": "postgres://u:p@h/d", "database.programs_dir": "/opt/pg/bin", "logging.level": "debug",
        "logging.format": "json", "security.cors_origins": "https://a.example,https://b.example:8443",
        "security.stream_origins": "*", "fanout.deflate": "off", "locations.store": "off",
        "server.tls_min_version": "1.3", "security.require_https": "on",
        "security.rate_policies": "exports 10/hour by key,ip 50/second by ip",
        "telemetry.metrics_token": "t0ken", "telemetry.otlp_endpoint": "https://otlp.example:4318/base",
        "telemetry.otlp_headers": "X-Key=a b, X-Other=", "telemetry.otlp_ca_file": "ca.pem",
        "telemetry.service_name": "hub-2", "server.public_url": "https://app.example/x",
        "mail.smtp_url": "smtps://mail.example:465", "mail.from": "Hub <hub@mail.example>", "mail.tls": "off",
        "accounts.require_verified_email": "on",
        "mail.username": "hub", "mail.password": "s3cret", "mail.ca_file": "ca.pem", "mail.templates_dir": "texts",
        "web.page": "off", "web.leaflet_dir": "/opt/leaflet", "web.tiles_attribution": "© Somebody",
        "web.tiles_url": "https://tile.example.org:8443/a/{z}/{x}/{y}@2x.png?key=1",
        "accounts.registration": "closed",
        "credentials.master_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "credentials.master_key_file": "/run/key", "credentials.issuer": "https://hub.example",
        "credentials.providers_file": "providers.toml",
    ]

    /// What some settings need beside them.
    private static let companions: [String: [String: String]] = [
        "mail.smtp_url": [
            "HUB__MAIL__FROM": "hub@mail.example", "HUB__SERVER__PUBLIC_URL": "https://app.example",
        ],
        "accounts.require_verified_email": [
            "HUB__MAIL__SMTP_URL": "smtp://h", "HUB__MAIL__FROM": "hub@mail.example",
            "HUB__SERVER__PUBLIC_URL": "https://app.example",
        ],
        "mail.username": ["HUB__MAIL__PASSWORD": "x"], "mail.password": ["HUB__MAIL__USERNAME": "x"],
    ]

    @Test(arguments: [
        ("mail.smtp_url", "mail.example:25"), ("mail.smtp_url", "http://mail.example"),
        ("mail.smtp_url", "smtp://u:p@h"),
        ("mail.smtp_url", "smtp://h/x"), ("mail.smtp_url", "smtp://h\r\nx"), ("mail.from", "hub"),
        ("mail.from", "Hub <hub@a> x"), ("mail.from", "Hub\r\nBcc: x <hub@a>"), ("mail.from", "Hub <hub@a"),
        ("mail.from", "hub@a>"), ("mail.from", "a..b@c"), ("mail.from", "a.@c"), ("mail.from", "a@-c"),
        ("web.tiles_url", "https://tile.example.org/{z}/{x}.png"), ("web.tiles_url", "//h/{z}/{x}/{y}"),
        ("web.tiles_url", "https://h;script-src *//{z}/{x}/{y}"), ("web.tiles_url", "https://h/{z}/{x}/{y} x"),
        ("web.page", "maybe"), ("mail.timeout_seconds", "0"), ("mail.tls", "maybe"),
        ("server.public_url", "https://h/"),
        ("server.public_url", "ftp://h"), ("server.public_url", "https://h/#x"),
    ])
    func `of mail and of the page takes nothing that would not work`(key: String, value: String) throws {
        let override = SettingOverride(key: key, value: value, flag: "--set")
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(file: nil, environment: [:], overrides: [override])
        }
        #expect(try #require(error).description.contains(key))
    }

    @Test func `of mail says what else it needs`() throws {
        for (setting, missing) in [
            ("HUB__MAIL__SMTP_URL=smtp://h", ["mail.from", "server.public_url"]),
            ("HUB__ACCOUNTS__REQUIRE_VERIFIED_EMAIL=on", ["mail.smtp_url"]),
            ("HUB__MAIL__USERNAME=hub", ["mail.password"]), ("HUB__MAIL__PASSWORD=s3cret", ["mail.username"]),
        ] {
            let pair = setting.split(separator: "=").map { String($0) }
            let error = #expect(throws: ConfigurationError.self) {
                try LoadedConfiguration(file: nil, environment: [pair[0]: pair[1]])
            }
            let text = try #require(error).description
            for key in missing { #expect(text.contains("\(key): is needed with")) }
            #expect(!text.contains("s3cret"))
        }
    }

    @Test(arguments: Setting.all.map(\.key))
    func `every setting can be changed by the environment, by its flag and by a file`(key: SettingKey) throws {
        let defaults = try LoadedConfiguration(file: nil, environment: [:])
        var value = Self.others[key.description] ?? ""
        if value.isEmpty {
            let line = try #require(defaults.line(of: key))
            value = try String(#require(Int(line.split(separator: " = ")[1])) + 1)
        }
        // TLS takes both of its files, and rows need a high water above them.
        var environment =
            key.name.hasPrefix("tls_")
            ? ["HUB__SERVER__TLS_CERTIFICATE": "x", "HUB__SERVER__TLS_KEY": "x"]
            : Self.companions[key.description] ?? [:]
        environment[key.environmentName] = value
        let byEnvironment = try LoadedConfiguration(file: nil, environment: environment)
        #expect(byEnvironment.line(of: key) != defaults.line(of: key))
        #expect(byEnvironment.source(of: key) == .environment(variable: key.environmentName))

        let parsed = CommandTable.hubd.parse(["serve", key.flag, value])
        guard case .run(let invocation) = parsed else {
            Issue.record("\(parsed)")
            return
        }
        environment[key.environmentName] = nil
        let byFlag = try invocation.loadConfiguration(environment: environment)
        #expect(byFlag.line(of: key) == byEnvironment.line(of: key))

        let line = try #require(byEnvironment.line(of: key))
        // Secrets are shown masked.
        let isSecret = Setting.all.contains { $0.key == key && $0.isSecret }
        if !isSecret {
            let file = try TemporaryFile("[\(key.section)]\n\(line)\n")
            let byFile = try LoadedConfiguration(file: file.path, environment: environment)
            #expect(byFile.line(of: key) == line)
        }
    }

    @Test(arguments: [
        ("server.port = \"80\"", "server.port: must be an integer from 0 to 65535, not \"80\""),
        ("server.port = 65536", "server.port: must be an integer from 0 to 65535, not 65536"),
        ("server.port = -1", "server.port: must be an integer from 0 to 65535, not -1"),
        ("server.port = 80.5", "server.port: must be an integer from 0 to 65535"),
        ("server.port = true", "server.port: must be an integer from 0 to 65535"),
        ("server.host = 1", "server.host: must be an address or a host name, not 1"),
        ("server.host = \"\"", "server.host: must be an address or a host name, not \"\""),
        (
            "server.trusted_proxies = \"10.0.0.1\"",
            "server.trusted_proxies: must be a list of addresses or CIDR blocks, not \"10.0.0.1\""
        ),
        (
            "server.trusted_proxies = [\"10.0.0.0/33\"]",
            "server.trusted_proxies: must be a list of addresses or CIDR blocks, not [\"10.0.0.0/33\"]"
        ),
        ("server.trusted_proxies = [1]", "server.trusted_proxies: must be a list of addresses or CIDR blocks"),
        (
            "security.cors_origins = [\"https://a/b\"]",
            "security.cors_origins: must be a list of origins, or *, not [\"https://a/b\"]"
        ),
        (
            "logging.level = \"loud\"",
            "logging.level: must be one of trace, debug, info, warning, error, warn, not \"loud\""
        ),
        (
            "security.rate_policies = [\"x 1 by key\"]",
            "security.rate_policies: must be a list of `NAME COUNT/WINDOW by key, user, device or ip`, not [\"x 1 by key\"]"
        ),
        ("server.tls_min_version = \"1.1\"", "server.tls_min_version: must be one of 1.2, 1.3, not \"1.1\""),
        ("data.dir = \"a\\u0000b\"", "data.dir: must be a path"),
        ("server.prot = 1", "server.prot: there is no such setting"),
        ("port = 1", "port: there is no such setting"),
        ("server = 1", "server: there is no such setting"),
        ("[server.tls]\nkey = \"x\"", "server.tls.key: there is no such setting"),
    ])
    func `says what is wrong in a file in one line with its name`(text: String, message: String) throws {
        let file = try TemporaryFile(text)
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(file: file.path, environment: [:])
        }
        #expect(error?.description == "\(message) (\(file.path))")
    }

    @Test(arguments: [
        ("x 1/hour by key,x 2/hour by key", "has two policies called x"),
        ("ip 1/hour by key", "must count ip by ip"), ("key 1/hour by ip", "must count key by key"),
        ("stream 1/hour by device", "cannot hold stream, which is stream_locations_per_second"),
    ])
    func `refuses rate policies that contradict each other or the built-in ones`(text: String, reason: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(file: nil, environment: ["HUB__SECURITY__RATE_POLICIES": text])
        }
        #expect(error?.description == "security.rate_policies: \(reason)")
    }

    @Test func `lays rate policies over those that the older settings make`() throws {
        let loaded = try LoadedConfiguration(
            file: nil,
            environment: [
                "PM__SECURITY__RATE_LIMIT_PER_MINUTE": "7", "HUB__SECURITY__ADMIN_RATE_LIMIT_PER_MINUTE": "0",
                "HUB__SECURITY__RATE_POLICIES": "ip 50/second by ip, exports 10/hour by key",
            ])
        #expect(
            loaded.values.security.policies.map(\.description) == [
                "key 7/minute by key", "user 100/minute by user", "ip 50/second by ip", "admin 0/minute by key",
                "ingest 120/minute by user", "ingest_batch 30/minute by user", "sign_in 30/minute by ip",
                "register 20/hour by ip", "refresh 120/minute by ip", "mail 20/hour by ip",
                "mail_token 30/minute by ip", "invitation 20/minute by user", "phone 600/minute by device",
                "share 120/minute by ip", "exports 10/hour by key",
            ])
    }

    @Test(arguments: ["server.port = ", "a = 1\na = 2", "[server", "\u{FEFF}server.host = \"\u{1}\""])
    func `says where a file is no TOML in one line`(text: String) throws {
        let file = try TemporaryFile(text)
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(file: file.path, environment: [:])
        }
        let description = try #require(error?.description)
        #expect(description.hasPrefix("\(file.path): line "))
        #expect(!description.contains("\n"))
    }

    @Test func `says which file cannot be read and why`() {
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(file: "/nonexistent/hub.toml", environment: [:])
        }
        #expect(error?.description == "/nonexistent/hub.toml: cannot be read: No such file or directory")
    }

    @Test(arguments: [
        (
            "HUB__SERVER__PORT", "eighty",
            "server.port: must be an integer from 0 to 65535, not \"eighty\" (HUB__SERVER__PORT)"
        ),
        ("HUB__SERVER__PORT", "", "server.port: must be an integer from 0 to 65535, not \"\" (HUB__SERVER__PORT)"),
        (
            "HUB__SERVER__PORT", "99999999999999999999",
            "server.port: must be an integer from 0 to 65535, not \"99999999999999999999\" (HUB__SERVER__PORT)"
        ),
        (
            "PM__FANOUT__TICK_MS", "-1",
            "fanout.tick_ms: must be an integer from 0 to 10000, not \"-1\" (PM__FANOUT__TICK_MS)"
        ),
        ("HUB__SERVR__PORT", "1", "servr.port: there is no such setting (HUB__SERVR__PORT)"),
        ("HUB__", "1", ": there is no such setting (HUB__)"),
    ])
    func `says what is wrong in the environment`(variable: String, value: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(file: nil, environment: [variable: value])
        }
        #expect(error?.description == message)
    }

    @Test func `tells every problem at once`() throws {
        let file = try TemporaryFile("server.port = \"x\"\n")
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(
                file: file.path, environment: ["HUB__LOGGING__LEVEL": "x"],
                overrides: [SettingOverride(key: "nothing", value: "x", flag: "--set")])
        }
        #expect(error?.problems.count == 3)
        #expect(error?.description.split(separator: "\n").count == 3)
    }

    @Test func `refuses what does not go together`() {
        for (given, missing) in [("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")] {
            let error = #expect(throws: ConfigurationError.self) {
                try LoadedConfiguration(file: nil, environment: ["HUB__SERVER__\(given.uppercased())": "a.pem"])
            }
            #expect(error?.description == "server.\(missing): is needed with server.\(given)")
        }
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(file: nil, environment: ["HUB__LIMITS__WRITE_BEHIND_HIGH_WATER": "499"])
        }
        #expect(
            error?.description
                == "limits.write_behind_high_water: must be at least limits.write_behind_rows, which is 500")
    }

    @Test func `shows what is in effect, and is read back the same`() throws {
        let environment = ["HUB__SERVER__PORT": "9000", "HUB__SERVER__HOST": "a \"b\" \\ \u{7F}ä"]
        let loaded = try LoadedConfiguration(file: nil, environment: environment)
        #expect(loaded.describe().contains("\nport = 9000  # HUB__SERVER__PORT\n"))
        #expect(loaded.describe().contains("\ntick_ms = 100\n"))
        let file = try TemporaryFile(loaded.describe())
        #expect(try LoadedConfiguration(file: file.path, environment: [:]).values == loaded.values)
    }

    @Test(arguments: [
        ("postgres://hub:s3cret@db:5432/hub", "postgres://hub:****@db:5432/hub"),
        ("postgres://hub:s3/c:r@t@db/hub", "postgres://hub:****@db/hub"),
        ("postgres://hub@db/hub", "postgres://hub@db/hub"),
        ("postgresql://db/hub?password=s3cret&sslmode=require", "postgresql://db/hub?password=****&sslmode=require"),
        ("postgres://db/hub?user=hub&sslpassword=s3cret", "postgres://db/hub?user=hub&sslpassword=****"),
        ("host=db password=s3cret user=hub", "host=db password=**** user=hub"),
        ("host=db password = 's3 \\' cret' user=hub", "host=db password = **** user=hub"),
        ("host=db PASSWORD=s3\\ cret", "host=db PASSWORD=****"),
    ])
    func `shows no password`(url: String, masked: String) throws {
        let loaded = try LoadedConfiguration(file: nil, environment: ["HUB__DATABASE__URL": url])
        #expect(loaded.values.database.url?.revealed == url)
        #expect(
            loaded.describe().contains("\nurl = \"\(masked.replacing("\\", with: "\\\\"))\"  # HUB__DATABASE__URL\n"))
        var dumped = ""
        dump(loaded, to: &dumped)
        for shown in ["\(loaded)", dumped, loaded.describe()] { #expect(!shown.contains("s3")) }
    }

    @Test func `does not show a secret that it refuses`() {
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(file: nil, environment: ["HUB__DATABASE__URL": "mysql://u:s3cret@h/d"])
        }
        #expect(
            error?.description
                == "database.url: must be a Postgres connection URI or conninfo string (HUB__DATABASE__URL)")
    }

    @Test func `pretty lines have colour on a terminal only`() throws {
        var logging = LoggingConfiguration()
        #expect(logging.lineFormat(terminal: false, environment: [:]) == .json)
        #expect(logging.lineFormat(terminal: true, environment: [:]) == .pretty(colour: true))
        logging.format = .pretty
        #expect(logging.lineFormat(terminal: false, environment: [:]) == .pretty(colour: false))
        logging.format = .json
        #expect(logging.lineFormat(terminal: true, environment: [:]) == .json)
    }
}

extension LoadedConfiguration {
    /// `name = value` as `describe()` has it, without where it came from.
    func line(of key: SettingKey) -> String? {
        let sections = describe().split(separator: "\n\n").map { $0.split(separator: "\n") }
        return sections.first { $0[0] == "[\(key.section)]" }?
            .first { $0.hasPrefix("\(key.name) = ") }
            .flatMap { $0.split(separator: "  #").first.map(String.init) }
    }
}

extension SettingKey {
    init(_ text: String) {
        guard let key = Setting.all.map(\.key).first(where: { $0.description == text }) else {
            preconditionFailure("there is no setting \(text)")
        }
        self = key
    }
}

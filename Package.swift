// swift-tools-version: 6.3
import PackageDescription

// One line per module: its name and everything it may import. Imports point down (ARCHITECTURE.md).

/// What every module shares; `Tests`, `Examples` and `Plugins` leave out strict memory safety.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func cLibrary(_ name: String, pkgConfig: String, apt: String? = nil) -> Target {
    .systemLibrary(
        name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: apt.map { [.apt([$0])] })
}

/// One that `embeds` texts has all files of its folder compiled in that are no sources, as `PackageResources` (Plugins/EmbedTexts).
func module(_ name: String, path: String? = nil, imports: [String] = [], embeds: Bool = false) -> Target {
    .target(
        name: name, dependencies: imports.map { .init(stringLiteral: $0) }, path: path ?? "Sources/\(name)",
        swiftSettings: strict + [.strictMemorySafety()], plugins: embeds ? ["EmbedTexts"] : [])
}

func program(_ name: String, path: String, imports: [String]) -> Target {
    .executableTarget(
        name: name, dependencies: imports.map { .init(stringLiteral: $0) }, path: path,
        swiftSettings: strict + [.strictMemorySafety()])
}

func tests(
    _ name: String, path: String? = nil, imports: [String], exclude: [String] = [], embeds: Bool = false
) -> Target {
    .testTarget(
        name: name, dependencies: imports.map { .init(stringLiteral: $0) }, path: path ?? "Tests/\(name)",
        exclude: exclude, swiftSettings: strict, plugins: embeds ? ["EmbedTexts"] : [])
}

let package = Package(
    name: "presence-hub",
    products: [
        .executable(name: "hubd", targets: ["hubd"]),
        .executable(name: "hubctl", targets: ["hubctl"]),
        .executable(name: "EchoServer", targets: ["EchoServer"]),
    ],
    targets: [
        cLibrary("CUV", pkgConfig: "libuv", apt: "libuv1-dev"),
        cLibrary("COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),
        cLibrary("CGnuTLS", pkgConfig: "gnutls", apt: "libgnutls28-dev"),
        cLibrary("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
        cLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        cLibrary("CSodium", pkgConfig: "libsodium", apt: "libsodium-dev"),
        cLibrary("CH3", pkgConfig: "h3"),  // scripts/install-h3.sh
        cLibrary("CExpat", pkgConfig: "expat", apt: "libexpat1-dev"),
        cLibrary("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        cLibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        .target(
            name: "CToml", path: "Sources/CLibraries/CToml", publicHeadersPath: "include"),

        .plugin(name: "EmbedTexts", capability: .buildTool(), dependencies: ["embed-texts"]),
        .executableTarget(name: "embed-texts", path: "Plugins/embed-texts", swiftSettings: strict),

        module("Model"),
        module("Telemetry"),
        module("Systemd"),
        module("Crypto", imports: ["COpenSSL"]),
        module("TLS", imports: ["CGnuTLS"]),
        module("Passwords", imports: ["CSodium", "Model", "Telemetry"]),
        module("Configuration", imports: ["CToml", "Model", "Telemetry"]),
        module("Wire", imports: ["Model"]),
        module("Tokens", imports: ["Crypto", "Wire", "Model"]),
        module("EventLoop", imports: ["TLS", "CUV", "Telemetry"]),
        module("Gzip", imports: ["CZlib"]),
        module("HTTP", imports: ["EventLoop", "Telemetry"]),
        module("HTTPClient", imports: ["EventLoop", "Telemetry", "CCurl"]),
        module("Mail", imports: ["HTTPClient", "EventLoop", "Wire", "Crypto", "Model"]),
        module("H3", imports: ["CH3", "Model"]),
        module("GeoPackage", imports: ["CSQLite"]),
        module("Earth", imports: ["GeoPackage", "H3", "Model"]),
        module("OTLP", imports: ["HTTPClient", "EventLoop", "Telemetry"]),
        module("WebSocket", imports: ["HTTP", "EventLoop", "TLS", "Crypto", "Telemetry", "CZlib"]),
        module("Actors", imports: ["Model", "Telemetry"]),
        module(
            "Persistence", imports: ["EventLoop", "Model", "Telemetry", "Crypto", "CPostgres"], embeds: true),
        module("Journeys", imports: ["Model"]),
        module("TrackFiles", imports: ["Model", "CExpat", "CZlib"]),
        module("ProgramManuals"),
        module("TerminalText"),
        module("Jobs", imports: ["Persistence", "Telemetry", "Model"]),
        module(
            "FeatureKit", path: "Sources/Features/FeatureKit",
            imports: [
                "Jobs", "Actors", "Persistence", "HTTP", "EventLoop", "Wire", "Configuration", "Telemetry", "Crypto",
                "Gzip", "Model",
            ]),
        module(
            "Core", path: "Sources/Features/Core",
            imports: [
                "FeatureKit", "Jobs", "Actors", "Persistence", "HTTP", "EventLoop", "Wire", "Telemetry", "Crypto",
                "Model",
            ]),
        module(
            "Privacy", path: "Sources/Features/Privacy",
            imports: ["FeatureKit", "Persistence", "HTTP", "EventLoop", "Wire", "Telemetry", "Model"]),
        module(
            "Admin", path: "Sources/Features/Admin",
            imports: ["FeatureKit", "Jobs", "Persistence", "HTTP", "EventLoop", "Wire", "Telemetry", "Model"]),
        module(
            "Accounts", path: "Sources/Features/Accounts",
            imports: [
                "FeatureKit", "Mail", "HTTPClient", "Jobs", "Actors", "Persistence", "HTTP", "EventLoop", "Wire",
                "Configuration",
                "Telemetry",
                "Tokens", "Passwords", "Crypto", "Model",
            ], embeds: true),
        module(
            "Chat", path: "Sources/Features/Chat",
            imports: [
                "FeatureKit", "Jobs", "Actors", "Persistence", "HTTP", "EventLoop", "Wire", "Configuration",
                "Telemetry",
                "Crypto", "Model",
            ], embeds: true),
        module(
            "Achievements", path: "Sources/Features/Achievements",
            imports: ["FeatureKit", "Persistence", "HTTP", "EventLoop", "Wire", "Telemetry", "Model"],
            embeds: true),
        module(
            "Docs", path: "Sources/Features/Docs", imports: ["FeatureKit", "HTTP", "Telemetry"], embeds: true),
        module(
            "Travel", path: "Sources/Features/Travel",
            imports: [
                "FeatureKit", "Jobs", "Journeys", "TrackFiles", "Earth", "GeoPackage", "H3", "Persistence", "HTTP",
                "EventLoop", "Wire", "Configuration", "Telemetry", "Model",
            ], embeds: true),
        module(
            "Web", path: "Sources/Features/Web",
            imports: ["FeatureKit", "Configuration", "HTTP", "Telemetry"], embeds: true),
        module(
            "Phones", path: "Sources/Features/Phones",
            imports: [
                "FeatureKit", "Actors", "Persistence", "HTTP", "Wire", "Configuration", "Telemetry", "Crypto", "Model",
            ], embeds: true),
        module(
            "Shares", path: "Sources/Features/Shares",
            imports: [
                "FeatureKit", "Jobs", "Actors", "Persistence", "HTTP", "EventLoop", "Wire", "Configuration",
                "Telemetry",
                "Crypto", "Model",
            ], embeds: true),
        module(
            "Hub",
            imports: [
                "Core", "Privacy", "Admin", "Accounts", "Chat", "Achievements", "Docs", "Travel", "Web", "Phones",
                "Shares", "Earth", "FeatureKit", "Jobs", "Actors",
                "Persistence", "OTLP",
                "WebSocket", "HTTP",
                "EventLoop", "Wire",
                "Configuration", "Telemetry", "TLS", "Crypto", "Systemd", "ProgramManuals", "TerminalText", "Model",
            ]),
        program("hubd", path: "Sources/hubd", imports: ["Hub", "Configuration"]),
        program(
            "hubctl", path: "clients/cli",
            imports: [
                "Measuring", "ProgramManuals", "TerminalText", "WebSocket", "HTTP", "HTTPClient", "EventLoop", "TLS",
                "Crypto", "Wire", "Model",
            ]),
        module("Measuring", path: "Benchmarks/Measuring"),
        program(
            "ChatBenchmark", path: "Benchmarks/Chat",
            imports: ["Measuring", "WebSocket", "HTTP", "HTTPClient", "EventLoop", "Crypto", "Wire", "Model"]),
        program("HTTPBenchmark", path: "Benchmarks/HTTP", imports: ["HTTP", "EventLoop"]),
        program("RegionsBenchmark", path: "Benchmarks/Regions", imports: ["Travel", "Earth", "H3", "Model"]),
        program("ActorsBenchmark", path: "Benchmarks/Actors", imports: ["Actors", "EventLoop", "Model"]),
        program("WireBenchmark", path: "Benchmarks/Wire", imports: ["WebSocket", "Wire", "Model"]),
        program(
            "LimitsBenchmark", path: "Benchmarks/Limits",
            imports: ["FeatureKit", "HTTP", "EventLoop", "Telemetry", "Model"]),
        program(
            "PersistenceBenchmark", path: "Benchmarks/Persistence",
            imports: ["Persistence", "EventLoop", "Telemetry", "Model"]),
        program("EchoServer", path: "Examples/EchoServer", imports: ["WebSocket", "HTTP", "EventLoop", "TLS"]),

        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .target(
            name: "HubTesting",
            dependencies: ["Crypto", "EventLoop", "HTTP", "Journeys", "Persistence", "Telemetry", "Model"],
            path: "Tests/HubTesting", exclude: ["mail_server.py"],
            swiftSettings: strict),
        tests("ContractTests", imports: []),
        tests("EmbedTextsTests", imports: [], embeds: true),
        tests("ModelTests", imports: ["Model", "HubTesting"]),
        tests(
            "TravelTests", path: "Tests/Features/TravelTests",
            imports: [
                "Travel", "TrackFiles", "FeatureKit", "Jobs", "Earth", "H3", "Journeys", "Persistence", "EventLoop",
                "Wire", "Telemetry", "GeoPackage", "Model", "HubTesting",
            ], exclude: ["twin.py", "twin-requirements.txt"]),
        tests(
            "AchievementsTests", path: "Tests/Features/AchievementsTests",
            imports: [
                "Achievements", "Travel", "FeatureKit", "Journeys", "Persistence", "EventLoop", "Wire", "Telemetry",
                "Model", "HubTesting",
            ]),
        tests("TrackFilesTests", imports: ["TrackFiles", "Model", "HubTesting"]),
        tests("ProgramManualsTests", imports: ["ProgramManuals", "HubTesting"]),
        tests("TerminalTextTests", imports: ["TerminalText"]),
        tests("JourneysTests", imports: ["Journeys", "HubTesting", "Model"]),
        tests("TelemetryTests", imports: ["Telemetry", "HubTesting"]),
        tests("SystemdTests", imports: ["Systemd", "HubTesting"]),
        tests("CryptoTests", imports: ["Crypto", "HubTesting"]),
        tests("TLSTests", imports: ["TLS", "CGnuTLS", "HubTesting"]),
        tests("PasswordsTests", imports: ["Passwords", "Telemetry", "HubTesting"]),
        tests("H3Tests", imports: ["H3", "Model"], exclude: ["golden.py", "golden.csv"]),
        tests("GeoPackageTests", imports: ["GeoPackage", "HubTesting"]),
        tests("EarthTests", imports: ["Earth", "GeoPackage", "Model"]),
        tests("TokensTests", imports: ["Tokens", "Crypto", "Wire", "Model"]),
        tests("ConfigurationTests", imports: ["Configuration", "Model", "Telemetry"]),
        tests("WireTests", imports: ["Wire", "Model", "HubTesting"], exclude: ["Packed/vectors.json"]),
        tests("EventLoopTests", imports: ["EventLoop", "TLS", "HubTesting"]),
        tests("HTTPTests", imports: ["HTTP", "EventLoop", "HubTesting"]),
        tests("WebSocketTests", imports: ["WebSocket", "HTTP", "EventLoop", "TLS", "Crypto", "HubTesting"]),
        tests("HTTPClientTests", imports: ["HTTPClient", "HTTP", "EventLoop", "Telemetry", "HubTesting"]),
        tests("MailTests", imports: ["Mail", "HTTPClient", "EventLoop", "Model", "HubTesting"]),
        tests(
            "OTLPTests", imports: ["OTLP", "HTTPClient", "HTTP", "EventLoop", "Telemetry", "HubTesting"],
            exclude: ["golden.py", "golden.hex"]),
        tests("ActorsTests", imports: ["Actors", "Wire", "Model", "HubTesting"]),
        tests("PersistenceTests", imports: ["Persistence", "EventLoop", "Telemetry", "Model", "HubTesting"]),
        tests("JobsTests", imports: ["Jobs", "Persistence", "EventLoop", "Telemetry", "Model", "HubTesting"]),
        tests(
            "QueryPlanTests",
            imports: [
                "Accounts", "Achievements", "Chat", "Travel", "Phones", "Shares", "Jobs", "Persistence", "HubTesting",
            ]),
        tests(
            "FeatureKitTests", path: "Tests/Features/FeatureKitTests",
            imports: [
                "FeatureKit", "Configuration", "HTTP", "EventLoop", "Wire", "Telemetry", "Crypto", "Model",
                "HubTesting",
            ]),
        tests(
            "ChatLiveTests", path: "Tests/Features/ChatLiveTests",
            imports: [
                "Chat", "FeatureKit", "Actors", "Persistence", "EventLoop", "Wire", "Telemetry", "Model", "HubTesting",
            ]),
        tests(
            "PrivacyTests", path: "Tests/Features/PrivacyTests",
            imports: ["Privacy", "Persistence", "HTTP", "Wire", "Model", "HubTesting"]),
        tests(
            "ChatTests", path: "Tests/Features/ChatTests",
            imports: ["Chat", "FeatureKit", "Persistence", "EventLoop", "Wire", "Model", "HubTesting"]),
        tests(
            "RegionsTests", path: "Tests/Features/RegionsTests",
            imports: [
                "Travel", "Earth", "GeoPackage", "Persistence", "EventLoop", "Telemetry", "Model", "HubTesting",
            ]),
        tests(
            "SharesTests", path: "Tests/Features/SharesTests",
            imports: ["Shares", "EventLoop", "Telemetry", "Model"]),
        tests(
            "PhonesTests", path: "Tests/Features/PhonesTests",
            imports: ["Phones", "FeatureKit", "HTTP", "Actors", "Wire", "Crypto", "Model", "HubTesting"]),
        tests(
            "AccountsTests", path: "Tests/Features/AccountsTests",
            imports: [
                "Accounts", "Configuration", "FeatureKit", "Jobs", "Persistence", "HTTP", "EventLoop", "Passwords",
                "Tokens", "Wire",
                "Telemetry", "Crypto", "Model", "HubTesting",
            ]),
        tests(
            "AccountsMailTests", path: "Tests/Features/AccountsMailTests",
            imports: [
                "Accounts", "Mail", "HTTPClient", "FeatureKit", "Jobs", "Actors", "Configuration", "Persistence",
                "HTTP",
                "EventLoop", "Wire", "Telemetry", "Crypto", "Model", "HubTesting",
            ]),
        tests("ChatBenchmarkTests", imports: ["ChatBenchmark", "Measuring", "Wire", "Model"]),
        tests(
            "HubctlTests",
            imports: [
                "hubctl", "ProgramManuals", "Measuring", "TerminalText", "WebSocket", "HTTP", "EventLoop", "Wire",
                "Model", "HubTesting",
            ]),
        tests(
            "CoreTests", path: "Tests/Features/CoreTests",
            imports: ["Core", "FeatureKit", "Jobs", "Persistence", "EventLoop", "Telemetry", "Model", "HubTesting"]),
        tests(
            "HubTests",
            imports: [
                "Hub", "ProgramManuals", "Configuration", "FeatureKit", "Actors", "Persistence", "HTTP", "EventLoop",
                "Wire", "Telemetry",
                "TLS", "Crypto", "Systemd", "Model", "HubTesting",
            ]),
        tests(
            "EndToEndTests",
            imports: [
                "Hub", "Accounts", "Travel", "Earth", "GeoPackage", "Journeys", "H3", "Configuration", "Telemetry",
                "TLS", "Crypto", "WebSocket", "HTTP", "EventLoop",
                "Persistence", "Wire",
                "Model", "HubTesting", "CAllocations",
            ]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// `LEAVE_OUT=HubctlTests,EndToEndTests swift build --build-tests` builds neither these tests nor what only they and the programs
// need: for the sanitizers' builds, each of everything anew (scripts/check.sh).
if let names = Context.environment["LEAVE_OUT"]?.split(separator: ",").map(String.init), !names.isEmpty {
    func imports(_ target: Target) -> [String] {
        target.dependencies.compactMap { if case .byNameItem(let name, _) = $0 { name } else { nil } }
    }
    let targets = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0) })
    // Plug-ins are no dependencies; they take next to nothing.
    var kept: Set<String> = ["EmbedTexts", "embed-texts"]
    var waiting = package.targets.filter { $0.type == .test && !names.contains($0.name) }.map(\.name)
    while let name = waiting.popLast() {
        if kept.insert(name).inserted, let target = targets[name] { waiting += imports(target) }
    }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { product in
        (product as? Product.Executable).map { !kept.isSuperset(of: $0.targets) } ?? false
    }
}

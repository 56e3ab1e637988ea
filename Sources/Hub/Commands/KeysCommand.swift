internal import Configuration
internal import Crypto
internal import Model
internal import Persistence
internal import Telemetry
internal import Wire

/// `hubd keys create|list|rotate|revoke` (story 4.9). Works beside a running hub and without one.
struct KeysCommand {
    private let invocation: CommandInvocation
    private let configuration: HubConfiguration
    private let log: Logger
    private let clock = SystemClock()

    init(_ invocation: CommandInvocation, _ configuration: HubConfiguration, log: LogOutput) {
        self.invocation = invocation
        self.configuration = configuration
        log.level = max(log.level, .warning)
        self.log = Logger("keys", output: log)
    }

    func run() async -> ExitCode {
        await CommandDatabase.run(configuration, log: log) { await run(PostgresAPIKeyStore(database: $0)) }
    }

    private func run(_ store: any APIKeyStore) async -> ExitCode {
        do throws(DeviceStoreError) {
            switch invocation.command {
            case "keys create": return try await create(in: store)
            case "keys list": return try await list(store)
            case "keys rotate": return try await rotate(in: store)
            default: return try await revoke(in: store)
            }
        } catch {
            Terminal.complain(
                error == .unavailable ? "the database does not answer" : "the database refused: \(error)")
            return .unavailable
        }
    }

    // MARK: The commands

    private func create(in store: any APIKeyStore) async throws(DeviceStoreError) -> ExitCode {
        let name = (invocation.value("name") ?? "")
        guard (1...200).contains(name.unicodeScalars.count),
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            Terminal.complain("a key's name has 1 to 200 characters, none of them a control character")
            return .usage
        }
        try await make(name, isAdmin: invocation.has("admin"), expiresAt: nil, in: store)
        return .success
    }

    private func make(
        _ name: String, isAdmin: Bool, expiresAt: Timestamp?, in store: any APIKeyStore
    ) async throws(DeviceStoreError) {
        let secret = APIKeySecret.generate()
        let now = clock.now
        let key = APIKey(
            id: APIKeyID(UniqueID.version7(at: now)), prefix: secret.prefix, name: name, isAdmin: isAdmin,
            isActive: true, createdAt: now, expiresAt: expiresAt)
        try await store.insert(key, hash: secret.hash)
        guard !invocation.has("json") else {
            return printJSON { json in
                json.object {
                    $0.member("id", key.id.rawValue)
                    $0.member("key", secret.text)
                    $0.member("prefix", key.prefix)
                }
            }
        }
        Terminal.write(
            """
            key     \(secret.text)
            id      \(key.id)
            prefix  \(key.prefix)
            The key is shown this once; the hub keeps its SHA-256 hash only:
            hash    \(Hexadecimal.encode(secret.hash))

            For the database of another hub:
            \(PostgresAPIKeyStore.statement(inserting: key, hash: secret.hash))

            """)
    }

    private func list(_ store: any APIKeyStore) async throws(DeviceStoreError) -> ExitCode {
        let keys = try await store.list()
        guard !invocation.has("json") else {
            printJSON { json in
                json.array { json in
                    for key in keys { json.object { KeysCommand.write(key, to: &$0) } }
                }
            }
            return .success
        }
        Terminal.write("PREFIX    ACTIVE  ADMIN  CREATED                   LAST USED                 NAME\n")
        for key in keys {
            Terminal.write(
                [
                    key.prefix.padded(to: 8), (key.isValid(at: clock.now) ? "yes" : "no").padded(to: 6),
                    (key.isAdmin ? "yes" : "no").padded(to: 5), key.createdAt.rfc3339.padded(to: 24),
                    (key.lastUsedAt?.rfc3339 ?? "never").padded(to: 24), key.name,
                ].joined(separator: "  ") + "\n")
        }
        return .success
    }

    /// The new key is there before the old one stops working.
    private func rotate(in store: any APIKeyStore) async throws(DeviceStoreError) -> ExitCode {
        let wanted = invocation.operands[0]
        let matches = try await store.list().filter { $0.isActive && KeysCommand.matches($0, wanted) }
        guard let old = matches.first, matches.count == 1 else {
            Terminal.complain(
                matches.isEmpty
                    ? "no active key is called \(wanted)" : "several active keys begin with \(wanted): give the id")
            return .failure
        }
        try await make(old.name, isAdmin: old.isAdmin, expiresAt: old.expiresAt, in: store)
        _ = try await store.revoke(idOrPrefix: old.id.description, at: clock.now)
        return .success
    }

    /// Revoking twice is as good as once.
    private func revoke(in store: any APIKeyStore) async throws(DeviceStoreError) -> ExitCode {
        let wanted = invocation.operands[0]
        let known = try await store.list().filter { KeysCommand.matches($0, wanted) }
        guard !known.isEmpty else {
            Terminal.complain("no key is called \(wanted)")
            return .failure
        }
        let revoked = try await store.revoke(idOrPrefix: wanted, at: clock.now)
        guard !invocation.has("json") else {
            printJSON { json in
                json.object { json in
                    json.array("revoked") { json in
                        for key in revoked { json.value(key.id.rawValue) }
                    }
                }
            }
            return .success
        }
        Terminal.write(
            revoked.isEmpty
                ? "already revoked\n" : revoked.map { "revoked \($0.prefix) (\($0.name))\n" }.joined())
        return .success
    }

    private static func matches(_ key: APIKey, _ wanted: String) -> Bool {
        key.prefix == wanted || key.id.description == wanted.lowercased()
    }

    private static func write(_ key: APIKey, to json: inout JSONWriter) {
        json.member("id", key.id.rawValue)
        json.member("prefix", key.prefix)
        json.member("name", key.name)
        json.member("active", key.isActive)
        json.member("admin", key.isAdmin)
        json.member("createdAt", key.createdAt)
        json.member("expiresAt", key.expiresAt)
        json.member("lastUsedAt", key.lastUsedAt)
    }

    private func printJSON(_ write: (inout JSONWriter) -> Void) {
        Terminal.write(String(decoding: JSONWriter.bytes(write), as: UTF8.self) + "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

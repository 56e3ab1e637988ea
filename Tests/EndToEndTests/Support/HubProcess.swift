import Foundation
import Glibc
import HubTesting
import Model
import Persistence
import TLS
import Wire

/// A real `hubd serve` on a private Postgres in a data directory of its own, which can be killed and started again.
final class HubProcess {
    let port: Int
    let directory: String
    /// What its commands are run with too.
    let environment: [String: String]
    private let arguments: [String]
    private(set) var run: ProgramRun
    private(set) var address: HubAddress

    /// Starts a hub, runs `body`, and ends the hub and its Postgres, whatever became of them.
    ///
    /// - Parameters:
    ///   - settings: Variables of its environment; nothing takes one away that it would have.
    ///   - isFirst: Whether there is nothing in the data directory; otherwise a cluster of Postgres, which no hub has run on.
    static func with<Value>(
        _ settings: [String: String?] = [:], arguments: [String] = [], tls: TLSContext? = nil, isFirst: Bool = false,
        _ body: (HubProcess) async throws -> Value
    ) async throws -> Value {
        let hub = try await HubProcess(settings, arguments, tls: tls, isFirst: isFirst)
        do {
            let value = try await body(hub)
            await hub.end()
            return value
        } catch {
            // A test that fails because its hub is gone says what the hub said last.
            let last = hub.run.isRunning ? nil : String(hub.run.errorsSoFar.suffix(2000))
            await hub.end()
            guard let last else { throw error }
            throw Unexpected(what: "\(error), and the hub had ended: \(last)")
        }
    }

    private init(
        _ settings: [String: String?], _ arguments: [String], tls: TLSContext?, isFirst: Bool
    ) async throws {
        port = try FreePort.find()
        directory = try TestFiles.directory()
        self.arguments = ["serve"] + arguments
        let defaults: [String: String?] = [
            "HUB__SERVER__PORT": "\(port)", "HUB__SERVER__LOOPS": "2", "HUB__DATA__DIR": directory,
            "HUB__LOGGING__FORMAT": "json", "HUB__LOGGING__LEVEL": "debug",
            "HUB__SECURITY__RATE_LIMIT_PER_MINUTE": "0", "HUB__SECURITY__IP_RATE_LIMIT_PER_MINUTE": "0",
            "HUB__SECURITY__STREAM_LOCATIONS_PER_SECOND": "0", "HUB__SECURITY__USER_RATE_LIMIT_PER_MINUTE": "0",
            "HUB__CHAT__MESSAGES_PER_SECOND": "0",
            // Limits that a test does not set are none that it tests.
            "HUB__DATABASE__CONNECT_TIMEOUT_SECONDS": "60", "HUB__DATABASE__STATEMENT_TIMEOUT_SECONDS": "60",
            "HUB__SERVER__SHUTDOWN_TIMEOUT_SECONDS": "60",
            "HUB__CREDENTIALS__PASSWORD_MEMORY_KIB": "1024", "HUB__CREDENTIALS__PASSWORD_ITERATIONS": "1",
            "HUB__SECURITY__RATE_POLICIES": RunningHub.unlimited.map(\.description).joined(separator: ", "),
        ]
        environment = defaults.merging(settings) { $1 }.compactMapValues { $0 }
        let made = isFirst ? nil : try await MadeCluster.shared.value
        try await made?.copy(to: directory)
        run = try ProgramRun("hubd", self.arguments, environment: environment)
        address = HubAddress(port: port, tls: tls)
        do {
            try await waitUntilReady()
            if let made { address.key = made.key } else { address.key = try await makeKey("test").key }
        } catch {
            await end()
            throw error
        }
    }

    /// Starts it again after it has ended.
    func restart() async throws {
        _ = await run.outcome()
        run = try ProgramRun("hubd", self.arguments, environment: environment)
        try await waitUntilReady()
    }

    func waitUntilReady() async throws {
        try await Support.eventually("the hub serves", within: .seconds(90)) {
            guard run.isRunning else {
                throw Unexpected(what: "the hub ended: \(run.errorsSoFar.suffix(2000))")
            }
            return (try? await address.get("/api/health/ready").status) == 200
        }
    }

    /// Makes a key with the program that operators use.
    func makeKey(_ name: String, _ flags: String...) async throws -> (id: String, key: String) {
        let outcome = try await ProgramRun.run(
            "hubd", ["keys", "create", "--name", name, "--json"] + flags, environment: environment)
        guard outcome.status == 0, let json = outcome.json, let id = json["id"]?.string, let key = json["key"]?.string
        else { throw Unexpected(what: "no key: \(outcome.errors)") }
        return (id, key)
    }

    func keys(_ arguments: String...) async throws -> ProgramRun.Outcome {
        try await ProgramRun.run("hubd", ["keys"] + arguments, environment: environment)
    }

    func jobs(_ arguments: String...) async throws -> ProgramRun.Outcome { try await jobs(arguments) }

    func jobs(_ arguments: [String]) async throws -> ProgramRun.Outcome {
        try await ProgramRun.run("hubd", ["jobs"] + arguments, environment: environment)
    }

    /// The private Postgres's postmaster.
    var postmaster: Int32? {
        Int32(TestFiles.text(directory + "/postgres/postmaster.pid").split(separator: "\n").first ?? "")
    }

    /// What libpq connects to.
    var databaseURL: String { "host='\(directory)/run' user=hub dbname=postgres" }

    /// The times of every stored fix by device, in milliseconds since the epoch; a time twice would be there twice.
    func stored() async throws -> [DeviceID: [Int64]] {
        try await query(HubProcess.storedFixes).rows.reduce(into: [:]) { stored, row in
            guard let id = row.uniqueID(0), let moment = row.timestamp(1) else { return }
            stored[DeviceID(id), default: []].append(moment.milliseconds)
        }
    }

    /// How many fixes are stored.
    func storedCount() async throws -> Int { Int(try await query(HubProcess.fixCount)[0].int64(0) ?? 0) }

    private func query(_ statement: PostgresStatement) async throws -> PostgresResult {
        let database = Support.database(databaseURL)
        do {
            let result = try await database.query(PostgresQuery(statement))
            await database.close()
            return result
        } catch {
            await database.close()
            throw error
        }
    }

    private static let storedFixes = PostgresStatement(
        "test.all", "SELECT device_id, captured_at FROM core.locations ORDER BY device_id, captured_at")
    private static let fixCount = PostgresStatement("test.count", "SELECT count(*) FROM core.locations")

    /// Stops it as an operator would, and waits.
    func terminate() async -> ProgramRun.Outcome {
        run.signal(SIGTERM)
        return await run.outcome()
    }

    private func end() async {
        if run.isRunning {
            run.signal(SIGTERM)
            let killer = Task { [run] in
                guard (try? await Task.sleep(for: .seconds(90))) != nil else { return }
                run.signal(SIGKILL)
            }
            _ = await run.outcome()
            killer.cancel()
        }
        // A hub that was killed leaves its Postgres behind.
        if let postmaster, kill(postmaster, SIGQUIT) == 0 {
            try? await Support.eventually("Postgres ends") { kill(postmaster, 0) != 0 }
        }
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// A data directory as the first command leaves it: a cluster with the schemas, and a key in it.
///
/// Made once for all hubs of the tests; to make it takes a second of both processors.
private struct MadeCluster {
    let directory: String
    let key: String

    static let shared = Task<MadeCluster, any Error> {
        let directory = try TestFiles.directory()
        let outcome = try await ProgramRun.run(
            "hubd", ["keys", "create", "--name", "test", "--json"], environment: ["HUB__DATA__DIR": directory])
        guard outcome.status == 0, let key = outcome.json?["key"]?.string else {
            throw Unexpected(what: "no cluster: \(outcome.errors)")
        }
        return MadeCluster(directory: directory, key: key)
    }

    func copy(to directory: String) async throws {
        // What belongs to another user stays that user's.
        let copied = try await ProgramRun.run(
            system: "cp", ["-a", self.directory + "/postgres", directory + "/postgres"])
        guard copied.status == 0 else { throw Unexpected(what: "no copy of the cluster: \(copied.errors)") }
    }
}

/// Ports to listen on that no client's connection is given by the kernel.
///
/// Each is given once: it stays bound to a socket of this process that does not listen. Nobody who looks for a port in this
/// way can have it, here or in another run of tests, and a program under test that sets SO_REUSEADDR can. Two hubs of two
/// tests on one port would share it (SO_REUSEPORT): a test would take the other's hub for its own, until that ends.
enum FreePort {
    static func find() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 20_000..<32_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { break }
            if isBound(descriptor, to: port) {
                // Past the binding, which nobody shares without it. The socket stays open for as long as the tests run.
                var one: Int32 = 1
                setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
                return port
            }
            close(descriptor)
        }
        throw Unexpected(what: "no free port")
    }

    /// Whether the port is nobody's, not even one's who listens on another address of this machine.
    private static func isBound(_ descriptor: Int32, to port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_ANY
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

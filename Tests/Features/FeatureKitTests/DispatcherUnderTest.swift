import EventLoop
import FeatureKit
import Glibc
import HTTP
import HubTesting
import Model
import Telemetry
import Wire

/// Knows the keys `good`, `admin` and `other`; `slow` is looked up first and then is `good`.
final class KeyTable: Authenticator {
    static func key(isAdmin: Bool, number: UInt64 = 2) -> APIKey {
        APIKey(
            id: APIKeyID(UniqueID(high: 1, low: number)), prefix: "pm_abcde", name: "test", isAdmin: isAdmin,
            isActive: true,
            createdAt: Timestamp(milliseconds: 0))
    }

    func authenticate(_ request: HTTPRequest) -> Authentication {
        switch request.headers["X-API-Key"] {
        case nil: .decided(.success(.anonymous))
        case "good": .decided(.success(.apiKey(KeyTable.key(isAdmin: false))))
        case "admin": .decided(.success(.apiKey(KeyTable.key(isAdmin: true))))
        case "other": .decided(.success(.apiKey(KeyTable.key(isAdmin: false, number: 3))))
        case "slow":
            .pending {
                await Task.yield()
                return .success(.apiKey(KeyTable.key(isAdmin: false)))
            }
        default: .decided(.failure(.unauthorized()))
        }
    }
}

/// A hub of some routes, on a real socket.
struct DispatcherUnderTest: Sendable {
    let loop: Loop
    let port: Int
    let table: RouteTable
    let metrics: MetricsRegistry
    private let logReader: Int32

    static func run(
        _ routes: [Route], idempotency: (any IdempotencyStore)? = nil, gate: (any RateGate)? = nil,
        proxies: TrustedProxies = .none, transport: TransportPolicy = .any,
        metrics: MetricsRegistry = MetricsRegistry(),
        _ body: @Sendable (DispatcherUnderTest) async throws -> Void
    ) async throws {
        let registry = Registry()
        for route in routes { registry.add(route) }
        let table = registry.makeTable(info: APIInfo(title: "Test", version: "1.2.3", description: "A test."))
        var pipes: [Int32] = [0, 0]
        guard pipe(&pipes) == 0 else { fatalError("no pipe") }
        let logWriter = pipes[1]
        let services = Services(
            clock: ManualClock(),
            logger: Logger("test", output: LogOutput(level: .info, format: .json, descriptor: logWriter)),
            metrics: metrics, idempotency: idempotency)
        let loop = try Loop.start()
        let port: Int = try await withCheckedThrowingContinuation { continuation in
            loop.execute {
                let dispatcher = Dispatcher(
                    on: loop, table: table, authenticator: KeyTable(), rateGate: gate,
                    origins: CrossOriginPolicy(origins: ["https://app"]), proxies: proxies, transport: transport,
                    services: services)
                let server = HTTPServer(on: loop, limits: HTTPLimits(bodyBytes: 100), handler: dispatcher)
                continuation.resume(
                    with: Result {
                        try Listener.open(host: "127.0.0.1", port: 0, on: loop) { server.accept($0) }.port
                    })
            }
        }
        let running = DispatcherUnderTest(loop: loop, port: port, table: table, metrics: metrics, logReader: pipes[0])
        var failure: (any Error)?
        do { try await body(running) } catch { failure = error }
        await loop.stop()
        close(pipes[0])
        close(pipes[1])
        if let failure { throw failure }
    }

    /// Sends one request and reads its answer, on a thread that may block: the pool's few are for the tasks.
    func ask(_ line: String, _ fields: [String] = [], host: String = "hub", body: String = "") async throws -> Answer {
        let head = (["\(line) HTTP/1.1", "Host: \(host)"] + fields).joined(separator: "\r\n")
        return try await loop.offload { [port] in
            Result {
                let client = try RawClient(port: port)
                client.send("\(head)\r\n\r\n\(body)")
                return try client.readAnswer(hasContent: !line.hasPrefix("HEAD"))
            }
        }.get()
    }

    /// What has been logged so far; at least one line has.
    func log() -> String {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = buffer.withUnsafeMutableBytes { read(logReader, $0.baseAddress, $0.count) }
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }
}

extension Answer {
    var json: JSONValue? { try? JSONValue(Array(body.utf8)) }
}

extension Route {
    /// A route with little to it.
    static func plain(
        _ method: HTTPMethod, _ path: PathTemplate, callers: Callers = .anyone, policies: [String] = [],
        isProbe: Bool = false, content: RequestContent? = nil, maximumBody: Int? = nil,
        handler: RouteHandler = .immediate { _ in .text("ok") }
    ) -> Route {
        Route(
            method, path, operationID: "\(method.rawValue)\(path)", summary: "For a test", tag: "Test",
            callers: callers, ratePolicies: policies, isProbe: isProbe, content: content,
            responses: [RouteResponse(.ok, "Fine")],
            maximumBody: maximumBody, handler: handler)
    }
}

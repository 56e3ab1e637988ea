import EventLoop
import HTTP
import Model
import TLS
import WebSocket

/// How to open streams at a hub: made once for a command, used for every connection.
struct HubEndpoint: Sendable {
    let target: HubTarget
    let dialect: StreamDialect
    /// Whether the hub must agree to compress (permessage-deflate).
    let deflates: Bool
    private let tls: TLSContext?

    /// - Throws: ``ExitCode/badData`` for certificates that cannot be read.
    init(target: HubTarget, dialect: StreamDialect = .json, deflates: Bool = false) throws(CommandFailure) {
        self.target = target
        self.dialect = dialect
        self.deflates = deflates
        do throws(TLSError) {
            tls = target.url.isSecure ? try TLSContext.client(verifying: true, caFile: target.caFile) : nil
        } catch {
            throw .badData(PlainText.line("\(error)"))
        }
    }

    /// As the options say: `--packed`, `--deflate`.
    init(target: HubTarget, _ arguments: Arguments) throws(CommandFailure) {
        let dialect = StreamDialect(arguments)
        let deflates = arguments.has("deflate")
        guard !deflates || dialect == .json else {
            throw .usage("--deflate is for the plain stream; what is --packed is short already")
        }
        try self.init(target: target, dialect: dialect, deflates: deflates)
    }

    static let options = [
        StreamDialect.option,
        Option("deflate", "have messages compressed (permessage-deflate), which halves those that are long"),
    ]

    /// What the hub did not agree to, though it was asked; nothing if it speaks as it should.
    func refusal(on connection: WebSocketConnection) -> LinkEnd? {
        if !dialect.isSpoken(on: connection) { return .noHub("it does not speak \(dialect.subprotocol)") }
        if deflates, !connection.isCompressing { return .noHub("it does not agree to permessage-deflate") }
        return nil
    }

    /// Opens a stream, as `device` or, without one, as a watcher.
    ///
    /// - Parameter target: The same hub with newer credentials; ``target`` if not given.
    func connect(
        to target: HubTarget? = nil, as device: DeviceID?, on loop: Loop, heartbeat: Duration? = .seconds(25),
        handler: any WebSocketHandler
    ) async throws(WebSocketClientError) -> WebSocketConnection {
        let target = target ?? self.target
        let query = device.map { "?deviceId=\($0)" } ?? ""
        let url = WebSocketURL(
            isSecure: target.url.isSecure, host: target.url.host, port: target.url.port,
            target: target.url.streamPath + query)
        var headers = HTTPHeaders()
        if let authorization = target.authorization { headers.append(authorization.name, authorization.value) }
        headers.append("User-Agent", "hubctl/\(Version.text)")
        var options = WebSocketOptions()
        // Snapshots and positions of a group are larger than what a client may send.
        options.maximumMessageBytes = 4 << 20
        options.subprotocols = [dialect.subprotocol]
        if deflates {
            var deflate = DeflateOptions()
            // A location alone is not worth it, neither here nor to the hub.
            deflate.threshold = 320
            options.deflate = deflate
        }
        options.heartbeat = heartbeat
        return try await WebSocketClient.connect(
            to: url, headers: headers, options: options, tls: tls, on: loop, handler: handler)
    }
}

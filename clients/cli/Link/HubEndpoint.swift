import Crypto
import EventLoop
import HTTP
import Model
import WebSocket

/// How to open streams at a hub: made once for a command, used for every connection.
struct HubEndpoint: Sendable {
    let target: HubTarget
    let dialect: StreamDialect
    private let tls: TLSContext?

    /// - Throws: ``ExitCode/badData`` for certificates that cannot be read.
    init(target: HubTarget, dialect: StreamDialect = .json) throws(CommandFailure) {
        self.target = target
        self.dialect = dialect
        do throws(TLSError) {
            tls = target.url.isSecure ? try TLSContext.client(verifying: true, caFile: target.caFile) : nil
        } catch {
            throw .badData(PlainText.line("\(error)"))
        }
    }

    /// Opens a stream, as `device` or, without one, as a watcher.
    func connect(
        as device: DeviceID?, on loop: Loop, heartbeat: Duration? = .seconds(25), handler: any WebSocketHandler
    ) async throws(WebSocketClientError) -> WebSocketConnection {
        let query = device.map { "?deviceId=\($0)" } ?? ""
        let url = WebSocketURL(
            isSecure: target.url.isSecure, host: target.url.host, port: target.url.port,
            target: target.url.streamPath + query)
        var headers = HTTPHeaders()
        headers.append("X-API-Key", target.key)
        headers.append("User-Agent", "hubctl/\(Version.text)")
        var options = WebSocketOptions()
        // Snapshots and positions of a group are larger than what a client may send.
        options.maximumMessageBytes = 4 << 20
        options.subprotocols = [dialect.subprotocol]
        options.heartbeat = heartbeat
        return try await WebSocketClient.connect(
            to: url, headers: headers, options: options, tls: tls, on: loop, handler: handler)
    }
}

internal import Actors
internal import Configuration
internal import HTTP
internal import WebSocket

/// What the stream's sessions are allowed.
struct StreamSettings: Sendable {
    /// Bytes a session may have waiting before state is conflated and reading pauses.
    var outboundBytes: Int
    /// Fixes and batches of one session that may wait for their commit.
    var pendingAcks: Int
    /// Groups one session may watch. 100.
    var watchedGroups = 100
    /// How long a session may be unable to take anything before it is closed with 1013.
    var stallTime: Duration
    /// After which a session that missed something is looked at again. 20 ms.
    var recheck = Duration.milliseconds(20)
    var heartbeat: Duration
    var messageBytes: Int
    var fixesPerMessage: Int
    /// Sessions of the whole hub.
    var maximumSessions: Int
    /// Frames that may be on their way to one loop.
    var mailboxItems: Int
    /// Whom a browser's `Origin` may be, besides the hub's own.
    var origins: CrossOriginPolicy
    var webSocket: WebSocketOptions

    init(_ configuration: HubConfiguration) {
        outboundBytes = configuration.fanout.outboundBytes
        pendingAcks = configuration.limits.pendingAcks
        heartbeat = configuration.presence.heartbeat
        stallTime = configuration.presence.heartbeat * 2
        mailboxItems = configuration.fanout.mailboxItems
        messageBytes = configuration.limits.messageBytes
        fixesPerMessage = configuration.limits.batchSize
        maximumSessions = configuration.server.maximumConnections
        origins = CrossOriginPolicy(origins: configuration.security.streamOrigins)
        webSocket = WebSocketOptions()
        webSocket.maximumMessageBytes = configuration.limits.messageBytes
        webSocket.subprotocols = [Dialect.json, .packed].map(\.subprotocol)
        webSocket.heartbeat = configuration.presence.heartbeat
        webSocket.deflate = configuration.fanout.deflate ? .stream : nil
    }

    /// Takes over what a changed configuration allows sessions, as far as they look it up each time.
    mutating func take(_ configuration: HubConfiguration) {
        pendingAcks = configuration.limits.pendingAcks
        messageBytes = configuration.limits.messageBytes
        webSocket.maximumMessageBytes = configuration.limits.messageBytes
        maximumSessions = configuration.server.maximumConnections
        origins = CrossOriginPolicy(origins: configuration.security.streamOrigins)
    }
}

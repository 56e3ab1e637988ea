package import EventLoop
internal import Telemetry

/// How many bytes more than were read may be delivered in one turn. A message can inflate to a thousand times what is
/// sent, and a read holds hundreds of such; what is not compressed comes nowhere near.
private let inflatedPerTurn = 256 * 1024

/// An open WebSocket (RFC 6455), of either role.
///
/// Messages come whole to the ``handler``; pings are answered, dead peers found and the closing handshake done here.
/// While it is idle it owns no buffer.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`. The socket keeps it alive
/// until it has closed.
package final class WebSocketConnection: @unchecked Sendable {
    /// Which end of the connection this is.
    package enum Role: Sendable {
        case server
        case client
    }

    enum State {
        case open
        /// Our Close is sent; the peer's is awaited and nothing else is heard.
        case closing
        /// Nothing more is said or heard; the transport may still have to close.
        case ended
    }

    /// What was last said to the peer or heard from it about closing.
    struct CloseRecord {
        var code: CloseCode?
        var reason: String
    }

    package let role: Role
    /// The subprotocol that was selected.
    package let subprotocol: String?
    /// Hears what happens; let go when the connection has ended.
    package var handler: (any WebSocketHandler)?

    let socket: StreamSocket
    let share: LoopShare
    let compressor: MessageCompressor?
    let heartbeat: HeartbeatRing?
    /// In milliseconds.
    private let closeTimeoutMilliseconds: Int32
    private var parser: FrameParser

    var state = State.open {
        didSet { socket.takesPrepared = false }
    }
    private(set) var isPaused = false
    /// Whether the handler was told that it closes.
    var hasSaidLast = false
    var resumesWhenDrained = false
    private var trouble: Trouble?

    var heartbeatPlace: HeartbeatRing.Place?
    private var heardSinceHeartbeat = true
    private var silentHeartbeats: UInt8 = 0

    /// Takes over a socket whose opening handshake is done. On its loop.
    init(
        on socket: StreamSocket, role: Role, subprotocol: String?, deflate: DeflateAgreement?,
        options: WebSocketOptions, handler: any WebSocketHandler
    ) {
        let share = LoopShare.of(socket.loop)
        self.socket = socket
        self.share = share
        self.role = role
        self.subprotocol = subprotocol
        self.handler = handler
        closeTimeoutMilliseconds = Int32(clamping: Int(options.closeTimeout / .milliseconds(1)))
        heartbeat = options.heartbeat.map { share.ring(every: $0, on: socket.loop) }
        let peer: FrameParser.Peer = role == .server ? .client : .server
        parser = FrameParser(
            peer: peer, maximumMessageBytes: options.maximumMessageBytes, compression: deflate?.reading(from: peer),
            resources: share.codec)
        compressor = deflate.map {
            share.compressor(for: $0, options: options.deflate ?? DeflateOptions(), isServer: role == .server)
        }
    }

    /// Begins to read, first what came behind the handshake; that is delivered after the caller has returned.
    func begin(alreadyRead: [UInt8]) {
        socket.handler = self
        socket.takesPrepared = preparedOutlet != nil
        heartbeat?.join(self)
        if alreadyRead.isEmpty {
            socket.startReading()
        } else {
            deferred = alreadyRead
            loop.atEndOfTurn { self.readDeferred() }
        }
    }

    // MARK: What few connections need

    /// Of a connection whose peer is slow, or that is paused or closing: apart, so that the many others are small.
    private final class Trouble {
        var queueWatch: LoopTimer?
        var deferred: [UInt8] = []
        var closing: CloseRecord?
        var closeTimer: LoopTimer?
        var owedPong: [UInt8]?
    }

    private func set<Value>(_ path: ReferenceWritableKeyPath<Trouble, Value>, _ value: Value) {
        let trouble = trouble ?? Trouble()
        self.trouble = trouble
        trouble[keyPath: path] = value
    }

    /// Looks whether what waits for an empty queue may go on; only while something does.
    var queueWatch: LoopTimer? {
        get { trouble?.queueWatch }
        set { if newValue != nil || trouble != nil { set(\.queueWatch, newValue) } }
    }

    /// Bytes that arrived before reading was paused, and wait for it to be resumed.
    var deferred: [UInt8] {
        get { trouble?.deferred ?? [] }
        set { if !newValue.isEmpty || trouble != nil { set(\.deferred, newValue) } }
    }

    var closing: CloseRecord? {
        get { trouble?.closing }
        set { if newValue != nil || trouble != nil { set(\.closing, newValue) } }
    }

    var closeTimer: LoopTimer? {
        get { trouble?.closeTimer }
        set { if newValue != nil || trouble != nil { set(\.closeTimer, newValue) } }
    }

    /// The answer to the newest ping, while a peer that does not read keeps it from being sent.
    var owedPong: [UInt8]? {
        get { trouble?.owedPong }
        set { if newValue != nil || trouble != nil { set(\.owedPong, newValue) } }
    }

    var closeTimeout: Duration { .milliseconds(Int64(closeTimeoutMilliseconds)) }

    // MARK: What it is

    package var loop: Loop { socket.loop }

    /// The peer's address without its port.
    package var peerAddress: String { socket.peerAddress }

    /// Whether TLS protects it.
    package var isSecure: Bool { socket.isSecure }

    /// Whether messages can be sent; what is sent otherwise is dropped.
    package var isOpen: Bool { state == .open && socket.isOpen }

    /// Whether permessage-deflate was agreed on.
    package var isCompressing: Bool { compressor != nil }

    /// Where a frame prepared for many may be written as it is, past this connection, for as long as the socket takes such;
    /// `nil` if each has to be made for this peer. Spares the way of a group's frame to its members a cold object.
    package var preparedOutlet: StreamSocket? {
        role == .server && compressor?.keepsContext != true ? socket : nil
    }

    /// The bytes sent that the kernel has not taken yet, frame headers and an encoding's overhead included.
    package var queuedBytes: Int { socket.queuedBytes }

    // MARK: Reading

    /// Leaves what arrives to the kernel, whose window then slows the peer. Messages that are already here wait too.
    ///
    /// A paused peer cannot prove that it lives, so its silence is not counted.
    package func pauseReading() {
        loop.preconditionIsolated()
        resumesWhenDrained = false
        pause()
    }

    /// Does not read on before the kernel has taken what is queued now: for who answers a peer that may not be reading.
    package func pauseReadingUntilDrained() {
        loop.preconditionIsolated()
        guard state == .open, !isPaused else { return }
        pause()
        resumesWhenDrained = true
        watchQueue()
    }

    private func pause() {
        guard state == .open else { return }
        isPaused = true
        socket.pauseReading()
    }

    func resumeIfDrained() {
        if resumesWhenDrained, socket.queuedBytes == 0 { resumeReading() }
    }

    /// Reads on; messages that waited are delivered when the turn ends.
    package func resumeReading() {
        loop.preconditionIsolated()
        resumesWhenDrained = false
        guard isPaused else { return }
        isPaused = false
        heardSinceHeartbeat = true
        if deferred.isEmpty { socket.startReading() } else { loop.atEndOfTurn { self.readDeferred() } }
    }

    private func readDeferred() {
        guard !isPaused, state != .ended else { return }
        let bytes = deferred
        deferred = []
        if !bytes.isEmpty { unsafe read(bytes.span.bytes) }
        if !isPaused, state != .ended, deferred.isEmpty { socket.startReading() }
    }

    /// Feeds the parser until everything is read, reading is paused or the connection ends; or until enough has been
    /// inflated for one turn, and the other connections have theirs before the rest.
    private func read(_ bytes: RawSpan) {
        heardSinceHeartbeat = true
        guard state != .ended else { return }
        var allowance = bytes.byteCount + inflatedPerTurn
        do throws(WebSocketFault) {
            let consumed = try parser.parse(bytes) { event, payload in
                handle(event, payload)
                allowance -= payload.byteCount
                return !isPaused && state != .ended && allowance > 0
            }
            if consumed < bytes.byteCount, state != .ended {
                unsafe bytes.extracting(droppingFirst: consumed).withUnsafeBytes {
                    unsafe deferred.append(contentsOf: $0)
                }
                if !isPaused {
                    socket.pauseReading()
                    loop.execute { self.readDeferred() }
                }
            }
        } catch {
            fail(error)
        }
    }

    private func handle(_ event: FrameEvent, _ payload: RawSpan) {
        count(event)
        if case .close(let code) = event {
            let reason = unsafe payload.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
            return peerDidClose(code, reason)
        }
        // Behind our Close only the peer's counts.
        guard state == .open else { return }
        switch event {
        case .text: handler?.webSocket(self, didReceiveText: payload)
        case .binary: handler?.webSocket(self, didReceiveBinary: payload)
        case .pong: handler?.webSocket(self, didReceivePong: payload)
        case .ping: answerPing(unsafe payload.withUnsafeBytes { unsafe Array($0) })
        case .close: break
        }
    }

    private func count(_ event: FrameEvent) {
        switch event {
        case .text: share.meters.texts.add(1)
        case .binary: share.meters.binaries.add(1)
        case .ping: share.meters.pings.add(1)
        case .pong: share.meters.pongs.add(1)
        case .close: share.meters.closes.add(1)
        }
    }

    // MARK: Heartbeat

    /// Called once per heartbeat interval by the ring.
    func heartbeatDue() {
        guard state == .open else { return }
        if heardSinceHeartbeat || isPaused { silentHeartbeats = 0 } else { silentHeartbeats += 1 }
        heardSinceHeartbeat = false
        if silentHeartbeats >= 2 {
            end(nil, "", by: .silence)
            return socket.close()
        }
        // One that cannot be written proves nothing, and must not add to the queue.
        if socket.queuedBytes == 0 { write(.ping, []) }
    }
}

extension WebSocketConnection: StreamSocketHandler {
    package func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) { read(bytes) }

    package func streamSocketDidDrain(_ socket: StreamSocket) {
        queueMayHaveDrained()
        if state == .open { handler?.webSocketDidDrain(self) }
    }

    package func streamSocketPeerDidFinish(_ socket: StreamSocket) {
        // Without a Close before it, or while we wait for theirs: nobody is there to shake hands with any more.
        end(closing?.code, closing?.reason ?? "", by: closing == nil ? .transport : .local)
        socket.closeAfterWriting()
    }

    package func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) {
        end(closing?.code, closing?.reason ?? "", by: closing == nil ? .transport : .local)
        closeTimer = nil
    }
}

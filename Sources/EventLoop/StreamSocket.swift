internal import CUV
internal import Glibc
internal import TLS
internal import Telemetry

/// A connected stream socket, plain or under TLS.
///
/// What is written during one turn of the loop leaves in one system call at its end. An idle socket owns no buffer:
/// reads land in the loop's, and what could be written at once is forgotten.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`. The loop keeps an open
/// socket alive.
@safe package final class StreamSocket: LoopHandle, @unchecked Sendable {
    // What a write needs comes first: of a socket that was long idle each cache line costs more than the instructions.
    private var descriptor: Int32
    private var state = State.open
    // Private where others read it too: then the compiler sees every access, and none is checked at run time.
    private var shakesHands: Bool
    private var isReading = false
    private var hasPeerFinished = false
    private var tlsWaitsForWritable = false
    private var mayWritePrepared = false
    /// Since the last flush: counting in the loop's meters each time would cost more than the write does.
    private var preparedWrites: Int32 = 0
    private var interest: Int32 = 0
    /// Not checked for exclusive access at run time, which was a fifth of the instructions of a fan-out: nothing that is
    /// called while it is accessed comes back here.
    @exclusivity(unchecked) private var queue = WriteQueue()
    private var tls: TLSSession?

    /// Hears what happens here; let go when the socket has closed.
    package var handler: (any StreamSocketHandler)?
    /// Where it is connected to; none if it is a unix socket.
    package let peer: IPAddress
    private var lingering: LoopTimer?
    private var handshakeWaiter: ((SocketError?) -> Void)?

    private enum State: Equatable {
        case open
        /// Writes what is queued, then says good-bye; reads are thrown away.
        case finishing
        /// Said good-bye; waits briefly for the peer to do the same.
        case lingering
        case closed
    }

    /// How long a closing socket waits for the peer to take the last bytes and close its side.
    package static let lingerTime = Duration.seconds(5)
    /// How much one readiness may read before the other sockets of the loop have their turn.
    private static let readsPerEvent = 4

    /// Takes over a connected, non-blocking descriptor.
    init(
        descriptor: Int32, peer: IPAddress, tls: TLSSession?, isHandshaking: Bool, on loop: Loop
    ) throws(LoopError) {
        self.descriptor = descriptor
        self.peer = peer
        self.tls = tls
        shakesHands = isHandshaking
        unsafe super.init(on: loop, size: MemoryLayout<uv_poll_t>.size)
        let poll = unsafe raw.assumingMemoryBound(to: uv_poll_t.self)
        try open("uv_poll_init") { unsafe uv_poll_init(loop.raw, poll, descriptor) }
        if isHandshaking { updateInterest() }
    }

    // MARK: What it is

    /// The peer's address without its port, such as `127.0.0.1` or `::1`; empty for a unix socket.
    package var peerAddress: String { peer.host }

    /// Whether TLS protects what is said.
    package var isSecure: Bool { tls != nil }

    /// The bytes accepted by ``write(_:)`` that the kernel has not taken yet.
    package var queuedBytes: Int { unsafe queue.count }

    /// Whether the TLS handshake is still to be done; without TLS never.
    package var isHandshaking: Bool { shakesHands }

    /// Whether ``write(prepared:ifQueuedAtMost:)`` may write. Its owner's to say.
    package var takesPrepared: Bool {
        get { mayWritePrepared }
        set { mayWritePrepared = newValue }
    }

    /// Whether it can still be written to.
    package var isOpen: Bool { state == .open }

    // MARK: Reading

    /// Begins to hand what arrives to the handler.
    package func startReading() {
        guard state == .open, !isReading, !hasPeerFinished else { return }
        isReading = true
        updateInterest()
        if !shakesHands, tls?.hasBufferedInput == true {
            loop.atEndOfTurn { [self] in if isReading { readAvailable() } }
        }
    }

    /// Leaves what arrives to the kernel, whose window then slows the peer.
    package func pauseReading() {
        guard isReading else { return }
        isReading = false
        updateInterest()
    }

    // MARK: Writing

    /// Queues `bytes`, sharing the array; they leave when the turn ends. Nothing happens on a closed socket.
    package func write(_ bytes: [UInt8]) {
        guard state == .open, !bytes.isEmpty else { return }
        unsafe queue.append(bytes)
        scheduleFlush()
    }

    /// Queues what was prepared for many sockets, if this one takes such and its peer reads.
    ///
    /// - Parameter bound: The most bytes that may wait already.
    /// - Returns: Whether it is queued.
    package func write(prepared bytes: [UInt8], ifQueuedAtMost bound: Int) -> Bool {
        guard mayWritePrepared, state == .open, queuedBytes <= bound else { return false }
        preparedWrites &+= 1
        write(bytes)
        return true
    }

    // MARK: Closing

    /// Sends what is queued, then closes as the peer expects: close_notify under TLS, FIN, and a short wait for theirs.
    package func closeAfterWriting() {
        guard state == .open else { return }
        state = .finishing
        isReading = false
        linger()
        updateInterest()
        scheduleFlush()
    }

    /// Gives the peer ``lingerTime`` for its next step: to take more of what is queued, or to close its side.
    private func linger() {
        lingering = loop.schedule(after: StreamSocket.lingerTime) { [weak self] in self?.finish(.local) }
    }

    /// Closes now; what is queued is lost. The handler hears of it when the turn ends.
    package func close() { finish(.local) }

    /// Leaves this loop with everything unsent, for ``adopt(_:on:)`` on another; the handler hears nothing more.
    ///
    /// - Precondition: It ``isOpen``, and its TLS handshake is done.
    package func detach() -> DetachedSocket {
        loop.preconditionIsolated()
        precondition(state == .open && !shakesHands, "only an open socket can move")
        let detached = unsafe DetachedSocket(descriptor: descriptor, peer: peer, tls: tls, unsent: queue.chunks)
        state = .closed
        handler = nil
        descriptor = -1
        tls = nil
        unsafe queue.removeAll()
        closeHandle()
        return detached
    }

    /// Takes a socket that left another loop. Called on `loop`.
    package static func adopt(_ detached: DetachedSocket, on loop: Loop) throws(LoopError) -> StreamSocket {
        loop.preconditionIsolated()
        let socket = try StreamSocket(
            descriptor: detached.descriptor, peer: detached.peer, tls: detached.tls, isHandshaking: false, on: loop)
        detached.letGo()
        for chunk in detached.unsent { socket.write(chunk) }
        return socket
    }

    override func loopWillStop() { finish(.local) }

    override func closeHandle() {
        guard isHandleOpen else { return }
        unsafe uv_poll_stop(raw.assumingMemoryBound(to: uv_poll_t.self))
        super.closeHandle()
    }

    /// The one way out: exactly once, whatever comes first.
    private func finish(_ reason: SocketCloseReason) {
        guard state != .closed else { return }
        state = .closed
        if isHandshaking { loop.meters.handshakesFailed.add(1) }
        closeHandle()
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
        tls = nil
        lingering = nil
        unsafe queue.removeAll()
        let handler = handler
        self.handler = nil
        let waiter = handshakeWaiter
        handshakeWaiter = nil
        guard handler != nil || waiter != nil else { return }
        loop.atEndOfTurn { [self] in
            waiter?(.closed(reason))
            handler?.streamSocket(self, didClose: reason)
        }
    }

    // MARK: Readiness

    private func updateInterest() {
        guard isHandleOpen else { return }
        var wanted: Int32 = 0
        if shakesHands || isReading || (state != .open && !hasPeerFinished) { wanted |= 1 }
        if unsafe queue.isBlocked || tlsWaitsForWritable { wanted |= 2 }
        guard wanted != interest else { return }
        interest = wanted
        let poll = unsafe raw.assumingMemoryBound(to: uv_poll_t.self)
        if wanted == 0 {
            unsafe uv_poll_stop(poll)
        } else {
            unsafe uv_poll_start(poll, wanted) { handle, status, events in
                unsafe LoopHandle.at(handle, as: StreamSocket.self)?.ready(status: status, events: events)
            }
        }
    }

    private func ready(status: Int32, events: Int32) {
        if status < 0 {
            // libuv has stopped polling: the descriptor has an error, which is asked for here.
            interest = 0
            finish(SocketCloseReason(errorNumber: pendingError(of: descriptor)))
            return
        }
        if shakesHands {
            advanceHandshake()
            return
        }
        if events & 2 != 0 {
            unsafe queue.isBlocked = false
            tlsWaitsForWritable = false
            flushNow()
        }
        if events & 1 != 0 || (tls != nil && events & 2 != 0), state != .closed {
            if state == .open { if isReading { readAvailable() } } else { discardAvailable() }
        }
        updateInterest()
    }

    private func advanceHandshake() {
        guard let tls else { return }
        switch tls.handshake() {
        case .done:
            shakesHands = false
            loop.meters.handshakes.add(1)
            tlsWaitsForWritable = false
            let waiter = handshakeWaiter
            handshakeWaiter = nil
            waiter?(nil)
            flushNow()
            if state == .open, isReading { readAvailable() }
        case .wantsRead: tlsWaitsForWritable = false
        case .wantsWrite: tlsWaitsForWritable = true
        case .failed(let error):
            finish(.tls(error))
            return
        }
        updateInterest()
    }

    /// Calls back when a client's handshake is over; for `connect`.
    func whenShaken(_ waiter: @escaping (SocketError?) -> Void) {
        guard shakesHands else { return waiter(nil) }
        handshakeWaiter = waiter
        advanceHandshake()
    }

    // MARK: Bytes in

    private enum Received {
        case bytes(Int)
        case nothing
        case needsWritable
        case end(SocketCloseReason)
    }

    private func receive() -> Received {
        let buffer = unsafe loop.readBuffer
        guard let tls else {
            let count = unsafe receiveBytes(descriptor, buffer)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end(.endOfStream) }
            let number = CUV_errno()
            return isTemporary(number) ? .nothing : .end(SocketCloseReason(errorNumber: number))
        }
        switch unsafe tls.read(into: buffer) {
        case .bytes(let count): return .bytes(count)
        case .wantsRead: return .nothing
        case .wantsWrite: return .needsWritable
        case .closed: return .end(.endOfStream)
        case .truncated: return .end(.truncated)
        case .failed(let error): return .end(.tls(error))
        }
    }

    private func readAvailable() {
        for _ in 0..<StreamSocket.readsPerEvent {
            switch receive() {
            case .bytes(let count):
                loop.meters.bytesReceived.add(count)
                let bytes = unsafe UnsafeRawBufferPointer(loop.readBuffer)[..<count]
                unsafe handler?.streamSocket(self, didRead: UnsafeRawBufferPointer(rebasing: bytes).bytes)
                guard isReading, state == .open else { return }
                // A short read of a plain socket has emptied it.
                if tls == nil, count < Loop.bufferSize { return }
            case .nothing: return
            case .needsWritable:
                tlsWaitsForWritable = true
                return updateInterest()
            case .end(.endOfStream):
                hasPeerFinished = true
                isReading = false
                updateInterest()
                handler?.streamSocketPeerDidFinish(self)
                return
            case .end(let reason): return finish(reason)
            }
        }
        // What TLS still holds wakes no poll; come back in this turn's end.
        if tls?.hasBufferedInput == true {
            loop.atEndOfTurn { [self] in if isReading, state == .open { readAvailable() } }
        }
    }

    private func discardAvailable() {
        for _ in 0..<StreamSocket.readsPerEvent {
            switch receive() {
            case .bytes: continue
            case .nothing, .needsWritable: return
            case .end(.endOfStream) where state == .finishing:
                // It has only said all it had to say; what is queued is still for it.
                hasPeerFinished = true
                return
            case .end: return finish(.local)
            }
        }
    }

    // MARK: Bytes out

    private func scheduleFlush() {
        guard unsafe !queue.isFlushScheduled, unsafe !queue.isBlocked, !shakesHands else { return }
        unsafe queue.isFlushScheduled = true
        loop.flushAtEndOfTurn(self)
    }

    /// What one flush has brought about.
    struct Flushed {
        /// Taken by the kernel.
        var bytes = 0
        /// Writes of what was prepared for many, since the flush before.
        var preparedWrites = 0
    }

    /// As ``flush()``, outside the loop's own round of flushes, which counts by itself.
    private func flushNow() {
        let flushed = flush()
        loop.meters.note(flushed)
    }

    /// Gives the kernel what it takes.
    func flush() -> Flushed {
        var flushed = Flushed(preparedWrites: Int(preparedWrites))
        preparedWrites = 0
        flush(&flushed)
        return flushed
    }

    private func flush(_ flushed: inout Flushed) {
        unsafe queue.isFlushScheduled = false
        guard state == .open || state == .finishing, !shakesHands else { return }
        let wasQueued = queuedBytes > 0
        let hadWaited = interest & 2 != 0
        if hadWaited, state == .finishing { linger() }
        while queuedBytes > 0, unsafe !queue.isBlocked {
            switch send() {
            case .bytes(let count):
                flushed.bytes &+= count
                unsafe queue.removeFirst(count)
            case .nothing, .needsWritable: unsafe queue.isBlocked = true
            case .end(let reason): return finish(reason)
            }
        }
        if unsafe queue.isBlocked {
            updateInterest()
            return
        }
        if hadWaited {
            updateInterest()
            if wasQueued, state == .open { handler?.streamSocketDidDrain(self) }
        }
        if queuedBytes == 0, state == .finishing { sayGoodbye() }
    }

    private func send() -> Received {
        unsafe send(queue.next(joinedIn: loop.writeBuffer))
    }

    private func send(_ bytes: UnsafeRawBufferPointer) -> Received {
        guard let tls else {
            let count = unsafe sendBytes(descriptor, bytes)
            if count >= 0 { return .bytes(count) }
            let number = CUV_errno()
            return isTemporary(number) ? .nothing : .end(SocketCloseReason(errorNumber: number))
        }
        switch unsafe tls.write(bytes) {
        case .bytes(let count): return .bytes(count)
        case .wantsRead, .wantsWrite: return .needsWritable
        case .failed(let error): return .end(.tls(error))
        }
    }

    private func sayGoodbye() {
        if tls?.sendCloseNotify() == .wantsWrite {
            // The kernel is full; flushing comes back here when it takes more.
            unsafe queue.isBlocked = true
            return updateInterest()
        }
        guard !hasPeerFinished else { return finish(.endOfStream) }
        state = .lingering
        _ = shutdown(descriptor, Int32(SHUT_WR))
        updateInterest()
    }
}

// The sanitizers watch the C library's calls, and are run over builds for debugging.
#if DEBUG
    private func receiveBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
    }

    private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
#else
    private func receiveBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe CUV_receive(descriptor, buffer.baseAddress, buffer.count)
    }

    private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        unsafe CUV_send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
#endif

/// Whether a call that failed may simply be made again later.
func isTemporary(_ number: Int32) -> Bool {
    number == EAGAIN || number == EWOULDBLOCK || number == EINTR
}

/// The error a descriptor has met, or 0.
func pendingError(of descriptor: Int32) -> Int32 {
    var number: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length)
    return number
}

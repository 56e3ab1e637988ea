internal import EventLoop

extension WebSocketConnection {
    /// Begins the closing handshake: sends a Close behind what is queued, and waits for the peer's at most the close
    /// timeout of the options. Messages that still arrive are dropped.
    ///
    /// - Parameters:
    ///   - code: One an endpoint may send (``CloseCode/maySend``).
    ///   - reason: At most 123 bytes of UTF-8; more is cut.
    package func close(code: CloseCode = .normal, reason: String = "") {
        precondition(code.maySend, "close code \(code) must not be sent")
        loop.preconditionIsolated()
        guard state == .open else { return }
        letSayLast()
        guard state == .open else { return }
        write(.close, FrameEncoder.closePayload(code, reason: reason))
        state = .closing
        closing = CloseRecord(code: code, reason: reason)
        heartbeat?.leave(self)
        startCloseTimer()
        if isPaused { resumeReading() }
    }

    /// Closes the transport now; what is queued is lost, and the peer learns no reason.
    package func abort() {
        loop.preconditionIsolated()
        guard state != .ended else { return socket.close() }
        // The caller may be the handler's owner, in the middle of something.
        let (code, reason, handler) = (closing?.code, closing?.reason ?? "", handler)
        self.handler = nil
        end(code, reason, by: .local)
        loop.atEndOfTurn { handler?.webSocket(self, didClose: code, reason: reason, by: .local) }
        socket.close()
    }

    func peerDidClose(_ code: CloseCode?, _ reason: String) {
        switch state {
        case .ended: return
        case .open:
            letSayLast()
            guard state == .open else { return peerDidClose(code, reason) }
            write(.close, FrameEncoder.closePayload(code, reason: ""))
            end(code, reason, by: .peer)
        case .closing: end(closing?.code, closing?.reason ?? "", by: .local)
        }
        // The server closes TCP first and keeps the TIME_WAIT, so that the client may come back at once (RFC 6455, 7.1.1).
        if role == .server { socket.closeAfterWriting() } else { startCloseTimer() }
    }

    /// Fails the connection (RFC 6455, 7.1.7); what the peer still sends is not looked at.
    func fail(_ fault: WebSocketFault) {
        if state == .open { write(.close, FrameEncoder.closePayload(fault.code, reason: fault.description)) }
        end(fault.code, fault.description, by: .fault(fault))
        socket.closeAfterWriting()
    }

    /// Once: the handler may close from within.
    private func letSayLast() {
        guard !hasSaidLast else { return }
        hasSaidLast = true
        handler?.webSocketWillClose(self)
    }

    func startCloseTimer() {
        closeTimer = loop.schedule(after: closeTimeout) { [weak self] in self?.closeTimedOut() }
    }

    func closeTimedOut() {
        end(closing?.code, closing?.reason ?? "", by: .local)
        socket.close()
    }

    /// The one way out for messages: exactly once, whatever comes first.
    func end(_ code: CloseCode?, _ reason: String, by ending: WebSocketEnding) {
        guard state != .ended else { return }
        state = .ended
        heartbeat?.leave(self)
        deferred = []
        owedPong = nil
        resumesWhenDrained = false
        queueWatch = nil
        let handler = handler
        self.handler = nil
        handler?.webSocket(self, didClose: code, reason: reason, by: ending)
    }
}

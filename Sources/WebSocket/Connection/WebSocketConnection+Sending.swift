internal import EventLoop
internal import Telemetry

/// Payloads of up to this many bytes are copied behind their header; longer ones are written apart from it.
private let joinedBytes = 4 * 1024
/// How much may wait to be written before pongs are put off.
private let pongBound = 64 * 1024

extension WebSocketConnection {
    /// Sends a text message.
    ///
    /// - Parameter text: UTF-8; not checked. The array is shared, not copied, where it is long.
    package func send(text: [UInt8]) { send(.text, text) }

    /// Sends a binary message. The array is shared, not copied, where it is long.
    package func send(binary: [UInt8]) { send(.binary, binary) }

    /// Sends a message that was encoded once for many.
    ///
    /// - Parameter frame: Compressed only if this is a server's connection that agreed to `server_no_context_takeover`.
    package func send(_ frame: PreparedFrame) {
        loop.preconditionIsolated()
        guard state == .open else { return }
        precondition(!frame.isCompressed || preparedOutlet != nil && isCompressing, "the peer could not inflate that")
        if role == .client || compressor?.keepsContext == true && compressor?.wants(frame.payloadBytes) == true {
            send(frame.opcode, frame.payload)
        } else {
            share.meters.sent.add(1)
            socket.write(frame.bytes)
        }
    }

    /// Sends a message that was encoded once for many, unless the peer reads too slowly.
    ///
    /// - Parameters:
    ///   - frame: The ``PreparedFrame/bytes`` of a frame.
    ///   - bound: The most bytes that may wait already, see ``queuedBytes``.
    /// - Returns: Whether it is sent; ``isOpen`` tells why not.
    package func send(encoded frame: [UInt8], ifQueuedAtMost bound: Int) -> Bool {
        guard state == .open, socket.isOpen, socket.queuedBytes <= bound else { return false }
        send(PreparedFrame(encoded: frame))
        return true
    }

    /// Sends a Ping; ``WebSocketHandler/webSocket(_:didReceivePong:)`` hears the answer.
    ///
    /// - Parameter payload: At most 125 bytes.
    package func ping(_ payload: [UInt8] = []) {
        precondition(payload.count <= 125, "a ping carries at most 125 bytes")
        loop.preconditionIsolated()
        guard state == .open else { return }
        write(.ping, payload)
    }

    private func send(_ opcode: Opcode, _ payload: [UInt8]) {
        loop.preconditionIsolated()
        guard state == .open else { return }
        if let compressor, compressor.wants(payload.count), let compressed = compressor.compress(payload) {
            write(opcode, compressed, isCompressed: true)
        } else {
            write(opcode, payload)
        }
    }

    func write(_ opcode: Opcode, _ payload: [UInt8], isCompressed: Bool = false) {
        share.meters.sent.add(1)
        if role == .client {
            let key = share.codec.maskingKey()
            socket.write(FrameEncoder.frame(opcode, payload, isCompressed: isCompressed, mask: key))
        } else if payload.count <= joinedBytes {
            socket.write(FrameEncoder.frame(opcode, payload, isCompressed: isCompressed))
        } else {
            var header: [UInt8] = []
            FrameHeader.append(opcode, isCompressed: isCompressed, payloadBytes: payload.count, to: &header)
            socket.write(header)
            socket.write(payload)
        }
    }

    /// A peer that pings without reading is owed one pong, the newest (RFC 6455, 5.5.3), not a queue of them.
    func answerPing(_ payload: [UInt8]) {
        if socket.queuedBytes <= pongBound { return write(.pong, payload) }
        let isNew = owedPong == nil
        owedPong = payload
        if isNew { watchQueue() }
    }

    /// Has ``queueMayHaveDrained()`` called until nothing waits for it any more.
    ///
    /// A queue that the end of a turn can write is not announced, and one that it cannot may be written to again before it
    /// is. So it is looked at once behind the end of this turn, which is nearly always enough, and then by a timer.
    func watchQueue() {
        loop.atEndOfTurn { [self] in
            loop.execute { [self] in
                queueMayHaveDrained()
                guard owedPong != nil || resumesWhenDrained, state != .ended, queueWatch == nil else { return }
                queueWatch = loop.schedule(after: .milliseconds(10), every: .milliseconds(10)) { [weak self] in
                    self?.queueMayHaveDrained()
                }
            }
        }
    }

    func queueMayHaveDrained() {
        sendOwedPong()
        resumeIfDrained()
        if owedPong == nil, !resumesWhenDrained { queueWatch = nil }
    }

    func sendOwedPong() {
        guard let payload = owedPong, state == .open, socket.queuedBytes <= pongBound else { return }
        owedPong = nil
        write(.pong, payload)
    }
}

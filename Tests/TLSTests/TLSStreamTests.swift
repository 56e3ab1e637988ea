import Glibc
import HubTesting
import TLS
import Testing

@Suite struct `A TLS session` {
    @Test(arguments: [TLSVersion.tls12, .tls13]) func `carries bytes both ways`(version: TLSVersion) throws {
        let pair = try TLSPair.established(maximumVersion: version)
        #expect(pair.client.send(Array("ping".utf8)) == .bytes(4))
        #expect(pair.server.receiveEverything() == (.wantsRead, Array("ping".utf8)))
        #expect(pair.server.send(Array("pong".utf8)) == .bytes(4))
        #expect(pair.client.receiveEverything() == (.wantsRead, Array("pong".utf8)))
        #expect(pair.client.send([]) == .bytes(0))
    }

    @Test func `says so when the peer is done, and can still be written to`() throws {
        let pair = try TLSPair.established()
        #expect(pair.client.send([1, 2, 3]) == .bytes(3))
        #expect(pair.client.sendCloseNotify() == .done)
        #expect(pair.server.receiveEverything() == (.closed, [1, 2, 3]))
        #expect(pair.server.receive().result == .closed)
        #expect(pair.server.send([4]) == .bytes(1))
        #expect(pair.server.sendCloseNotify() == .done)
        #expect(pair.client.receiveEverything() == (.closed, [4]))
    }

    @Test func `tells an end without close_notify from a proper one`() throws {
        let pair = try TLSPair.established()
        #expect(pair.client.receiveEverything().result == .wantsRead)
        #expect(pair.server.send([1, 2, 3]) == .bytes(3))
        pair.sockets.closeFar()
        #expect(pair.client.receiveEverything() == (.truncated, [1, 2, 3]))
        #expect(pair.client.receive().result == .truncated)
    }

    @Test func `takes an end in the middle of a record for one without close_notify`() throws {
        let pair = try TLSPair.established()
        #expect(pair.client.receiveEverything().result == .wantsRead)
        // A record of the server's, from the kernel, all but its last byte.
        #expect(pair.server.send([1, 2, 3]) == .bytes(3))
        let record = receiveAll(pair.sockets.near)
        #expect(sendAll(Array(record.dropLast()), to: pair.sockets.far))
        pair.sockets.closeFar()
        #expect(pair.client.receiveEverything() == (.truncated, []))
    }

    @Test func `fails with EPIPE instead of a signal when the peer is gone`() throws {
        let pair = try TLSPair.established()
        pair.sockets.closeFar()
        #expect(pair.client.send([1]) == .failed(.system(EPIPE)))
        #expect(pair.client.send([1]) == .failed(.system(EPIPE)))
        #expect(pair.client.sendCloseNotify() == .done)
    }

    @Test func `refuses a record that was changed under way`() throws {
        let pair = try TLSPair.established()
        #expect(pair.server.receiveEverything().result == .wantsRead)
        // An application data record of 32 bytes that no key of this session made.
        #expect(sendAll([0x17, 0x03, 0x03, 0x00, 0x20] + [UInt8](repeating: 7, count: 32), to: pair.sockets.near))
        guard case .failed(.protocolFailed) = pair.server.receive().result else {
            Issue.record("the record was taken")
            return
        }
    }

    @Test func `takes up a record that the kernel took half of, from a buffer that moved`() throws {
        let pair = try TLSPair.established(sendBuffer: 4_096)
        let message = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var rest = message
        var received: [UInt8] = []
        var timesFull = 0
        while received.count < message.count {
            switch pair.client.send(rest) {
            case .bytes(let count): rest.removeFirst(count)
            case .wantsWrite:
                timesFull += 1
                rest = rest.map { $0 }  // elsewhere in memory
            case .wantsRead, .failed: Issue.record("the write failed after \(message.count - rest.count) bytes")
            }
            let (result, bytes) = pair.server.receive(upTo: 3_000)
            received += bytes
            if result != .wantsRead, bytes.isEmpty {
                Issue.record("\(result)")
                break
            }
        }
        #expect(received == message)
        #expect(timesFull > 10)
    }

    @Test(arguments: [false, true])
    func `sends nothing twice when the peer asks for another key`(inTheMiddleOfARecord: Bool) throws {
        let files = try TestCertificates.shared.get()
        let sockets = try SocketPair(sendBuffer: 4_096)
        let server = try TLSSession(
            accepting: sockets.far, context: .server(certificateFile: files.certificate, keyFile: files.key))
        let client = try RawTLSClient(sockets.near)
        try client.shakeHands { #expect(server.handshake() != .wantsWrite) }
        let message = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var rest = message
        var received: [UInt8] = []
        var timesAsked = 0
        var end = TLSWriteResult.wantsWrite
        for turn in 0..<10_000 where received.count < message.count {
            if case .failed = end { break }
            if !rest.isEmpty {
                end = server.send(rest)
                if case .bytes(let count) = end { rest.removeFirst(count) }
                if turn % 7 == 3, (end == .wantsWrite) == inTheMiddleOfARecord, client.askForAnotherKey() {
                    timesAsked += 1
                    try #require(server.receive().result == .wantsRead)
                }
            }
            received += client.receive(upTo: 20_000)
        }
        #expect(timesAsked > 0)
        guard inTheMiddleOfARecord else {
            #expect(received == message)
            return
        }
        // What the record held is sent, and how much that was cannot be known.
        #expect(end == .failed(.protocolFailed(reason: "another key was asked for in the middle of a record")))
        for _ in 0..<100 { received += client.receive(upTo: 20_000) }
        #expect(!received.isEmpty && message.starts(with: received))
    }

    @Test func `gives up a peer that only warns`() throws {
        let files = try TestCertificates.shared.get()
        let sockets = try SocketPair()
        let server = try TLSSession(
            accepting: sockets.far, context: .server(certificateFile: files.certificate, keyFile: files.key))
        let client = try RawTLSClient(sockets.near, versions: "+VERS-TLS1.2")
        try client.shakeHands { _ = server.handshake() }
        var sent = 0
        var last = TLSReadResult.wantsRead
        while last == .wantsRead, sent < 10_000, client.warn() {
            sent += 1
            last = server.receive().result
        }
        #expect(last == .failed(.protocolFailed(reason: "too many bytes without any of the application's")))
        #expect(sent > 2_000)
    }

    @Test func `keeps what it has read from the kernel and says that it has it`() throws {
        let pair = try TLSPair.established()
        #expect(pair.server.receiveEverything().result == .wantsRead)
        #expect(!pair.server.hasBufferedInput)
        #expect(pair.client.send([1, 2, 3, 4]) == .bytes(4))
        #expect(pair.client.send([5, 6]) == .bytes(2))
        #expect(pair.server.receive(upTo: 3).bytes == [1, 2, 3])
        #expect(pair.server.hasBufferedInput)
        #expect(pair.server.receiveEverything() == (.wantsRead, [4, 5, 6]))
        #expect(!pair.server.hasBufferedInput)
    }

    @Test(arguments: [TLSVersion.tls12, .tls13])
    func `understands records that arrive byte by byte`(version: TLSVersion) throws {
        let files = try TestCertificates.shared.get()
        let (near, far) = (try SocketPair(), try SocketPair())
        let client = try TLSSession(
            connecting: near.near, context: .client(verifying: true, caFile: files.authority, maximumVersion: version),
            serverName: "hub.test")
        let server = try TLSSession(
            accepting: far.near, context: .server(certificateFile: files.certificate, keyFile: files.key))
        #expect(client.handshake() == .wantsRead)
        var (underWay, answer) = (receiveAll(near.far), [UInt8]())
        while !underWay.isEmpty || !answer.isEmpty {
            #expect(deliver(underWay, through: far.far, to: server).isEmpty)
            answer = receiveAll(far.far)
            // Tickets follow the handshake of TLS 1.3: bytes to read, none of the application's.
            #expect(deliver(answer, through: near.far, to: client).isEmpty)
            underWay = receiveAll(near.far)
        }
        #expect(client.version == version)
        #expect(server.version == version)
        #expect(client.send(Array("whole".utf8)) == .bytes(5))
        let record = receiveAll(near.far)
        #expect(deliver(record.dropLast(), through: far.far, to: server).isEmpty)
        #expect(deliver(record.suffix(1), through: far.far, to: server) == Array("whole".utf8))
    }

    /// What `session` makes of bytes that reach it one at a time.
    private func deliver(_ bytes: some Sequence<UInt8>, through descriptor: Int32, to session: TLSSession) -> [UInt8] {
        var received: [UInt8] = []
        for byte in bytes {
            guard sendAll([byte], to: descriptor) else {
                Issue.record("the socket is full")
                break
            }
            switch session.handshake() {
            case .done: received += session.receiveEverything().bytes
            case .wantsRead: break
            case .wantsWrite, .failed: Issue.record("the handshake failed")
            }
        }
        return received
    }
}

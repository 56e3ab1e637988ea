import Glibc
import HubTesting
import Synchronization
import TLS
import Testing

@testable import EventLoop

/// Records what a socket's handler hears; on demand it sends everything back.
private final class Recorder: StreamSocketHandler {
    struct State {
        var bytes: [UInt8] = []
        var drains = 0
        var closed: [String] = []
        var waiters: [(count: Int, CheckedContinuation<Void, Never>)] = []
        var closeWaiters: [CheckedContinuation<Void, Never>] = []
    }
    let state = Mutex(State())
    let echoes: Bool
    /// A socket that a test wants to hold.
    let kept = Mutex<StreamSocket?>(nil)

    init(echoes: Bool = false) { self.echoes = echoes }

    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) {
        socket.loop.preconditionIsolated()
        let copy = bytes.withUnsafeBytes { Array($0) }
        if echoes { socket.write(copy) }
        let ready = state.withLock { state in
            state.bytes += copy
            let ready = state.waiters.filter { $0.count <= state.bytes.count }
            state.waiters.removeAll { $0.count <= state.bytes.count }
            return ready.map(\.1)
        }
        for waiter in ready { waiter.resume() }
    }

    func streamSocketDidDrain(_ socket: StreamSocket) { state.withLock { $0.drains += 1 } }

    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) {
        socket.loop.preconditionIsolated()
        let waiters = state.withLock { state in
            state.closed.append("\(reason)")
            defer { state.closeWaiters = [] }
            return state.closeWaiters + state.waiters.map(\.1)
        }
        for waiter in waiters { waiter.resume() }
    }

    func keep(_ socket: StreamSocket) { kept.withLock { $0 = socket } }

    func received(atLeast count: Int) async -> [UInt8] {
        await withCheckedContinuation { waiter in
            let isReady = state.withLock { state in
                if state.bytes.count >= count || !state.closed.isEmpty { return true }
                state.waiters.append((count, waiter))
                return false
            }
            if isReady { waiter.resume() }
        }
        return state.withLock { $0.bytes }
    }

    func closed() async -> [String] {
        await withCheckedContinuation { waiter in
            let isReady = state.withLock { state in
                if !state.closed.isEmpty { return true }
                state.closeWaiters.append(waiter)
                return false
            }
            if isReady { waiter.resume() }
        }
        return state.withLock { $0.closed }
    }
}

extension Loop {
    /// Runs `work` on the loop and waits for what it returns.
    fileprivate func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { done in execute { done.resume(with: Result { try work() }) } }
    }

    /// Listens on a port of the kernel's choice; accepted sockets get a recorder and are read.
    fileprivate func listen(_ recorder: Recorder) async throws -> Listener {
        try await run { [self] in
            try Listener.open(host: "127.0.0.1", port: 0, on: self) { socket in
                socket.handler = recorder
                socket.startReading()
            }
        }
    }
}

private func connect(to port: Int, on loop: Loop, _ recorder: Recorder) async throws -> StreamSocket {
    let socket = try await StreamSocket.connect(to: .tcp(host: "127.0.0.1", port: port), on: loop)
    return try await loop.run {
        socket.handler = recorder
        socket.startReading()
        return socket
    }
}

/// A blocking client connected to a port of this machine.
private func connectRaw(to port: Int) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7f00_0001).bigEndian)
    withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            #expect(Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0)
        }
    }
    return descriptor
}

/// A descriptor bound to a port of the kernel's choice.
private func boundPort() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7f00_0001).bigEndian)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
        }
    }
    try #require(isBound)
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// A port where the kernel neither refuses nor accepts, because the backlog is full.
private func fullBacklog() throws -> (listener: Int32, client: Int32, port: Int) {
    let (listener, port) = try boundPort()
    try #require(listen(listener, 0) == 0)
    return (listener, connectRaw(to: port), port)
}

@Suite struct `A stream socket` {
    @Test(arguments: [1, 1000, 300_000, 8_000_000])
    func `brings every byte across and back, in order`(count: Int) async throws {
        let group = try LoopGroup.start(count: 2)
        let (server, client) = (Recorder(echoes: true), Recorder())
        let listener = try await group.loops[0].listen(server)
        let socket = try await connect(to: listener.port, on: group.loops[1], client)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        group.loops[1].execute {
            // In pieces of many sizes, all within one turn.
            var start = 0
            var size = 1
            while start < bytes.count {
                let end = min(bytes.count, start + size)
                socket.write(Array(bytes[start..<end]))
                start = end
                size = size * 3 % 70_001 + 1
            }
        }
        #expect(await client.received(atLeast: count) == bytes)
        #expect(try await group.loops[1].run { socket.queuedBytes } == 0)
        await group.stop()
    }

    @Test func `tells its handler when a peer that stopped reading has caught up`() async throws {
        let loop = try Loop.start()
        let (server, client) = (Recorder(), Recorder())
        let listener = try await loop.listen(server)
        let socket = try await connect(to: listener.port, on: loop, client)
        loop.execute { socket.write([UInt8](repeating: 7, count: 20_000_000)) }
        #expect(await server.received(atLeast: 20_000_000).count == 20_000_000)
        while client.state.withLock({ $0.drains }) == 0 { try await loop.run {} }
        #expect(client.state.withLock { $0.drains } == 1)
        await loop.stop()
    }

    @Test func `sends what is queued before it closes, and closes once`() async throws {
        let loop = try Loop.start()
        let (server, client) = (Recorder(), Recorder())
        let listener = try await loop.listen(server)
        let socket = try await connect(to: listener.port, on: loop, client)
        loop.execute {
            socket.write([UInt8](repeating: 1, count: 3_000_000))
            socket.closeAfterWriting()
            socket.write([9])
            socket.closeAfterWriting()
        }
        #expect(await client.closed() == ["local"])
        #expect(await server.closed() == ["endOfStream"])
        #expect(server.state.withLock { $0.bytes.count } == 3_000_000)
        await loop.stop()
        #expect(client.state.withLock { $0.closed.count } == 1)
    }

    @Test func `sends what is queued to a peer that has said all it had to say`() async throws {
        let group = try LoopGroup.start(count: 2)
        let (loop, other) = (group.loops[0], group.loops[1])
        let listener = try await loop.run {
            try Listener.open(host: "127.0.0.1", port: 0, on: loop) { socket in
                socket.write([UInt8](repeating: 1, count: 20_000_000))
                socket.closeAfterWriting()
            }
        }
        let port = listener.port
        let received = await other.offload {
            let descriptor = connectRaw(to: port)
            defer { close(descriptor) }
            var total = 0
            var buffer = [UInt8](repeating: 0, count: 100_000)
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
                // The rest is still to come, and more than any buffer on the way takes.
                if total == 0 { shutdown(descriptor, Int32(SHUT_WR)) }
                total += count
            }
            return total
        }
        #expect(received == 20_000_000)
        await group.stop()
    }

    @Test func `hears of a peer that resets the connection`() async throws {
        let loop = try Loop.start()
        let server = Recorder()
        let listener = try await loop.listen(server)
        let descriptor = connectRaw(to: listener.port)
        #expect(Glibc.send(descriptor, "hello", 5, 0) == 5)
        _ = await server.received(atLeast: 5)
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close(descriptor)
        #expect(await server.closed() == ["reset"])
        await loop.stop()
    }

    @Test func `moves to another loop with what it had not sent`() async throws {
        let group = try LoopGroup.start(count: 2)
        let (first, second) = (group.loops[0], group.loops[1])
        let (server, client) = (Recorder(), Recorder(echoes: true))
        let listener = try await first.run {
            try Listener.open(host: "127.0.0.1", port: 0, on: first) { socket in
                socket.write(Array("unsent".utf8))
                let detached = socket.detach()
                second.execute {
                    guard let socket = try? StreamSocket.adopt(detached, on: second) else { return }
                    socket.handler = server
                    socket.startReading()
                    socket.write(Array(" and more".utf8))
                }
            }
        }
        let socket = try await connect(to: listener.port, on: first, client)
        #expect(await server.received(atLeast: 15) == Array("unsent and more".utf8))
        #expect(socket.loop === first)
        await group.stop()
    }

    @Test func `knows its peer's address`() async throws {
        let loop = try Loop.start()
        let listener = try await loop.listen(Recorder())
        let socket = try await connect(to: listener.port, on: loop, Recorder())
        #expect(try await loop.run { socket.peerAddress } == "127.0.0.1")
        await loop.stop()
    }

    @Test func `cannot connect where nobody listens`() async throws {
        let loop = try Loop.start()
        // Taken and not listened on, so that no other test can be given it meanwhile.
        let (taken, port) = try boundPort()
        defer { close(taken) }
        do {
            _ = try await StreamSocket.connect(to: .tcp(host: "127.0.0.1", port: port), on: loop)
            Issue.record("connected")
        } catch {
            guard case .system("connect", ECONNREFUSED) = error else { throw error }
        }
        await loop.stop()
    }

    @Test func `gives up connecting when its loop stops`() async throws {
        let loop = try Loop.start()
        let (full, first, port) = try fullBacklog()
        defer {
            close(full)
            close(first)
        }
        let target = try RawAddress.resolve(host: "127.0.0.1", port: port, isPassive: false).get()[0]
        let result: Result<StreamSocket, SocketError> = await withCheckedContinuation { done in
            loop.execute {
                Connecting.begin(to: target, tls: nil, serverName: nil, timeout: .seconds(600), on: loop) {
                    done.resume(returning: $0)
                }
                loop.beginStopping {}
            }
        }
        guard case .failure(.closed(.local)) = result else {
            Issue.record("\(result)")
            return
        }
    }

    @Test(arguments: [false, true])
    func `gives up connecting to one that does not answer in time`(isSecure: Bool) async throws {
        let loop = try Loop.start()
        let (listener, first, port) = try fullBacklog()
        defer {
            close(listener)
            close(first)
        }
        // For TLS, one that takes the connection and then says nothing.
        let accepted = isSecure ? accept(listener, nil, nil) : -1
        defer { if accepted >= 0 { close(accepted) } }
        let tls = isSecure ? try TLSContext.client(verifying: false) : nil
        do {
            _ = try await StreamSocket.connect(
                to: .tcp(host: "127.0.0.1", port: port), tls: tls, timeout: .milliseconds(100), on: loop)
            Issue.record("connected")
        } catch {
            guard case .system("connect", ETIMEDOUT) = error else { throw error }
        }
        await loop.stop()
    }

    @Test func `a port in use cannot be listened on by one that does not share it`() async throws {
        let loop = try Loop.start()
        let listener = try await loop.listen(Recorder())
        await #expect(throws: SocketError.self) {
            try await loop.run {
                try Listener.open(host: "127.0.0.1", port: listener.port, sharesPort: false, on: loop) { _ in }
            }
        }
        await loop.stop()
    }

    @Test func `reads nothing while it is paused and everything after`() async throws {
        let loop = try Loop.start()
        let (server, client) = (Recorder(), Recorder())
        let listener = try await loop.run {
            try Listener.open(host: "127.0.0.1", port: 0, on: loop) {
                $0.handler = server
                $0.startReading()
                $0.pauseReading()
                server.keep($0)
            }
        }
        let socket = try await connect(to: listener.port, on: loop, client)
        loop.execute { socket.write([1, 2, 3]) }
        for _ in 0..<20 { try await loop.run {} }
        #expect(server.state.withLock { $0.bytes } == [])
        loop.execute { server.kept.withLock { $0 }?.startReading() }
        #expect(await server.received(atLeast: 3) == [1, 2, 3])
        await loop.stop()
    }

    @Test(arguments: [1, 20_000, 3_000_000])
    func `brings every byte across and back under TLS, and ends in order`(count: Int) async throws {
        let group = try LoopGroup.start(count: 2)
        let (server, client) = (Recorder(echoes: true), Recorder())
        let files = try TestCertificates.shared.get()
        let box = try TLSContextBox(certificateFile: files.certificate, keyFile: files.key)
        let listener = try await group.loops[0].run {
            try Listener.open(host: "127.0.0.1", port: 0, tls: box, on: group.loops[0]) { socket in
                socket.handler = server
                socket.startReading()
            }
        }
        let socket = try await StreamSocket.connect(
            to: .tcp(host: "127.0.0.1", port: listener.port),
            tls: TLSContext.client(verifying: true, caFile: files.authority), serverName: "hub.test", on: group.loops[1]
        )
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        group.loops[1].execute {
            socket.handler = client
            socket.startReading()
            for start in stride(from: 0, to: count, by: 7001) {
                socket.write(Array(bytes[start..<min(count, start + 7001)]))
            }
        }
        #expect(await client.received(atLeast: count) == bytes)
        #expect(try await group.loops[1].run { socket.isSecure })
        group.loops[1].execute { socket.closeAfterWriting() }
        #expect(await client.closed() == ["local"])
        #expect(await server.closed() == ["endOfStream"])
        await group.stop()
    }
}

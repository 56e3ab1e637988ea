internal import CUV
internal import Glibc
package import TLS
internal import Telemetry

/// A listening TCP socket. Every loop opens its own on the same port (SO_REUSEPORT) and the kernel spreads the
/// connections over them.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`. The loop keeps an open
/// listener alive.
package final class Listener: LoopHandle, @unchecked Sendable {
    /// The port it listens on; the one the kernel chose if 0 was asked for.
    package let port: Int

    private var descriptor: Int32
    private let tls: TLSContextBox?
    private let onAccept: (StreamSocket) -> Void
    /// Given up, one at a time, to accept and refuse a connection when the process has no descriptor left. More than one,
    /// because another thread may take what was given up before the connection does.
    private var reserves: [Int32] = []
    /// Runs while nothing is accepted, because there is nothing left even to refuse a connection with.
    private var rest: LoopTimer?

    /// How many connections one readiness accepts before the sockets of the loop have their turn.
    private static let acceptsPerEvent = 64
    private static let backlog: Int32 = 4096
    private static let reserveCount = 4
    private static let restTime = Duration.milliseconds(100)

    /// Opens a listener. Called on `loop`.
    ///
    /// - Parameters:
    ///   - host: An address to bind, such as `127.0.0.1`, `0.0.0.0` or `::`.
    ///   - port: 0 lets the kernel choose.
    ///   - sharesPort: Whether other listeners of this process may bind the same port. The first of a process should
    ///     not: then a port that another process uses is found out.
    ///   - tls: Accepted connections speak TLS with the context it holds at that moment.
    package static func open(
        host: String, port: Int, sharesPort: Bool = true, tls: TLSContextBox? = nil, on loop: Loop,
        onAccept: @escaping (StreamSocket) -> Void
    ) throws(SocketError) -> Listener {
        loop.preconditionIsolated()
        let addresses = try RawAddress.resolve(host: host, port: port, isPassive: true).get()
        let address = addresses[0]
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | 0o2_004_000, 0)
        guard descriptor >= 0 else { throw .system(operation: "socket", number: CUV_errno()) }
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        if sharesPort { unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &one, size) }
        func failure(_ operation: String, _ number: Int32) -> SocketError {
            _ = close(descriptor)
            return .system(operation: operation, number: number)
        }
        guard address.bind(descriptor) == 0 else { throw failure("bind", CUV_errno()) }
        guard listen(descriptor, backlog) == 0 else { throw failure("listen", CUV_errno()) }
        do throws(LoopError) {
            return try Listener(descriptor: descriptor, tls: tls, on: loop, onAccept: onAccept)
        } catch {
            throw failure(error.operation, error.number)
        }
    }

    /// Listens with a socket that somebody else opened and that others may share. Called on `loop`.
    ///
    /// - Parameter descriptor: A listening TCP socket that does not block. It stays its owner's; the listener works on a
    ///   duplicate, which ``stop()`` closes.
    package static func share(
        descriptor: Int32, tls: TLSContextBox? = nil, on loop: Loop, onAccept: @escaping (StreamSocket) -> Void
    ) throws(SocketError) -> Listener {
        loop.preconditionIsolated()
        let duplicate = CUV_duplicate(descriptor)
        guard duplicate >= 0 else { throw .system(operation: "dup", number: CUV_errno()) }
        do throws(LoopError) {
            return try Listener(descriptor: duplicate, tls: tls, on: loop, onAccept: onAccept)
        } catch {
            _ = close(duplicate)
            throw .system(operation: error.operation, number: error.number)
        }
    }

    private init(
        descriptor: Int32, tls: TLSContextBox?, on loop: Loop, onAccept: @escaping (StreamSocket) -> Void
    ) throws(LoopError) {
        self.descriptor = descriptor
        self.tls = tls
        self.onAccept = onAccept
        port = Listener.boundPort(of: descriptor)
        unsafe super.init(on: loop, size: MemoryLayout<uv_poll_t>.size)
        let poll = unsafe raw.assumingMemoryBound(to: uv_poll_t.self)
        try open("uv_poll_init") { unsafe uv_poll_init(loop.raw, poll, descriptor) }
        listenOn()
    }

    private func listenOn() {
        rest = nil
        guard isHandleOpen else { return }
        fillReserves()
        unsafe uv_poll_start(raw.assumingMemoryBound(to: uv_poll_t.self), 1) { handle, _, _ in
            unsafe LoopHandle.at(handle, as: Listener.self)?.acceptWaiting()
        }
    }

    /// Stops listening; accepted connections stay.
    package func stop() {
        loop.preconditionIsolated()
        closeHandle()
    }

    override func closeHandle() {
        guard isHandleOpen else { return }
        rest = nil
        unsafe uv_poll_stop(raw.assumingMemoryBound(to: uv_poll_t.self))
        super.closeHandle()
        _ = close(descriptor)
        descriptor = -1
        for reserve in reserves { _ = close(reserve) }
        reserves = []
    }

    /// Opens those that are missing, as far as there is room.
    private func fillReserves() {
        while reserves.count < Listener.reserveCount {
            let reserve = unsafe Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard reserve >= 0 else { return }
            reserves.append(reserve)
        }
    }

    private func acceptWaiting() {
        var address = sockaddr_storage()
        for _ in 0..<Listener.acceptsPerEvent {
            guard isHandleOpen else { return }
            let connection = unsafe CUV_accept(descriptor, &address)
            guard connection >= 0 else {
                switch CUV_errno() {
                case EMFILE, ENFILE, ENOMEM, ENOBUFS:
                    switch refuseOne() {
                    case 0: break
                    case EAGAIN: return
                    default: return takeRest()
                    }
                case ECONNABORTED, EINTR, EPROTO: break
                default: return
                }
                continue
            }
            loop.meters.connectionsAccepted.add(1)
            adopt(connection, from: IPAddress(address))
        }
    }

    private func adopt(_ connection: Int32, from peer: IPAddress) {
        disableNagle(connection)
        do {
            let session = try tls.map { try TLSSession(accepting: connection, context: $0.current) }
            let socket = try StreamSocket(
                descriptor: connection, peer: peer, tls: session, isHandshaking: session != nil, on: loop)
            onAccept(socket)
        } catch {
            // No memory for it: this one is refused, the others stay.
            loop.meters.connectionsRefused.add(1)
            _ = close(connection)
        }
    }

    /// Out of descriptors: without this the waiting connection would wake the loop again and again.
    ///
    /// - Returns: 0, or why there was none to refuse; another loop may have taken the descriptor that was given up.
    private func refuseOne() -> Int32 {
        if let reserve = reserves.popLast() { _ = close(reserve) }
        let refused = accept(descriptor, nil, nil)
        let number = refused < 0 ? CUV_errno() : 0
        if refused >= 0 {
            _ = close(refused)
            loop.meters.connectionsRefused.add(1)
        }
        fillReserves()
        return number
    }

    /// Leaves connections in the backlog for a moment.
    private func takeRest() {
        guard rest == nil, isHandleOpen else { return }
        unsafe uv_poll_stop(raw.assumingMemoryBound(to: uv_poll_t.self))
        rest = loop.schedule(after: Listener.restTime) { [weak self] in self?.listenOn() }
    }

    private static func boundPort(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            guard let base = bytes.baseAddress,
                unsafe getsockname(descriptor, base.assumingMemoryBound(to: sockaddr.self), &length) == 0
            else { return 0 }
            // The port stands at the same place for IPv4 and IPv6.
            return Int(UInt16(bigEndian: unsafe bytes.load(fromByteOffset: 2, as: UInt16.self)))
        }
    }
}

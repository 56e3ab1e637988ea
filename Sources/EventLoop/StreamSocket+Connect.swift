internal import CUV
internal import Glibc
package import TLS

extension StreamSocket {
    /// Opens a connection, trying every address of a name in turn; names are looked up on the thread pool. Any thread.
    ///
    /// Nothing is read before ``startReading()``, so that a handler can be set first.
    ///
    /// - Parameters:
    ///   - tls: Speaks TLS with this context; plain if `nil`.
    ///   - serverName: The name the certificate must bear; the host's if `nil`.
    ///   - timeout: For each address, the TLS handshake included; then the error is ETIMEDOUT. The system's own patience
    ///     is two minutes for TCP and has no end for TLS.
    package static func connect(
        to endpoint: Endpoint, tls: TLSContext? = nil, serverName: String? = nil, timeout: Duration = .seconds(30),
        on loop: Loop
    ) async throws(SocketError) -> StreamSocket {
        let addresses: [RawAddress]
        var name = serverName
        switch endpoint {
        case .unix(let path): addresses = [try RawAddress(unixPath: path)]
        case .tcp(let host, let port):
            name = name ?? host
            addresses = try await loop.offload { RawAddress.resolve(host: host, port: port, isPassive: false) }.get()
        }
        var failure = SocketError.unknownHost(name ?? "")
        for address in addresses {
            let result: Result<StreamSocket, SocketError> = await withCheckedContinuation { continuation in
                let serverName = name
                loop.execute {
                    Connecting.begin(to: address, tls: tls, serverName: serverName, timeout: timeout, on: loop) {
                        continuation.resume(returning: $0)
                    }
                }
            }
            switch result {
            case .success(let socket): return socket
            case .failure(let error): failure = error
            }
        }
        throw failure
    }
}

/// One attempt to connect, from `connect(2)` to the end of the TLS handshake. Lives on its loop.
///
/// It is kept by the callback that it waits for; if that is let go of, because the loop stops, the attempt has failed.
final class Connecting {
    private let address: RawAddress
    private let tls: TLSContext?
    private let serverName: String?
    private let loop: Loop
    /// The attempt's own until a socket has it.
    private var descriptor: Int32 = -1
    private var watcher: DescriptorWatcher?
    /// While it shakes hands.
    private var socket: StreamSocket?
    private var timer: LoopTimer?
    private var completion: ((Result<StreamSocket, SocketError>) -> Void)?

    static func begin(
        to address: RawAddress, tls: TLSContext?, serverName: String?, timeout: Duration, on loop: Loop,
        _ completion: @escaping (Result<StreamSocket, SocketError>) -> Void
    ) {
        Connecting(to: address, tls: tls, serverName: serverName, on: loop, completion).begin(within: timeout)
    }

    private init(
        to address: RawAddress, tls: TLSContext?, serverName: String?, on loop: Loop,
        _ completion: @escaping (Result<StreamSocket, SocketError>) -> Void
    ) {
        self.address = address
        self.tls = tls
        self.serverName = serverName
        self.loop = loop
        self.completion = completion
    }

    deinit {
        if descriptor >= 0 { _ = close(descriptor) }
        completion?(.failure(.closed(.local)))
    }

    private func finish(_ result: Result<StreamSocket, SocketError>) {
        timer = nil
        watcher?.stop()
        watcher = nil
        if descriptor >= 0 { _ = close(descriptor) }
        descriptor = -1
        if case .failure = result { socket?.close() }
        socket = nil
        let completion = completion
        self.completion = nil
        completion?(result)
    }

    private func fail(_ operation: String, _ number: Int32) {
        finish(.failure(.system(operation: operation, number: number)))
    }

    private func begin(within timeout: Duration) {
        timer = loop.schedule(after: timeout) { [weak self] in self?.fail("connect", ETIMEDOUT) }
        descriptor = Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue) | 0o2_004_000, 0)
        guard descriptor >= 0 else { return fail("socket", CUV_errno()) }
        if address.family != AF_UNIX { disableNagle(descriptor) }
        guard address.connect(descriptor) == 0 || CUV_errno() == EINPROGRESS else {
            return fail("connect", CUV_errno())
        }
        do throws(LoopError) {
            let watcher = try DescriptorWatcher(descriptor: descriptor, on: loop)
            self.watcher = watcher
            watcher.watch(.writable) { [self] _ in
                watcher.stop()
                self.watcher = nil
                didConnect()
            }
        } catch {
            fail(error.operation, error.number)
        }
    }

    private func didConnect() {
        let number = pendingError(of: descriptor)
        guard number == 0 else { return fail("connect", number) }
        do {
            let session = try tls.map {
                try TLSSession(connecting: descriptor, context: $0, serverName: serverName)
            }
            let socket = try StreamSocket(
                descriptor: descriptor, peer: address.socketAddress, tls: session, isHandshaking: session != nil,
                on: loop)
            descriptor = -1
            self.socket = socket
            socket.whenShaken { [self] error in finish(error.map { .failure($0) } ?? .success(socket)) }
        } catch let error as LoopError {
            fail(error.operation, error.number)
        } catch let error as TLSError {
            finish(.failure(.closed(.tls(error))))
        } catch {
            preconditionFailure("no other error is thrown above")
        }
    }
}

/// A socket address as the kernel takes it.
struct RawAddress: Sendable {
    private var storage: sockaddr_storage
    private let length: socklen_t

    var family: Int32 { Int32(storage.ss_family) }
    var socketAddress: IPAddress { IPAddress(storage) }

    private init(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
        storage = sockaddr_storage()
        self.length = length
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
        }
    }

    /// A unix socket's address; its path has at most 107 bytes.
    init(unixPath path: String) throws(SocketError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
            guard bytes.count < target.count else { return false }
            unsafe target.copyBytes(from: bytes)
            return true
        }
        guard fits else { throw .system(operation: "connect", number: ENAMETOOLONG) }
        self = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe RawAddress(copying: pointer, length: socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// The addresses of a name; blocks while it asks.
    static func resolve(host: String, port: Int, isPassive: Bool) -> Result<[RawAddress], SocketError> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = isPassive ? AI_PASSIVE : 0
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0 else { return .failure(.unknownHost(host)) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [RawAddress] = []
        var entry = unsafe list
        while let current = unsafe entry {
            if let address = unsafe current.pointee.ai_addr {
                unsafe addresses.append(RawAddress(copying: address, length: current.pointee.ai_addrlen))
            }
            unsafe entry = current.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(.unknownHost(host)) : .success(addresses)
    }

    func connect(_ descriptor: Int32) -> Int32 {
        unsafe withAddress { address in unsafe Glibc.connect(descriptor, address, length) }
    }

    func bind(_ descriptor: Int32) -> Int32 {
        unsafe withAddress { address in unsafe Glibc.bind(descriptor, address, length) }
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>) -> Int32) -> Int32 {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in unsafe body(pointer) }
        }
    }
}

/// Small frames must not wait for the acknowledgement of earlier ones.
func disableNagle(_ descriptor: Int32) {
    var one: Int32 = 1
    unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
}

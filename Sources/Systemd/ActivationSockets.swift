internal import Glibc

/// The listening sockets that a service manager opened and handed over (sd_listen_fds(3)), with which connections wait in
/// the kernel while the service restarts.
package struct ActivationSockets: Equatable, Sendable {
    /// One socket, with the name its unit gives it (`FileDescriptorName=`), for messages.
    package struct Socket: Equatable, Sendable {
        package let descriptor: Int32
        package let name: String
        package let port: Int
    }

    /// At least one.
    package let sockets: [Socket]

    /// The first descriptor that is handed over.
    private static let first: Int32 = 3
    /// More than anybody hands over.
    private static let most: Int32 = 1024

    /// What this process was given; nothing if it was started without, or if the variables speak to another process.
    ///
    /// The descriptors are made non-blocking, and are kept from children. Called once, before other files are opened.
    ///
    /// - Parameters:
    ///   - environment: Of which `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` matter.
    ///   - processID: This process's.
    /// - Throws: ``ActivationError`` where something was handed over that cannot be listened on.
    package static func take(
        environment: [String: String], processID: Int32? = nil
    ) throws(ActivationError) -> ActivationSockets? {
        guard let names = try names(environment: environment, processID: processID ?? getpid()) else { return nil }
        var sockets: [Socket] = []
        for (index, name) in names.enumerated() {
            let descriptor = first + Int32(index)
            sockets.append(Socket(descriptor: descriptor, name: name, port: try adopt(descriptor, name)))
        }
        return ActivationSockets(sockets: sockets)
    }

    /// The name of each descriptor handed over, in their order; nothing if none is, or they are for another process.
    static func names(environment: [String: String], processID: Int32) throws(ActivationError) -> [String]? {
        guard let pid = environment["LISTEN_PID"], let text = environment["LISTEN_FDS"], pid == String(processID) else {
            return nil
        }
        guard let count = Int32(text), (0...most).contains(count) else { throw .malformed(variable: "LISTEN_FDS") }
        guard count > 0 else { return nil }
        guard let list = environment["LISTEN_FDNAMES"], !list.isEmpty else {
            return Array(repeating: "unknown", count: Int(count))
        }
        let names = list.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard names.count == Int(count) else { throw .malformed(variable: "LISTEN_FDNAMES") }
        return names
    }

    /// Makes sure that it is a listening TCP socket, and returns its port.
    private static func adopt(_ descriptor: Int32, _ name: String) throws(ActivationError) -> Int {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0 else { throw .noListener(name: name, reason: "the descriptor is not open") }
        var isListening: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening == 1
        else { throw .noListener(name: name, reason: "it does not listen (Accept=no is needed)") }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isNamed = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isNamed, [AF_INET, AF_INET6].contains(Int32(storage.ss_family)) else {
            throw .noListener(name: name, reason: "it is not a TCP socket")
        }
        guard fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw .noListener(name: name, reason: "its flags cannot be set")
        }
        // The port stands at the same place for IPv4 and IPv6.
        return unsafe withUnsafeBytes(of: &storage) { bytes in
            Int(UInt16(bigEndian: unsafe bytes.load(fromByteOffset: 2, as: UInt16.self)))
        }
    }
}

/// Why sockets that were handed over cannot be used; one line for whoever starts the hub.
package enum ActivationError: Error, Equatable, Sendable, CustomStringConvertible {
    case malformed(variable: String)
    case noListener(name: String, reason: String)

    package var description: String {
        switch self {
        case .malformed(let variable): "\(variable) is malformed"
        case .noListener(let name, let reason): "the socket \"\(name)\" that was handed over cannot be used: \(reason)"
        }
    }
}

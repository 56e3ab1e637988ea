internal import Glibc

/// The manager that started this process, as far as it wants to hear of it: systemd, or another that speaks its protocol.
///
/// Safe to use from any thread: it holds no state but the socket's address, and a message is one `sendto(2)`.
package struct ServiceManager: Sendable {
    /// Where messages go; none if nobody wants any.
    private let address: NotifyAddress?
    /// How long the manager waits for a sign of life before it ends the service; none if it does not wait for any.
    package let watchdogTimeout: Duration?

    /// Nobody listens.
    package static let none = ServiceManager(environment: [:])

    /// - Parameters:
    ///   - environment: Of which `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` matter.
    ///   - processID: This process's; a watchdog of another process is none of ours.
    package init(environment: [String: String], processID: Int32? = nil) {
        address = environment["NOTIFY_SOCKET"].flatMap(NotifyAddress.init)
        let isOurs = environment["WATCHDOG_PID"].map { $0 == String(processID ?? getpid()) } ?? true
        if isOurs, let text = environment["WATCHDOG_USEC"], let time = Int64(text), time > 0 {
            watchdogTimeout = .microseconds(time)
        } else {
            watchdogTimeout = nil
        }
    }

    /// Whether somebody hears what is told.
    package var isListening: Bool { address != nil }

    /// Tells the manager. Never waits: a manager that does not take a message loses it.
    ///
    /// - Returns: Whether it was sent.
    @discardableResult
    package func tell(_ message: ServiceMessage) -> Bool { address?.send(Array(message.text.utf8)) ?? false }

    /// `CLOCK_MONOTONIC` in microseconds, for ``ServiceMessage/reloading(monotonicMicroseconds:)``.
    package static var monotonicMicroseconds: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }
}

/// The address of the manager's datagram socket.
struct NotifyAddress: Sendable {
    private let path: [UInt8]

    /// - Parameter text: An absolute path, or `@` and an abstract name (unix(7)). Others, such as `vsock:`, are not spoken.
    init?(_ text: String) {
        var path = Array(text.utf8)
        guard path.count > 1, path.count < 108, path[0] == UInt8(ascii: "/") || path[0] == UInt8(ascii: "@") else {
            return nil
        }
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        self.path = path
    }

    func send(_ bytes: [UInt8]) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            for (index, byte) in path.enumerated() { unsafe field[index] = byte }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let count = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe sendto(
                    descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), address,
                    length)
            }
        }
        return count == bytes.count
    }
}

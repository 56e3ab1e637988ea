internal import Glibc

/// What a service manager listens with.
package final class NotifySocket {
    package let path: String
    private let descriptor: Int32

    package init() throws {
        path = try TestPostgres.temporaryDirectory("hub-notify") + "/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw TestPostgresError.noDirectory(errno) }
    }

    deinit {
        close(descriptor)
        unlink(path)
        rmdir(String(path.dropLast("/notify".count)))
    }

    /// The next message; nothing if none has come.
    package func next() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}

import Glibc
import Testing

struct FreePortTests {
    /// The outcome of binding a socket, which is closed again.
    private func bound(to port: Int, reusing: Bool, listening: Bool) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var one: Int32 = 1
        if reusing { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0 && (!listening || listen(descriptor, 1) == 0)
    }

    @Test func `a port that was given is given to nobody else, and whom it was given to can listen there`() throws {
        let port = try FreePort.find()
        #expect(!bound(to: port, reusing: false, listening: false))
        #expect(bound(to: port, reusing: true, listening: true))
        // Nor after it was used.
        #expect(!bound(to: port, reusing: false, listening: false))
    }
}

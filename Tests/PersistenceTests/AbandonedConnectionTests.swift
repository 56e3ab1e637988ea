import EventLoop
import Glibc
import HubTesting
import Persistence
import Synchronization
import Testing

/// Whoever gives up waiting lets go of the connection without closing it: on any thread, in the middle of connecting.
@Suite struct `A connection that nobody holds any more` {
    /// A socket file that takes connections and never says a word.
    private struct SilentServer {
        let folder: String
        let descriptor: Int32
        var url: String { "host=\(folder) user=nobody dbname=nothing" }

        init() throws {
            folder = try TestPostgres.temporaryDirectory("silent")
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(folder)/.s.PGSQL.5432".utf8) }
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(result == 0 && listen(descriptor, 4096) == 0)
            var patience = timeval(tv_sec: 30, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        }

        /// Waits until the next caller has gone.
        func waitForAnEnd() throws {
            let caller = accept(descriptor, nil, nil)
            try #require(caller >= 0)
            defer { close(caller) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            while read(caller, &bytes, bytes.count) > 0 {}
        }

        func end() {
            close(descriptor)
            unlink("\(folder)/.s.PGSQL.5432")
            rmdir(folder)
        }
    }

    @Test(arguments: [0, 1, 2, 5]) func `is gone, and its loop goes on`(milliseconds: Int) async throws {
        let server = try SilentServer()
        let loop = try Loop.start()
        for _ in 0..<200 {
            do {
                let connection = PostgresConnection(url: server.url, on: loop)
                await #expect(throws: PostgresError.self) {
                    try await connection.connected(within: .milliseconds(milliseconds))
                }
            }
        }
        for _ in 0..<200 { try server.waitForAnEnd() }
        await loop.stop()
        server.end()
    }
}

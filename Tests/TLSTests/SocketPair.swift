import Glibc

/// Two ends of one connection, both non-blocking and closed with it.
final class SocketPair {
    let near: Int32
    private(set) var far: Int32

    /// - Parameter sendBuffer: Bytes that each end may have under way, as far as the kernel takes the hint.
    init(sendBuffer: Int32? = nil) throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        let kind =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemCallFailed(code: errno) }
        (near, far) = (ends[0], ends[1])
        if var size = sendBuffer {
            for end in ends {
                setsockopt(end, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            }
        }
    }

    func closeFar() {
        if far >= 0 { close(far) }
        far = -1
    }

    deinit {
        close(near)
        closeFar()
    }
}

struct SystemCallFailed: Error {
    let code: Int32
}

/// What waits on a descriptor, without waiting for more.
func receiveAll(_ descriptor: Int32) -> [UInt8] {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return all }
        all += chunk[..<count]
    }
}

func sendAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
}

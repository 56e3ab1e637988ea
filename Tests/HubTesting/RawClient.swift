internal import Glibc

/// A blocking client of plain bytes; every wait ends after a minute.
package final class RawClient {
    private let descriptor: Int32
    private var unread: [UInt8] = []
    private var isClosed = false

    /// - Parameter receiveBuffer: Of the kernel, in bytes; small for a peer that is to be filled up.
    package init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure.connect(errno) }
    }

    package enum Failure: Error {
        case connect(Int32)
        case timeout(soFar: String)
        case closed(soFar: String)
    }

    deinit { if !isClosed { close(descriptor) } }

    /// Goes away without a word: the peer gets a reset.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        isClosed = true
        close(descriptor)
    }

    /// Sends as much as the peer takes; false once it has closed.
    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Says that nothing more will be sent.
    /// Sends until nothing more is taken for a third of a second; returns how much was.
    package func sendWhatFits(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
                continue
            }
            var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&room, 1, 330) > 0 else { break }
        }
        return sent
    }

    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Everything until the peer closes.
    package func readToEnd() throws -> String {
        while try receive() {}
        defer { unread = [] }
        return String(decoding: unread, as: UTF8.self)
    }

    /// The next answer with a `Content-Length`, or without content.
    package func readAnswer(hasContent: Bool = true) throws -> Answer {
        while true {
            if let end = unread.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: unread[..<end.lowerBound], as: UTF8.self)
                let answer = Answer(head)
                let length = hasContent ? Int(answer["Content-Length"] ?? "0") ?? 0 : 0
                while unread.count < end.upperBound + length {
                    guard try receive() else { throw Failure.closed(soFar: head) }
                }
                let body = String(decoding: unread[end.upperBound..<end.upperBound + length], as: UTF8.self)
                unread.removeFirst(end.upperBound + length)
                return Answer(head, body: body)
            }
            guard try receive() else { throw Failure.closed(soFar: String(decoding: unread, as: UTF8.self)) }
        }
    }

    /// Reads until the bytes hold `text`, and takes them up to its end.
    package func read(through text: String) throws -> String {
        while true {
            if let range = unread.firstRange(of: Array(text.utf8)) {
                defer { unread.removeFirst(range.upperBound) }
                return String(decoding: unread[..<range.upperBound], as: UTF8.self)
            }
            guard try receive() else { throw Failure.closed(soFar: String(decoding: unread, as: UTF8.self)) }
        }
    }

    /// False when the peer has closed.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0, errno == EAGAIN { throw Failure.timeout(soFar: String(decoding: unread, as: UTF8.self)) }
        guard count > 0 else { return false }
        unread.append(contentsOf: buffer[..<count])
        return true
    }
}

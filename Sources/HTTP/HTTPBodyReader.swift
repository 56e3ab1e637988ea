package import EventLoop

/// Content of a request that is read over time.
///
/// What the consumer does not take is not read from the connection, but for ``capacity`` bytes; so content of any size
/// needs little memory. An answer that is given before its end closes the connection, since nobody reads the rest.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
package final class HTTPBodyReader: @unchecked Sendable {
    /// Bytes that are read ahead. What one turn of the loop has read may go beyond it once.
    package static let capacity = 256 << 10

    package let loop: Loop?
    private weak var connection: HTTPServerConnection?
    private var pieces: [[UInt8]] = []
    private var next = 0
    private var bufferedBytes = 0
    private var end: Result<Void, HTTPBodyFailure>?
    private var waiter: CheckedContinuation<Result<[UInt8]?, HTTPBodyFailure>, Never>?

    init(of connection: HTTPServerConnection) {
        loop = connection.socket.loop
        self.connection = connection
    }

    /// Content that is there as a whole.
    init(whole bytes: [UInt8]) {
        loop = nil
        if !bytes.isEmpty { pieces = [bytes] }
        end = .success(())
    }

    /// The next bytes, in pieces as they come; nothing at the end. One caller at a time.
    package func read() async throws(HTTPBodyFailure) -> [UInt8]? {
        loop?.preconditionIsolated()
        if next < pieces.count { return take() }
        if let end {
            try end.get()
            return nil
        }
        precondition(waiter == nil, "One consumer reads at a time")
        let result: Result<[UInt8]?, HTTPBodyFailure> = await withCheckedContinuation {
            waiter = $0
            connection?.bodyIsWanted(self)
        }
        return try result.get()
    }

    private func take() -> [UInt8] {
        let bytes = pieces[next]
        pieces[next] = []
        next += 1
        if next == pieces.count {
            pieces.removeAll(keepingCapacity: true)
            next = 0
        }
        let wasFull = isFull
        bufferedBytes -= bytes.count
        if wasFull, !isFull { connection?.bodyHasRoom(self) }
        return bytes
    }

    // MARK: The connection's side

    /// Whether somebody waits for more.
    var isWanted: Bool { waiter != nil }

    var isFull: Bool { bufferedBytes >= HTTPBodyReader.capacity }

    func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, end == nil else { return }
        if let waiter {
            self.waiter = nil
            return waiter.resume(returning: .success(bytes))
        }
        pieces.append(bytes)
        bufferedBytes += bytes.count
    }

    /// All has come, or nothing more will.
    func finish(_ result: Result<Void, HTTPBodyFailure>) {
        guard end == nil else { return }
        end = result
        guard let waiter else { return }
        self.waiter = nil
        waiter.resume(returning: result.map { nil })
    }
}

/// Why content does not come to its end.
package enum HTTPBodyFailure: Error, Hashable, Sendable {
    /// It is too much, too slow, or its chunks are malformed; the request is to be answered so.
    case refused(HTTPRefusal)
    /// The client is gone.
    case gone
}

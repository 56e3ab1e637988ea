import EventLoop
import Model

/// One phone's connection: at most one request is on its way.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class LoadConnection: @unchecked Sendable {
    let device: DeviceID
    let group: GroupID
    private unowned let worker: LoadWorker
    private var socket: StreamSocket?
    private var reader = AnswerReader()
    /// What is on its way, and when it was due.
    private var request: (kind: LoadScenario.Request, due: UInt64)?

    init(_ device: DeviceID, in group: GroupID, of worker: LoadWorker) {
        self.device = device
        self.group = group
        self.worker = worker
    }

    var isFree: Bool { socket != nil && request == nil }
    /// Whether it is over. Not before it has begun.
    private(set) var isClosed = false

    /// Takes a connected socket as its own.
    func begin(on socket: StreamSocket) {
        self.socket = socket
        reader = AnswerReader()
        socket.handler = self
        socket.startReading()
    }

    func send(_ bytes: [UInt8], _ kind: LoadScenario.Request, due: UInt64) {
        request = (kind, due)
        socket?.write(bytes)
    }

    func close() {
        isClosed = true
        socket?.handler = nil
        socket?.close()
        socket = nil
    }

    private func fail(_ reason: String) {
        guard socket != nil else { return }
        let lost = request
        request = nil
        close()
        worker.closed(losing: lost.map { ($0.due, reason) })
    }
}

extension LoadConnection: StreamSocketHandler {
    func streamSocket(_ socket: StreamSocket, didRead bytes: RawSpan) {
        var pieces = unsafe bytes.withUnsafeBytes { unsafe Array($0) }[...]
        while !pieces.isEmpty {
            switch reader.read(&pieces) {
            case .needsMore: return
            case .invalid: return fail("not understood")
            case .answered(let status, let closes):
                guard let request else { return fail("an answer to nothing") }
                self.request = nil
                worker.answered(request.kind, status: status, due: request.due)
                if closes { return fail("closed") }
            }
        }
    }

    func streamSocketDidDrain(_ socket: StreamSocket) {}

    func streamSocket(_ socket: StreamSocket, didClose reason: SocketCloseReason) { fail("connection lost") }
}

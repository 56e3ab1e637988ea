import EventLoop
import Measuring
import Model
import WebSocket
import Wire

/// One device under load: its connection, and what it has sent and is waiting for.
///
/// Confined to its loop: references may be held anywhere, every method is called on `loop`.
final class BenchMember: WebSocketHandler, @unchecked Sendable {
    let device: DeviceID
    /// Its place in the group.
    let index: Int
    private unowned let worker: BenchWorker
    private unowned let group: BenchGroup
    private var connection: WebSocketConnection?
    private var codec: StreamCodec
    private var sent = 0
    /// When each of the newest messages was due, and the time its newest fix bore.
    private var dues: [UInt64] = []
    private var times: [Int64] = []
    private var lastTime: Int64 = 0
    private var isReady = false
    private var isOver = false

    /// Messages that can be told apart when their acknowledgement or their fix comes back; a power of two.
    private static let memory = 1024

    init(device: DeviceID, index: Int, group: BenchGroup, worker: BenchWorker) {
        self.device = device
        self.index = index
        self.group = group
        self.worker = worker
        codec = StreamCodec(worker.dialect)
    }

    var isConnected: Bool { connection != nil && !isOver }

    // MARK: Sending

    /// Sends `count` fixes, the newest of them due at `due`.
    ///
    /// - Parameters:
    ///   - wall: The same moment in milliseconds since the epoch; a device's times grow by at least one each.
    ///   - spacing: Milliseconds between the fixes of the message.
    func send(_ count: Int, due: UInt64, wall: Int64, spacing: Int64) {
        guard let connection, !isOver else { return }
        if dues.isEmpty {
            dues = [UInt64](repeating: 0, count: BenchMember.memory)
            times = [Int64](repeating: 0, count: BenchMember.memory)
        }
        var fixes: [Fix] = []
        fixes.reserveCapacity(count)
        for place in 0..<count {
            lastTime = max(lastTime + 1, wall - Int64(count - 1 - place) * spacing)
            fixes.append(fix(at: lastTime))
        }
        let slot = sent & (BenchMember.memory - 1)
        dues[slot] = due
        times[slot] = lastTime
        let message: ClientMessage = count == 1 ? .location(fixes[0]) : .locations(fixes)
        let envelope = ClientEnvelope(id: Int64(sent), message)
        sent += 1
        send(envelope, roomFor: 180 * count + 40, on: connection)
    }

    private func send(_ envelope: ClientEnvelope, roomFor bytes: Int, on connection: WebSocketConnection) {
        var message: [UInt8] = []
        message.reserveCapacity(bytes)
        codec.encode(envelope, to: &message)
        switch codec.dialect {
        case .json: connection.send(text: message)
        case .packed: connection.send(binary: message)
        }
    }

    /// A fix of usual size that differs from the last one.
    private func fix(at time: Int64) -> Fix {
        let drift = Double(time & 0xffff) * 1e-6
        return Fix(
            capturedAt: Timestamp(milliseconds: time), latitude: 48.1 + Double(index) * 0.001 + drift,
            longitude: 17.1 + drift, accuracy: 5.5, altitude: 152.5, bearing: 87.5, speed: 1.4, batteryLevel: 80)
    }

    /// When the message whose newest fix bears `time` was due; nothing if it is too old, or not the newest of one.
    func due(of time: Timestamp) -> UInt64? {
        let oldest = max(0, sent - BenchMember.memory)
        var number = sent - 1
        while number >= oldest {
            let slot = number & (BenchMember.memory - 1)
            if times[slot] == time.milliseconds { return dues[slot] }
            if times[slot] < time.milliseconds { return nil }
            number -= 1
        }
        return nil
    }

    // MARK: The connection

    func open(at endpoint: HubEndpoint, asDevice: Bool) {
        let loop = worker.loop
        let device = asDevice ? device : nil
        Task { [self] in
            do throws(WebSocketClientError) {
                let connection = try await endpoint.connect(as: device, on: loop, heartbeat: nil, handler: self)
                loop.execute { self.connection = self.connection ?? connection }
            } catch {
                let end = LinkEnd(error)
                loop.execute { self.worker.failedToConnect(end) }
            }
        }
    }

    func close() {
        isOver = true
        connection?.close(code: .normal)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveText bytes: RawSpan) {
        guard codec.dialect == .json else { return }
        let now = MonotonicTime.now
        if BenchMember.isPositions(bytes), let entries = group.entries(of: bytes) {
            worker.received(entries, by: index, bytes: bytes.byteCount, at: now)
            return
        }
        guard let message = try? HubMessageDecoder.decode(bytes) else { return }
        take(message, on: connection, at: now)
    }

    func webSocket(_ connection: WebSocketConnection, didReceiveBinary bytes: RawSpan) {
        guard codec.dialect == .packed else { return }
        let now = MonotonicTime.now
        switch try? codec.decode(bytes) {
        case .message(.positions(_, let positions)):
            worker.received(group.entries(of: positions), by: index, bytes: bytes.byteCount, at: now)
        case .message(let message): take(message, on: connection, at: now)
        case .outdated, nil: worker.misunderstood()
        }
    }

    private func take(_ message: HubMessage, on connection: WebSocketConnection, at now: UInt64) {
        switch message {
        case .welcome: welcomed(connection)
        case .snapshot: becameReady()
        case .fixesStored(let re?, _): worker.acknowledged(self, due: due(of: Int(re)), at: now)
        case .error(let failure) where !isReady:
            worker.failedToConnect(.fault("it refused to watch: \(PlainText.line(failure.message))"))
        case .error(let failure): worker.refused(self, failure, wasSend: failure.re != nil)
        default: break
        }
    }

    func webSocket(
        _ connection: WebSocketConnection, didClose code: CloseCode?, reason: String, by ending: WebSocketEnding
    ) {
        guard !isOver else { return }
        isOver = true
        let end = LinkEnd(code: code, reason: reason, by: ending)
        if isReady { worker.lost(end) } else { worker.failedToConnect(end) }
    }

    private func welcomed(_ connection: WebSocketConnection) {
        self.connection = connection
        if let refusal = worker.endpoint.refusal(on: connection) { return worker.failedToConnect(refusal) }
        guard worker.settings.watches else { return becameReady() }
        send(ClientEnvelope(.watch(group.id)), roomFor: 100, on: connection)
    }

    private func becameReady() {
        guard !isReady else { return }
        isReady = true
        worker.becameReady()
    }

    private func due(of number: Int) -> UInt64? {
        guard number < sent, number >= sent - BenchMember.memory, number >= 0 else { return nil }
        return dues[number & (BenchMember.memory - 1)]
    }

    /// Whether a message begins as the hub's `positions` do; any other order of members takes the slow way.
    private static func isPositions(_ bytes: RawSpan) -> Bool {
        // {"type":"po
        unsafe bytes.byteCount > 12 && bytes.unsafeLoad(fromByteOffset: 9, as: UInt8.self) == UInt8(ascii: "p")
            && bytes.unsafeLoad(fromByteOffset: 10, as: UInt8.self) == UInt8(ascii: "o")
    }
}

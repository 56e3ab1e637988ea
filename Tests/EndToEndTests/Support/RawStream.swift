import Model

/// The stream spoken by hand, frame by frame.
struct RawStream: Sendable {
    enum Opcode: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10
    }

    let connection: RawConnection

    /// Upgrades, and reads the welcome.
    static func open(
        _ hub: HubAddress, as device: DeviceID? = nil, extensions: String? = nil,
        headers others: [(String, String)] = []
    ) async throws -> RawStream {
        let headers = others + (extensions.map { [("Sec-WebSocket-Extensions", $0)] } ?? [])
        let (stream, answer) = try await begin(hub, as: device, headers: headers)
        guard answer.status == 101 else { throw UnexpectedAnswer(answer: answer) }
        guard try await stream.text().hasPrefix(#"{"type":"welcome""#) else { throw Unexpected(what: "no welcome") }
        return stream
    }

    /// What a handshake is answered.
    static func handshake(
        _ hub: HubAddress, version: String = "13", nonce: String = "dGhlIHNhbXBsZSBub25jZQ==",
        headers: [(String, String)] = [], query: String = ""
    ) async throws -> HTTPAnswer {
        let (stream, answer) = try await begin(
            hub, as: nil, version: version, nonce: nonce, headers: headers, query: query)
        await stream.connection.close()
        return answer
    }

    private static func begin(
        _ hub: HubAddress, as device: DeviceID?, version: String = "13", nonce: String = "dGhlIHNhbXBsZSBub25jZQ==",
        headers: [(String, String)] = [], query: String = ""
    ) async throws -> (RawStream, HTTPAnswer) {
        let connection = try await RawConnection.connect(port: hub.port, tls: hub.tls)
        var head = "GET /api/v1/stream\(device.map { "?deviceId=\($0)" } ?? query) HTTP/1.1\r\n"
        head += "Host: 127.0.0.1:\(hub.port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        head += "Sec-WebSocket-Version: \(version)\r\nSec-WebSocket-Key: \(nonce)\r\n"
        if let key = hub.key { head += "X-API-Key: \(key)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        await connection.send(head + "\r\n")
        return (RawStream(connection: connection), try await connection.answer())
    }

    /// A client's frame, masked.
    static func frame(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        var bytes = [opcode.rawValue | (isFinal ? 0x80 : 0)]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(0x80 | 127)
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> ((7 - $0) * 8)) }
        }
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    /// The next frame of the hub's.
    func next() async throws -> (opcode: UInt8, payload: [UInt8]) {
        let frame = try await frame()
        let headerBytes = frame[1] < 126 ? 2 : frame[1] == 126 ? 4 : 10
        return (frame[0] & 0x0F, Array(frame[headerBytes...]))
    }

    /// As above, with its header.
    func frame() async throws -> [UInt8] {
        try await connection.read { bytes in
            guard bytes.count >= 2 else { return nil }
            var start = 2
            var length = Int(bytes[1])
            if length >= 126 {
                start = length == 126 ? 4 : 10
                guard bytes.count >= start else { return nil }
                length = bytes[2..<start].reduce(0) { $0 << 8 | Int($1) }
            }
            guard bytes.count >= start + length else { return nil }
            return (start + length, Array(bytes[..<(start + length)]))
        }
    }

    /// The next text message.
    func text() async throws -> String {
        while true {
            let frame = try await next()
            if frame.opcode == Opcode.text.rawValue { return String(decoding: frame.payload, as: UTF8.self) }
            guard frame.opcode != Opcode.close.rawValue else { throw Unexpected(what: "closed: \(frame.payload)") }
        }
    }

    /// The code of the next Close; what comes before it is passed over.
    func closeCode() async throws -> Int? {
        while true {
            let frame = try await next()
            guard frame.opcode == Opcode.close.rawValue else { continue }
            return frame.payload.count < 2 ? nil : Int(frame.payload[0]) << 8 | Int(frame.payload[1])
        }
    }
}

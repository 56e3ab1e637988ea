import EventLoop
import Model
import Testing
import Wire

/// What breaks WebSocket itself closes the connection, with the code RFC 6455 names, and no other one.
@Suite(.timeLimit(.minutes(2)))
struct BadFrameTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        let name: String
        let bytes: [UInt8]
        let code: Int

        var testDescription: String { name }
    }

    static let samples = [
        Sample(name: "64 KiB and a byte", bytes: frame(.text, [UInt8](repeating: 0x20, count: 65_537)), code: 1009),
        Sample(
            name: "64 KiB and a byte in fragments",
            bytes: frame(.text, [UInt8](repeating: 0x20, count: 40_000), isFinal: false)
                + frame(.continuation, [UInt8](repeating: 0x20, count: 25_537)), code: 1009),
        Sample(
            // Refused by its header alone.
            name: "the announcement of 2^62 bytes", bytes: [0x81, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
            code: 1009),
        Sample(name: "a binary frame", bytes: frame(.binary, [1, 2, 3]), code: 1003),
        Sample(name: "a frame without a mask", bytes: [0x81, 0x02, 0x7B, 0x7D], code: 1002),
        Sample(name: "bad UTF-8", bytes: frame(.text, [0x22, 0xC3, 0x28, 0x22]), code: 1007),
        Sample(
            name: "a surrogate in UTF-8", bytes: frame(.text, [0x22, 0xED, 0xA0, 0x80, 0x22]), code: 1007),
        Sample(
            name: "a fragment that ends inside a character, and the message with it",
            bytes: frame(.text, [0x22, 0xE2, 0x82]), code: 1007),
        Sample(name: "reserved bits", bytes: [0xF1, 0x80, 0, 0, 0, 0], code: 1002),
        Sample(name: "a reserved opcode", bytes: [0x83, 0x80, 0, 0, 0, 0], code: 1002),
        Sample(name: "a continuation of nothing", bytes: frame(.continuation, [0x7B]), code: 1002),
        Sample(name: "a ping in two", bytes: [0x09, 0x80, 0, 0, 0, 0], code: 1002),
        Sample(name: "a ping of 126 bytes", bytes: frame(.ping, [UInt8](repeating: 1, count: 126)), code: 1002),
        Sample(name: "a close of one byte", bytes: frame(.close, [3]), code: 1002),
        Sample(name: "a close with a code of nobody's", bytes: frame(.close, [0x03, 0xED]), code: 1002),
    ]

    @Test(arguments: samples)
    func `a bad frame closes its connection with the right code`(sample: Sample) async throws {
        let hub = try await RunningHub.shared.address()
        let group = GroupID.fresh()
        let (device, other) = (try await hub.register(in: group), try await hub.register(in: group, name: "Other"))
        let bystander = try await TestClient.connect(hub, as: other)
        let stream = try await RawStream.open(hub, as: device)
        await stream.connection.send(sample.bytes)
        #expect(try await stream.closeCode() == sample.code)
        await stream.connection.send(BadFrameTests.frame(.close, []))
        _ = try await stream.connection.toEnd()
        #expect(try await bystander.ask(.location(.sample())).isAck)
        await bystander.close()
    }

    @Test func `a message of exactly 64 KiB is read`() async throws {
        let hub = try await RunningHub.shared.address()
        let stream = try await RawStream.open(hub)
        let text = #"{"type":"ping","id":1}"#
        await stream.connection.send(
            BadFrameTests.frame(.text, Array(text.utf8) + [UInt8](repeating: 0x20, count: 65_536 - text.utf8.count)))
        #expect(try await stream.text().contains(#""type":"pong""#))
        await stream.connection.close()
    }

    @Test func `a client that stops inside a frame holds up nobody`() async throws {
        let hub = try await RunningHub.shared.hub()
        let group = GroupID.fresh()
        let (device, other) = (
            try await hub.address.register(in: group), try await hub.address.register(in: group, name: "Other")
        )
        let fix = Fix.sample()
        let whole = BadFrameTests.frame(
            .text,
            Array(
                (#"{"type":"location","id":3,"timestamp":\#(fix.capturedAt.milliseconds),"#
                    + #""latitude":1,"longitude":2,"accuracy":3}"#).utf8))
        // One waits with half a frame, one leaves in the middle, one breaks off the connection.
        let waiting = try await RawStream.open(hub.address, as: device)
        await waiting.connection.send(Array(whole.prefix(whole.count / 2)))
        for length in [1, 3, whole.count - 1] {
            let leaving = try await RawStream.open(hub.address, as: device)
            await leaving.connection.send(Array(whole.prefix(length)))
            await leaving.connection.close()
        }
        let bystander = try await TestClient.connect(hub.address, as: other)
        _ = try await bystander.watch(group)
        #expect(try await bystander.ask(.location(.sample())).isAck)
        #expect(try await hub.stored(device).isEmpty)
        // The other half comes after all.
        await waiting.connection.send(Array(whole.dropFirst(whole.count / 2)))
        #expect(try await waiting.text().contains(#""type":"ack","re":3"#))
        #expect(try await hub.stored(device) == [fix.capturedAt.milliseconds])
        await waiting.connection.close()
        await bystander.close()
    }

    @Test func `a handshake that is none is refused over HTTP`() async throws {
        let hub = try await RunningHub.shared.address()
        let plain = try await hub.get("/api/v1/stream")
        #expect(plain.status == 426 || plain.status == 400)
        #expect(plain["Content-Type"] == "application/problem+json")
        let old = try await RawStream.handshake(hub, version: "8")
        #expect(old.status == 426)
        #expect(old["Sec-WebSocket-Version"] == "13")
        let keyless = try await RawStream.handshake(hub, nonce: "short")
        #expect(keyless.status == 400)
    }

    // MARK: Frames

    typealias Opcode = RawStream.Opcode

    static func frame(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        RawStream.frame(opcode, payload, isFinal: isFinal)
    }
}

import HubTesting
import Model
import Testing

@testable import Wire

/// What clients say over `presence.v1.packed`.
@Suite struct PackedClientMessageTests {
    private let decoder = PackedClientMessageDecoder()
    private let fix = Fix(
        capturedAt: Timestamp(milliseconds: 1_794_999_999_000), latitude: 48.1486, longitude: 17.1077, accuracy: 8,
        speed: 1.4, batteryLevel: 81)

    private func decode(_ bytes: [UInt8], after reference: PackedReference? = nil) throws(Refusal) -> ClientEnvelope {
        var reference = reference
        return try decoder.decode(bytes, after: &reference, at: testNow)
    }

    @Test func `a message is read as it is written, whatever is in its fixes`() throws {
        var random = SeededGenerator(seed: 1)
        var encoder = PackedClientMessageEncoder()
        var reference: PackedReference?
        for number in 0..<4000 {
            let count = number % 3 == 0 ? Int.random(in: 1...50, using: &random) : 0
            let message: ClientMessage =
                count == 0
                ? .location(randomFix(using: &random))
                : .locations((0..<count).map { _ in randomFix(using: &random) })
            let envelope = ClientEnvelope(id: number % 7 == 0 ? nil : Int64(number) << (number % 40), message)
            var bytes: [UInt8] = []
            encoder.encode(envelope, to: &bytes)
            let read = try decoder.decode(bytes, after: &reference, at: testNow)
            #expect(read == envelope)
            // The same as over JSON, to the last bit.
            var text: [UInt8] = []
            ClientMessageEncoder.encode(envelope, to: &text)
            #expect(try decoder.json.decode(text, at: testNow) == read)
        }
    }

    @Test func `what is seldom sent is sent as JSON`() throws {
        var encoder = PackedClientMessageEncoder()
        for message in [ClientMessage.watch(groupID("fam-1")), .ping, .presence(.init(status: .away, note: "ö"))] {
            var packed: [UInt8] = []
            encoder.encode(ClientEnvelope(id: 3, message), to: &packed)
            var text: [UInt8] = []
            ClientMessageEncoder.encode(ClientEnvelope(id: 3, message), to: &text)
            #expect(packed == text)
            #expect(try decode(packed) == ClientEnvelope(id: 3, message))
        }
        let location = json(#"{"type":"location","timestamp":1795000000000,"latitude":1,"longitude":2,"accuracy":3}"#)
        guard case .location = try decode(location).message else {
            Issue.record("every message may be sent as JSON")
            return
        }
    }

    @Test func `JSON in a binary message must be UTF-8`() {
        let note = json(#"{"type":"presence","status":"away","note":""#) + [0xFF] + json(#""}"#)
        #expect(refusal { () throws(Refusal) in _ = try decode(note) }?.code == .invalidFormat)
    }

    @Test func `a difference without a fix before it is refused`() throws {
        var encoder = PackedClientMessageEncoder()
        var first: [UInt8] = []
        encoder.encode(ClientEnvelope(.location(fix)), to: &first)
        var second: [UInt8] = []
        encoder.encode(ClientEnvelope(.location(fix)), to: &second)
        #expect(second.count < first.count)
        #expect(refusal { () throws(Refusal) in _ = try decode(second) }?.code == .invalidFormat)
        encoder.forget()
        var third: [UInt8] = []
        encoder.encode(ClientEnvelope(.location(fix)), to: &third)
        #expect(third == first)
    }

    @Test func `a refused fix is counted from, a malformed message forgets`() throws {
        var encoder = PackedClientMessageEncoder()
        var reference: PackedReference?
        var late = fix
        late.capturedAt = testNow.advanced(by: .seconds(-8 * 86400))
        var messages: [[UInt8]] = []
        for fix in [late, fix, fix] {
            var bytes: [UInt8] = []
            encoder.encode(ClientEnvelope(id: 5, .location(fix)), to: &bytes)
            messages.append(bytes)
        }
        let old = refusal { () throws(Refusal) in
            _ = try decoder.decode(messages[0], after: &reference, at: testNow)
        }
        #expect(old?.code == .validationError)
        #expect(old?.id == 5)
        #expect(try decoder.decode(messages[1], after: &reference, at: testNow).message == .location(fix))
        #expect(reference != nil)
        let malformed = refusal { () throws(Refusal) in
            _ = try decoder.decode(messages[2] + [0], after: &reference, at: testNow)
        }
        #expect(malformed?.code == .invalidFormat)
        #expect(reference == nil)
    }

    @Test func `wrong values are told as JSON tells them`() throws {
        var wrong = fix
        wrong.latitude = 91
        wrong.longitude = -200
        wrong.accuracy = -1
        wrong.bearing = 361
        wrong.speed = -0.5
        wrong.batteryLevel = 101
        wrong.provider = String(repeating: "x", count: 51)
        wrong.networkType = "a\u{7}"
        wrong.capturedAt = testNow.advanced(by: .seconds(61))
        for envelope in [
            ClientEnvelope(id: 9, .location(wrong)), ClientEnvelope(id: 9, .locations([fix, wrong, fix])),
        ] {
            var packed: [UInt8] = []
            var encoder = PackedClientMessageEncoder()
            encoder.encode(envelope, to: &packed)
            var text: [UInt8] = []
            ClientMessageEncoder.encode(envelope, to: &text)
            let expected = refusal { () throws(Refusal) in _ = try decoder.json.decode(text, at: testNow) }
            #expect(expected?.details.count == 9)
            #expect(refusal { () throws(Refusal) in _ = try decode(packed) } == expected)
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `numbers that JSON has not are refused by their field`(value: Double) {
        var wrong = fix
        wrong.latitude = value
        wrong.accuracy = value
        wrong.altitude = value
        var encoder = PackedClientMessageEncoder()
        var packed: [UInt8] = []
        encoder.encode(ClientEnvelope(.location(wrong)), to: &packed)
        let refusal = refusal { () throws(Refusal) in _ = try decode(packed) }
        #expect(refusal?.code == .validationError)
        #expect(refusal?.details.map(\.field) == ["latitude", "accuracy", "altitude"])
        #expect(refusal?.details.first?.message == "Latitude must be a finite number")
    }

    @Test(arguments: [0, 51, 400])
    func `a batch of too few or too many is refused`(count: Int) {
        var encoder = PackedClientMessageEncoder()
        var packed: [UInt8] = []
        encoder.encode(ClientEnvelope(id: 1, .locations(Array(repeating: fix, count: count))), to: &packed)
        let refusal = refusal { () throws(Refusal) in _ = try decode(packed) }
        #expect(refusal?.details == [FieldError(field: "locations", message: "Locations must hold 1 to 50 items")])
    }

    @Test(arguments: [
        // Nothing; a tag of the hub's; a tag nobody has.
        ("", ErrorCode.invalidFormat), ("81 00", .unknownType), ("03", .unknownType),
        // An id written too long, of more than 63 bits, and above 2^53 - 1.
        ("01 80 00", .invalidFormat), ("01 ff ff ff ff ff ff ff ff ff 01", .invalidFormat),
        ("01 81 80 80 80 80 80 80 10", .invalidFormat),
        // A time outside the years 0 to 9999.
        ("01 00 02 ff ff ff ff ff ff ff ff 7f 00000000 00000000 04", .validationError),
        // A measure, then a label, of an unknown form; a label that is not UTF-8; one longer than the message.
        ("01 00 02 00 00000000 00000000 0b", .invalidFormat), ("01 00 22 00 00000000 00000000 04 7f", .invalidFormat),
        ("01 00 22 00 00000000 00000000 04 02 ff", .invalidFormat),
        ("01 00 22 00 00000000 00000000 04 fe ff ff ff ff ff ff ff 7f 61", .invalidFormat),
        // More fixes than there are.
        ("02 00 ff ff ff ff ff ff ff ff 7f 02 00 00000000 00000000 04", .invalidFormat),
    ])
    func `no byte is taken for what it is not`(message: String, code: ErrorCode) {
        #expect(refusal { () throws(Refusal) in _ = try decode(bytes(message)) }?.code == code)
    }
}

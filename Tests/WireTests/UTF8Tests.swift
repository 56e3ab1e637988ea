import HubTesting
import Model
import Testing

@testable import Wire

@Suite struct UTF8Tests {
    private func isTaken(_ bytes: [UInt8]) -> Bool {
        JSONReader.read(bytes.span.bytes) { reader in
            do throws(JSONError) {
                try reader.checkUTF8()
                return true
            } catch {
                return false
            }
        }
    }

    @Test func `every sequence of up to three bytes is judged as the standard library judges it`() {
        for first in UInt8.min...UInt8.max {
            #expect(isTaken([first]) == (String(validating: [first], as: UTF8.self) != nil))
            for second in stride(from: UInt8(0x40), through: 0xFF, by: 1) {
                let two = [first, second]
                guard isTaken(two) == (String(validating: two, as: UTF8.self) != nil) else {
                    Issue.record("judged otherwise: \(two)")
                    continue
                }
                for third: UInt8 in [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] {
                    let three = [first, second, third]
                    guard isTaken(three) == (String(validating: three, as: UTF8.self) != nil) else {
                        Issue.record("judged otherwise: \(three)")
                        continue
                    }
                }
            }
        }
    }

    @Test func `random bytes, mostly text, are judged as the standard library judges them`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            var bytes = Array("ascii text, then é€😀 and more".utf8.prefix(.random(in: 0...33, using: &generator)))
            if !bytes.isEmpty, Bool.random(using: &generator) {
                bytes[.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            #expect(isTaken(bytes) == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }

    @Test(
        arguments: [
            [0xF0, 0x9F, 0x98, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF5, 0x80, 0x80, 0x80], [0xED, 0xA0, 0x80, 0x41], [0xF0, 0x9F, 0x98, 0x41], [0xF1, 0x80, 0x41, 0x80],
        ] as [[UInt8]])
    func `sequences of four bytes are judged as the standard library judges them`(_ bytes: [UInt8]) {
        #expect(isTaken(bytes) == (String(validating: bytes, as: UTF8.self) != nil))
    }

    @Test func `a body that is not UTF-8 is malformed`() {
        #expect(throws: JSONError(.invalidUTF8, at: 1)) { try JSONValue([0x22, 0xFF, 0x22]) }
        let refusal = refusal { () throws(Refusal) in
            _ = try RequestDecoder().decodeTicketRequest(json("{\"a\":\"") + [0xC3, 0x22, 0x7D])
        }
        #expect(refusal?.code == .invalidFormat)
    }

    @Test func `text that is not UTF-8 comes out repaired where nobody checked it`() throws {
        let bytes = json(#"{"type":"presence","status":"away","note":""#) + [0xFF, 0x41] + json("\"}")
        let envelope = try ClientMessageDecoder().decode(bytes, at: testNow)
        #expect(envelope.message == .presence(.init(status: .away, note: "\u{FFFD}A")))
    }
}

import HubTesting
import Testing

@testable import WebSocket

@Suite struct `Masking` {
    @Test func `gives what one byte at a time gives, for every length and every cut`() {
        var random = SeededGenerator(seed: 6455)
        for count in 0...70 {
            let payload = random.bytes(count)
            let mask = random.bytes(4)
            let expected = payload.enumerated().map { $1 ^ mask[$0 % 4] }
            for cut in 0...count {
                var key = MaskingKey(
                    bits: UInt32(mask[0]) | UInt32(mask[1]) << 8 | UInt32(mask[2]) << 16 | UInt32(mask[3]) << 24)
                var result = [UInt8](repeating: 0, count: count)
                result.withUnsafeMutableBytes { target in
                    payload.withUnsafeBytes { source in
                        guard let from = source.baseAddress, let to = target.baseAddress else { return }
                        key.apply(from, to: to, count: cut)
                        key.advance(by: cut)
                        key.apply(from + cut, to: to + cut, count: count - cut)
                    }
                }
                #expect(result == expected)
            }
        }
    }

    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
    func `is undone by a parser of the other role, whatever the length`(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        let payload = random.bytes(count)
        let masked = FrameEncoder.frame(.binary, payload, mask: 0xDEAD_BEEF)
        #expect(parse(masked) == ParserOutcome(heard: [.init(event: .binary, payload: payload)]))
        #expect(masked == FrameBytes.binary(payload).with { $0.mask = [0xEF, 0xBE, 0xAD, 0xDE] }.bytes)
        let plain = FrameEncoder.frame(.binary, payload)
        #expect(parse(plain, from: .server) == ParserOutcome(heard: [.init(event: .binary, payload: payload)]))
        #expect(PreparedFrame(binary: payload).bytes == plain)
        #expect(PreparedFrame(binary: payload).payload == payload)
    }
}

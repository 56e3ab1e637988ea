import HubTesting
import Model
import Testing

@testable import TrackFiles

struct GzipTests {
    /// RFC 1952, stored blocks: what needs no compressor.
    private func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var position = 0
        repeat {
            let count = min(65535, bytes.count - position)
            let isLast = position + count == bytes.count
            out += [
                isLast ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8 & 255),
            ]
            out += bytes[position..<position + count]
            position += count
        } while position < bytes.count
        let sum = checksum(bytes)
        for shift in stride(from: 0, to: 32, by: 8) { out.append(UInt8(truncatingIfNeeded: sum >> UInt32(shift))) }
        for shift in stride(from: 0, to: 32, by: 8) { out.append(UInt8(truncatingIfNeeded: bytes.count >> shift)) }
        return out
    }

    private func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }

    /// `gzip -9` of ten million zeros, up to the first 10 kB: as a stream that goes on.
    private func zeros() -> [UInt8] {
        // One dynamic block of nothing but matches would need a compressor; fixed codes do: a literal 0, then matches of
        // length 258 at distance 1 (RFC 1951, 3.2.6).
        var bits = BitWriter()
        bits.write(0b011, count: 3)
        bits.writeCode(0b0011_0000, count: 8)
        for _ in 0..<100_000 {
            bits.writeCode(0b1100_0101, count: 8)
            bits.writeCode(0, count: 5)
        }
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + bits.bytes
    }

    private struct BitWriter {
        private(set) var bytes: [UInt8] = []
        private var filled = 8

        mutating func write(_ value: Int, count: Int) {
            for shift in 0..<count {
                if filled == 8 {
                    bytes.append(0)
                    filled = 0
                }
                bytes[bytes.count - 1] |= UInt8(value >> shift & 1) << UInt8(filled)
                filled += 1
            }
        }

        /// Codes stand with their highest bit first.
        mutating func writeCode(_ code: Int, count: Int) {
            for shift in (0..<count).reversed() { write(code >> shift & 1, count: 1) }
        }
    }

    @Test(arguments: Sample.all.indices)
    func `a compressed file is read as it is, however it is cut`(index: Int) {
        let bytes = gzip(Array(Sample.all[index].text.utf8))
        let whole = Reading(bytes)
        #expect(whole.error == nil && !whole.isCut && whole.places == Sample.places)
        for length in 1...40 { #expect(Reading(bytes, pieces: [length]) == whole) }
    }

    @Test func `members follow each other`() {
        let bytes = Array(Sample.csv.utf8)
        let split = gzip(Array(bytes[..<40])) + gzip(Array(bytes[40...]))
        #expect(Reading(split).places == Sample.places)
        #expect(Reading(split, pieces: [1]).places == Sample.places)
    }

    @Test func `one that ends early says so`() {
        let bytes = gzip(Array(Sample.csv.utf8))
        let reading = Reading(Array(bytes.dropLast(6)))
        #expect(reading.isCut && reading.error == nil)
        #expect(reading.places == Sample.places)
    }

    @Test func `one that grows without measure is refused`() {
        #expect(Reading(zeros()).error == .unknownFormat)
        let bytes = gzip(Array(Sample.csv.utf8))
        #expect(Reading(bytes, longestContent: 20).error == .inflatesTooMuch)
    }

    @Test func `the ratio has a bound whatever is inflated`() {
        let inflater = GzipInflater(limit: .max)
        var count = 0
        #expect(throws: TrackFileError.inflatesTooMuch) {
            try inflater.read(zeros().span) { (piece) throws(TrackFileError) in count += piece.count }
        }
        #expect(count <= GzipInflater.allowance + (32 << 10) * GzipInflater.largestRatio)
    }

    @Test func `bytes that are no compressed file are a fault`() {
        guard case .malformed = Reading([0x1F, 0x8B, 7, 7, 7, 7]).error else {
            Issue.record("it was taken")
            return
        }
        var bytes = gzip(Array(Sample.csv.utf8))
        bytes[bytes.count - 5] ^= 1
        guard case .malformed = Reading(bytes).error else {
            Issue.record("its checksum is wrong")
            return
        }
    }
}

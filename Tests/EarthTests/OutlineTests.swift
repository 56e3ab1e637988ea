import Earth
import Model
import Testing

@Suite struct `Outlines for a base map` {
    @Test func `have the names, where they go, and the corners in steps`() throws {
        var builder = RegionMapBuilder()
        builder.add("AA-1", [box(10, 0, 12, 4)])
        builder.add("BB", [box(12, 0, 16, 4)], [box(-30.00004, 50, -30, 50.00004)])
        var reader = OutlineReader(builder.build().outlines)
        #expect(reader.signature() == "PHOUTL01")
        #expect(reader.number() == 2)
        for (code, longitude) in [("AA", 11), ("BB", 14)] {
            #expect(reader.text() == code)
            _ = reader.text()
            #expect(abs(reader.signed() - 2000) <= 1)
            #expect(abs(reader.signed() - longitude * 1000) <= 1)
            #expect(reader.number() > 2000)
        }
        #expect(reader.number() == 1)
        #expect(reader.number() == 0)
        _ = reader.text()
        _ = (reader.signed(), reader.signed(), reader.number())
        // A speck is left out.
        #expect(reader.number() == 2)
        var corners: [[[Int]]] = []
        for _ in 0..<2 {
            _ = (reader.number(), reader.number())
            var (latitude, longitude) = (0, 0)
            corners.append(
                (0..<reader.number()).map { _ in
                    latitude += reader.signed()
                    longitude += reader.signed()
                    return [latitude, longitude]
                })
        }
        #expect(reader.isAtEnd)
        // The border is in the same place for both.
        for shared in [[0, 12_000], [4000, 12_000]] { #expect(corners.allSatisfy { $0.contains(shared) }) }
        #expect(corners.allSatisfy { $0.first == $0.last })
    }

    @Test func `of no map are empty`() {
        var reader = OutlineReader(RegionMapBuilder().build().outlines)
        #expect(reader.signature() == "PHOUTL01")
        #expect([reader.number(), reader.number(), reader.number()] == [0, 0, 0])
        #expect(reader.isAtEnd)
    }
}

/// Reads them as the page does.
private struct OutlineReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func signature() -> String { take(8) }

    mutating func number() -> Int {
        var (value, shift) = (0, 0)
        while true {
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 127) << shift
            if byte < 128 { return value }
            shift += 7
        }
    }

    mutating func signed() -> Int {
        let value = number()
        return value & 1 == 1 ? -(value >> 1) - 1 : value >> 1
    }

    mutating func text() -> String { take(number()) }

    private mutating func take(_ count: Int) -> String {
        defer { position += count }
        return String(decoding: bytes[position..<(position + count)], as: UTF8.self)
    }
}

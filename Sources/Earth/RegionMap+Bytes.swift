extension RegionMap {
    /// What a map's bytes begin with: a name and a version.
    private static let signature = Array("PHREGMAP".utf8) + [1, 0, 0, 0]

    /// The compact form: counts, then countries and regions as texts, then parts, rings and corners as 32-bit integers, all
    /// little-endian. A map of the earth has about 3.5 MB.
    package var bytes: [UInt8] {
        var bytes = RegionMap.signature
        bytes.reserveCapacity(bytes.count + vertices.count * 8 + parts.count * 16 + regions.count * 40)
        for count in [countries.count, regions.count, parts.count, ringStarts.count - 1, vertices.count] {
            bytes.append(word: Int32(count))
        }
        for country in countries {
            bytes.append(text: country.code)
            bytes.append(text: country.name)
        }
        for region in regions {
            bytes.append(text: region.code)
            bytes.append(text: region.country)
            bytes.append(text: region.name)
            bytes.append(text: region.parent ?? "")
        }
        for part in parts {
            for word in [part.country, part.region, part.rings.lowerBound, part.rings.upperBound] {
                bytes.append(word: word)
            }
        }
        for start in ringStarts { bytes.append(word: start) }
        for vertex in vertices {
            bytes.append(word: vertex.latitude)
            bytes.append(word: vertex.longitude)
        }
        return bytes
    }

    /// Reads the compact form, and looks at every index in it.
    ///
    /// - Throws: ``RegionMapError``; no input traps.
    package init(_ bytes: [UInt8]) throws(RegionMapError) {
        guard bytes.starts(with: RegionMap.signature) else { throw .otherFormat }
        var reader = MapReader(bytes, from: RegionMap.signature.count)
        var counts: [Int] = []
        for _ in 0..<5 { counts.append(try reader.count()) }
        for _ in 0..<counts[0] {
            let country = Country(code: try reader.text(), name: try reader.text())
            guard Country.isCode(country.code) else { throw .damaged }
            countries.append(country)
        }
        for _ in 0..<counts[1] {
            let (code, country) = (try reader.text(), try reader.text())
            let (name, parent) = (try reader.text(), try reader.text())
            guard Region.isCode(code), Country.isCode(country), parent.isEmpty || Region.isCode(parent) else {
                throw .damaged
            }
            regions.append(Region(code: code, country: country, name: name, parent: parent.isEmpty ? nil : parent))
        }
        // What follows has one size, and takes memory once all of it is known to be there.
        guard reader.remaining == counts[2] * 16 + (counts[3] + 1) * 4 + counts[4] * 8 else { throw .damaged }
        parts.reserveCapacity(counts[2])
        for _ in 0..<counts[2] { parts.append(try reader.part(counts)) }
        ringStarts.removeAll()
        ringStarts.reserveCapacity(counts[3] + 1)
        for _ in 0...counts[3] { ringStarts.append(try reader.word()) }
        vertices.reserveCapacity(counts[4])
        for _ in 0..<counts[4] {
            let (latitude, longitude) = (try reader.word(), try reader.word())
            guard (-900_000_000...900_000_000).contains(latitude), (-1_800_000_000...1_800_000_000).contains(longitude)
            else { throw .damaged }
            vertices.append(MapVertex(latitude: latitude, longitude: longitude))
        }
        try checkRings()
    }

    private func checkRings() throws(RegionMapError) {
        guard ringStarts.first == 0, ringStarts.last == Int32(vertices.count) else { throw .damaged }
        for (start, end) in zip(ringStarts, ringStarts.dropFirst()) {
            guard start >= 0, end - start >= 4, end <= vertices.count, vertices[Int(start)] == vertices[Int(end) - 1]
            else { throw .damaged }
        }
    }
}

/// Why bytes are no ``RegionMap``.
package enum RegionMapError: Error, Hashable, Sendable {
    /// They begin with something else, or are of a newer version.
    case otherFormat
    /// They end too early, or say what cannot be.
    case damaged
}

/// Reads the compact form.
private struct MapReader {
    private let bytes: [UInt8]
    private var position: Int

    init(_ bytes: [UInt8], from position: Int) {
        self.bytes = bytes
        self.position = position
    }

    var remaining: Int { bytes.count - position }

    mutating func word() throws(RegionMapError) -> Int32 {
        guard remaining >= 4 else { throw .damaged }
        let word =
            UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8 | UInt32(bytes[position + 2]) << 16
            | UInt32(bytes[position + 3]) << 24
        position += 4
        return Int32(bitPattern: word)
    }

    /// Of things of which each takes a byte at least.
    mutating func count() throws(RegionMapError) -> Int {
        let count = Int(try word())
        guard (0...remaining).contains(count) else { throw .damaged }
        return count
    }

    mutating func text() throws(RegionMapError) -> String {
        guard remaining >= 1 else { throw .damaged }
        let length = Int(bytes[position])
        guard remaining > length,
            let text = String(validating: bytes[(position + 1)..<(position + 1 + length)], as: UTF8.self)
        else { throw .damaged }
        position += 1 + length
        return text
    }

    mutating func part(_ counts: [Int]) throws(RegionMapError) -> RegionMap.Part {
        let (country, region, first, end) = (try word(), try word(), try word(), try word())
        guard (0..<counts[0]).contains(Int(country)), (-1..<counts[1]).contains(Int(region)), first >= 0, end > first,
            end <= counts[3]
        else { throw .damaged }
        return RegionMap.Part(country: country, region: region, rings: first..<end)
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: Int32) {
        let bits = UInt32(bitPattern: word)
        append(UInt8(truncatingIfNeeded: bits))
        append(UInt8(truncatingIfNeeded: bits >> 8))
        append(UInt8(truncatingIfNeeded: bits >> 16))
        append(UInt8(truncatingIfNeeded: bits >> 24))
    }

    /// A byte of length, then UTF-8, cut between characters at 200 bytes.
    fileprivate mutating func append(text: String) {
        var text = text
        while text.utf8.count > 200 { text.removeLast() }
        append(UInt8(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}

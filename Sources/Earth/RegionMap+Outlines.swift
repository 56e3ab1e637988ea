extension RegionMap {
    /// Steps of the outlines in a degree: 110 m on the earth, where the map's own lines are a kilometre from the truth.
    private static let outlineSteps = 1000.0

    /// The borders as browsers draw them, in a third of the map's own bytes.
    ///
    /// `PHOUTL01`; then countries, each with code, name and label; regions, each with its country's index, name and
    /// label; rings, each with the indices of country and region (plus one; zero for none), the number of its corners,
    /// and these. A corner is latitude and longitude in thousandths of a degree, as differences from the one before. A
    /// label is where a name goes: the centre of all parts, as a corner, and how wide a name there may be. Numbers are
    /// of 7 bits a byte, the lowest first, signed ones as 0, -1, 1, -2 and so on; texts have their length before them.
    /// Rings that fit into a step are left out.
    package var outlines: [UInt8] {
        var bytes = Array("PHOUTL01".utf8)
        bytes.reserveCapacity(vertices.count * 3)
        let labels = labels()
        bytes.append(number: countries.count)
        for (country, label) in zip(countries, labels.countries) {
            bytes.append(text: country.code)
            bytes.append(text: country.name)
            bytes.append(label)
        }
        bytes.append(number: regions.count)
        let indices = Dictionary(countries.enumerated().map { ($1.code, $0) }) { first, _ in first }
        for (region, label) in zip(regions, labels.regions) {
            bytes.append(number: indices[region.country] ?? 0)
            bytes.append(text: region.name)
            bytes.append(label)
        }
        var rings: [UInt8] = []
        var count = 0
        for part in parts {
            for ring in part.rings {
                let corners = RegionMap.coarse(vertices(of: ring))
                guard corners.count >= 4 else { continue }
                count += 1
                rings.append(number: Int(part.country))
                rings.append(number: Int(part.region) + 1)
                rings.append(number: corners.count)
                var last = (latitude: 0, longitude: 0)
                for corner in corners {
                    rings.append(signed: corner.latitude - last.latitude)
                    rings.append(signed: corner.longitude - last.longitude)
                    last = corner
                }
            }
        }
        bytes.append(number: count)
        return bytes + rings
    }

    /// A ring in steps, without repetitions. Two parts that share a border still share it: where a corner goes depends on
    /// nothing but itself.
    private static func coarse(_ ring: ArraySlice<MapVertex>) -> [(latitude: Int, longitude: Int)] {
        var corners: [(latitude: Int, longitude: Int)] = []
        let scale = outlineSteps / MapVertex.stepsPerDegree
        for vertex in ring {
            let latitude = Int((Double(vertex.latitude) * scale).rounded())
            let longitude = Int((Double(vertex.longitude) * scale).rounded())
            if let last = corners.last, last == (latitude, longitude) { continue }
            corners.append((latitude, longitude))
        }
        return corners
    }

    /// Where names go, for each country and each region.
    private func labels() -> (countries: [OutlineLabel], regions: [OutlineLabel]) {
        var ofCountries = [OutlineLabel](repeating: OutlineLabel(), count: countries.count)
        var ofRegions = [OutlineLabel](repeating: OutlineLabel(), count: regions.count)
        for part in parts {
            let ring = RegionMap.coarse(vertices(of: part.rings.lowerBound))
            ofCountries[Int(part.country)].add(ring)
            if part.region >= 0 { ofRegions[Int(part.region)].add(ring) }
        }
        return (ofCountries, ofRegions)
    }
}

/// Where a name goes: the centre of the area of some rings, on the flat map.
private struct OutlineLabel {
    /// In steps squared.
    private var area = 0.0
    /// Times the area.
    private var (latitudes, longitudes) = (0.0, 0.0)

    var latitude: Int { area > 0 ? Int((latitudes / area).rounded()) : 0 }
    var longitude: Int { area > 0 ? Int((longitudes / area).rounded()) : 0 }
    /// The side of a square of that area and a quarter more, in steps: most lands are wider than high.
    var width: Int { Int(area.squareRoot() * 1.25) }

    mutating func add(_ ring: [(latitude: Int, longitude: Int)]) {
        guard let first = ring.first else { return }
        var (doubled, x, y) = (0.0, 0.0, 0.0)
        for (from, to) in zip(ring, ring.dropFirst()) {
            let (x0, y0) = (Double(from.longitude - first.longitude), Double(from.latitude - first.latitude))
            let (x1, y1) = (Double(to.longitude - first.longitude), Double(to.latitude - first.latitude))
            let cross = x0 * y1 - x1 * y0
            doubled += cross
            x += (x0 + x1) * cross
            y += (y0 + y1) * cross
        }
        guard doubled != 0 else { return }
        let own = abs(doubled) / 2
        area += own
        latitudes += own * (Double(first.latitude) + y / (3 * doubled))
        longitudes += own * (Double(first.longitude) + x / (3 * doubled))
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: Int) {
        var rest = UInt(number)
        while rest > 127 {
            append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    fileprivate mutating func append(signed number: Int) { append(number: (number << 1) ^ (number >> 63)) }

    fileprivate mutating func append(text: String) {
        append(number: text.utf8.count)
        append(contentsOf: text.utf8)
    }

    fileprivate mutating func append(_ label: OutlineLabel) {
        append(signed: label.latitude)
        append(signed: label.longitude)
        append(number: label.width)
    }
}

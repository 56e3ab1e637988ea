import Foundation
import H3
import Model
import Testing

/// One line of golden.csv, which golden.py writes.
struct GoldenCell {
    let place: Coordinate
    let resolution: Resolution
    let text: String
    let root: String
    let centre: Coordinate
    let squareMetres: Double
    let isPentagon: Bool
    let corners: [Coordinate]

    init?(_ line: Substring) {
        let fields = line.split(separator: ",")
        guard fields.count == 10, let latitude = Double(fields[0]), let longitude = Double(fields[1]),
            let place = Coordinate(latitude: latitude, longitude: longitude),
            let resolution = Int(fields[2]).flatMap(Resolution.init), let north = Double(fields[5]),
            let east = Double(fields[6]), let centre = Coordinate(latitude: north, longitude: east),
            let area = Double(fields[7])
        else { return nil }
        self.place = place
        self.resolution = resolution
        text = String(fields[3])
        root = String(fields[4])
        self.centre = centre
        squareMetres = area
        isPentagon = fields[8] == "1"
        let numbers = fields[9].split(separator: " ").compactMap { Double($0) }
        corners = stride(from: 0, to: numbers.count - 1, by: 2).compactMap {
            Coordinate(latitude: numbers[$0], longitude: numbers[$0 + 1])
        }
    }

    static func all() throws -> [GoldenCell] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "golden.csv")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            try #require(GoldenCell($0))
        }
    }
}

@Suite struct `Cells as H3's own Python binding has them` {
    @Test func `a place is in the same cell, of the same parent, centre, area and corners`() throws {
        let all = try GoldenCell.all()
        #expect(all.count == 312)
        #expect(all.contains { $0.isPentagon } && all.contains { $0.corners.count > 6 })
        for golden in all {
            let cell = Cell(at: golden.place, resolution: golden.resolution)
            try #require(cell.description == golden.text)
            #expect(cell.resolution == golden.resolution)
            #expect(try cell.parent(at: #require(Resolution(0))).description == golden.root)
            #expect(cell.isPentagon == golden.isPentagon)
            #expect(isSame(cell.centre, golden.centre))
            #expect(abs(cell.squareMetres / golden.squareMetres - 1) < 1e-9)
            try #require(cell.boundary.count == golden.corners.count)
            #expect(zip(cell.boundary, golden.corners).allSatisfy(isSame))
        }
    }

    /// Degrees and radians are converted by two libraries; 1e-11 degrees are a thousandth of a millimetre.
    private func isSame(_ one: Coordinate, _ other: Coordinate) -> Bool {
        let turn = abs(one.longitude - other.longitude)
        return abs(one.latitude - other.latitude) < 1e-11 && min(turn, 360 - turn) < 1e-11
    }
}

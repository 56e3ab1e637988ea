import H3
import HubTesting
import Model
import Testing

@testable import Travel

@Suite struct `A claim of a cell` {
    private func cell(_ place: Coordinate) -> String { Cell(at: place, resolution: .neighbourhood).description }

    private static let oddPlaces = [
        // The poles, the antimeridian from both sides, the sea.
        (90.0, 0.0), (-90, 123.4), (0, 180), (0, -180), (71.2, 180), (71.2, -180), (12.3, -38),
        // Near pentagons of resolution 8.
        (64.7, 10.536), (58.157, -5.245), (39.1, 122.3), (23.718, -67.132),
    ]

    @Test(arguments: oddPlaces)
    func `is right wherever the place is`(latitude: Double, longitude: Double) throws {
        let place = try #require(Coordinate(latitude: latitude, longitude: longitude))
        #expect(CellClaim.complaint(of: cell(place), at: place) == nil)
    }

    @Test func `of a pentagon is right for its centre and wrong for a neighbour's`() throws {
        let pentagons = try Cell.roots.filter(\.isPentagon).map { root in
            var cell = root
            for _ in 0..<8 {
                let finer = try #require(Resolution(cell.resolution.rawValue + 1))
                cell = try #require(try cell.children(at: finer).first(where: \.isPentagon))
            }
            return cell
        }
        #expect(pentagons.count == 12)
        for pentagon in pentagons {
            #expect(CellClaim.complaint(of: pentagon.description, at: pentagon.centre) == nil)
            let corner = try #require(pentagon.boundary.first)
            let outside = try #require(
                Coordinate(
                    latitude: corner.latitude * 2 - pentagon.centre.latitude,
                    longitude: corner.longitude * 2 - pentagon.centre.longitude))
            #expect(CellClaim.complaint(of: pentagon.description, at: outside) != nil)
        }
    }

    @Test(arguments: 1...20)
    func `beside a border is right for the places that a client rounds`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let middle = try #require(
            Coordinate(
                latitude: .random(in: -80...80, using: &generator),
                longitude: .random(in: -170...170, using: &generator)))
        let cell = Cell(at: middle, resolution: .neighbourhood)
        let corners = cell.boundary
        let (first, second) = (corners[0], corners[1])
        // A place on the border, 1e-12 beside it, and as a client sends it that has six digits.
        let share = Double.random(in: 0.1...0.9, using: &generator)
        let latitude = first.latitude + (second.latitude - first.latitude) * share
        let longitude = first.longitude + (second.longitude - first.longitude) * share
        for (north, east) in [(0.0, 0.0), (1e-12, 0), (-1e-12, 0), (0, 1e-12), (0, -1e-12)] {
            let exact = try #require(Coordinate(latitude: latitude + north, longitude: longitude + east))
            let sent = try #require(
                Coordinate(
                    latitude: (exact.latitude * 1e6).rounded() / 1e6, longitude: (exact.longitude * 1e6).rounded() / 1e6
                ))
            #expect(CellClaim.complaint(of: self.cell(exact), at: sent) == nil)
            #expect(CellClaim.complaint(of: self.cell(exact), at: exact) == nil)
        }
        let far = try #require(Coordinate(latitude: middle.latitude + 0.05, longitude: middle.longitude))
        #expect(CellClaim.complaint(of: self.cell(far), at: middle) == "h3Res8 is not the cell of this location")
    }
}

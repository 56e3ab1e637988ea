import Journeys
import Model
import Testing

@testable import Travel

@Suite struct `A trip's name` {
    private let ada = UserID(UniqueID(high: 0x0190_d2f4_7d3a_7c61, low: 0xb0d1_5f0a_4c1e_2b3d))
    private let ben = UserID(UniqueID(high: 0x0190_d2f4_7d3a_7c61, low: 0xb0d1_5f0a_4c1e_2b3e))

    @Test(arguments: [0, 1, -1, 1_767_225_600_000, -62_135_596_800_000, 4_102_444_800_123])
    func `is when it began and whose it is`(moment: Int64) {
        let start = Timestamp(milliseconds: moment)
        let id = JourneyID(.trip, of: ada, at: start).rawValue
        #expect(JourneyID(.trip, of: ada, at: start).rawValue == id)
        #expect(JourneyID.start(of: id, as: .trip, of: ada) == start)
        #expect(JourneyID.start(of: id, as: .trip, of: ben) == nil)
        #expect(JourneyID.start(of: id, as: .stay, of: ada) == nil)
        let text = Array(id.description)
        #expect(text[14] == "8")
        #expect("89ab".contains(text[19]))
    }

    @Test func `is none if a single bit differs but for the moment's`() {
        let id = JourneyID(.trip, of: ada, at: Timestamp(milliseconds: 1_767_225_600_000)).rawValue
        for bit in 0..<64 {
            let low = UniqueID(high: id.high, low: id.low ^ 1 << UInt64(bit))
            #expect(JourneyID.start(of: low, as: .trip, of: ada) == nil)
            guard bit < 16 else { continue }
            let high = UniqueID(high: id.high ^ 1 << UInt64(bit), low: id.low)
            #expect(JourneyID.start(of: high, as: .trip, of: ada) == nil)
        }
        let nil0 = UniqueID(high: 0, low: 0)
        #expect(JourneyID.start(of: nil0, as: .trip, of: ada) == nil)
    }
}

@Suite struct `A path as GeoJSON` {
    private func lines(_ places: [(Double, Double)]) -> [[[Double]]] {
        let path = places.enumerated().map { index, place in
            TrackPoint(
                time: Timestamp(milliseconds: Int64(index) * 1000), latitude: place.1, longitude: place.0)
        }
        return PathGeometry(path).lines.map { $0.map { [$0.longitude, $0.latitude] } }
    }

    @Test func `is one line with the longitude first`() {
        #expect(lines([(17.1, 48.1), (17.2, 48.2)]) == [[[17.1, 48.1], [17.2, 48.2]]])
        #expect(lines([(-90, 0), (90, 0)]) == [[[-90, 0], [90, 0]]])
        #expect(lines([(5, 5), (5, 5)]) == [[[5, 5], [5, 5]]])
    }

    @Test func `is cut at the antimeridian, both ways`() {
        #expect(lines([(179, 10), (-179, 20)]) == [[[179, 10], [180, 15]], [[-180, 15], [-179, 20]]])
        #expect(lines([(-179.5, 0), (178.5, 4)]) == [[[-179.5, 0], [-180, 1]], [[180, 1], [178.5, 4]]])
        #expect(
            lines([(179, 0), (-179, 0), (179, 0)])
                == [[[179, 0], [180, 0]], [[-180, 0], [-179, 0], [-180, 0]], [[180, 0], [179, 0]]])
    }

    @Test func `has no line of a single position where it touches the antimeridian`() {
        #expect(lines([(179, 1), (180, 2), (-179, 3)]) == [[[179, 1], [180, 2]], [[-180, 2], [-179, 3]]])
        #expect(lines([(180, 2), (-179, 3)]) == [[[-180, 2], [-179, 3]]])
        #expect(lines([(179, 1), (-180, 2)]) == [[[179, 1], [180, 2]]])
        #expect(lines([(180, 2), (-180, 2)]).flatMap { $0 }.count == 2)
        #expect(lines([(179, 1), (-180, 2), (179, 3)]) == [[[179, 1], [180, 2]], [[180, 2], [179, 3]]])
    }
}

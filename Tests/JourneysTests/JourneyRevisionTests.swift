import HubTesting
import Journeys
import Model
import Testing

@Suite struct `Journeys worked in late` {
    @Test(arguments: 1...120)
    func `are the same in whatever order and parts the points came`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed &* 77)
        let track = RandomTrack(seed: seed).points
        let whole = KnownJourneys(reading: track)
        var order = track
        switch seed % 3 {
        case 0: order.shuffle(using: &generator)
        case 1:
            // Almost in order: a few come late.
            for _ in 0..<5 {
                let late = order.remove(at: .random(in: 0..<order.count, using: &generator))
                order.insert(late, at: .random(in: 0...order.count, using: &generator))
            }
        default:
            // A part in the middle comes last.
            let start = Int.random(in: 0..<order.count, using: &generator)
            let end = Int.random(in: start...order.count, using: &generator)
            order = Array(order[..<start] + order[end...] + order[start..<end])
        }
        var known = KnownJourneys()
        var there: [TrackPoint] = []
        var rest = order[...]
        while !rest.isEmpty {
            var batch = Array(rest.prefix(.random(in: 1...40, using: &generator)))
            rest = rest.dropFirst(batch.count)
            // Some are sent again.
            if Bool.random(using: &generator), let again = there.randomElement(using: &generator) {
                batch.append(again)
            }
            let news = batch.filter { !there.contains($0) }
            guard !news.isEmpty else { continue }
            there = (there + news).sorted { $0.time < $1.time }
            let times = news.map(\.time)
            _ = known.revise(there, changes: times.min()!...times.max()!)
        }
        #expect(known == whole)
    }

    @Test func `forget a landmark that the next point shows to be an error`() {
        let metre = 180 / (Double.pi * TrackPoint.earthRadius)
        // A stay, a silence, and a point so far off that only the one after it tells that nobody was there.
        let places: [(second: Int64, north: Double)] =
            (0...60).map { ($0 * 10, 0) } + [(1300, 60_000), (1310, 0)] + (132...200).map { ($0 * 10, 0) }
        let track = places.map {
            TrackPoint(time: Timestamp(milliseconds: $0.second * 1000), latitude: $0.north * metre, longitude: 0)
        }
        var known = KnownJourneys()
        for (index, point) in track.enumerated() {
            _ = known.revise(Array(track[...index]), changes: point.time...point.time)
        }
        #expect(known == KnownJourneys(reading: track))
        #expect(known.landmarks.count == 2)
    }

    @Test func `cost no more than the neighbourhood of the change`() {
        var points: [TrackPoint] = []
        // Home and work, a hundred days.
        for day in 0..<100 as Range<Int64> {
            for minute in 0..<1440 as Range<Int64> {
                let isAway = (540...1000).contains(minute)
                points.append(
                    TrackPoint(
                        time: Timestamp(milliseconds: (day * 1440 + minute) * 60_000),
                        latitude: 48, longitude: isAway ? 17.1 : 17))
            }
        }
        var known = KnownJourneys(reading: points)
        let late = TrackPoint(time: Timestamp(milliseconds: 50 * 86_400_000 + 30), latitude: 48.2, longitude: 17.3)
        points.append(late)
        points.sort { $0.time < $1.time }
        let read = known.revise(points, changes: late.time...late.time)
        #expect(read < 3 * 1440)
        #expect(known == KnownJourneys(reading: points))
    }
}

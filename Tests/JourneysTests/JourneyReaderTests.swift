import HubTesting
import Journeys
import Model
import Testing

/// Writes a track down: places in metres north of a point on the equator.
private struct Diary {
    var points: [TrackPoint] = []
    var second: Int64 = 0
    private static let metre = 180 / (Double.pi * TrackPoint.earthRadius)

    mutating func be(at north: Double, every step: Int64 = 10, for seconds: Int64 = 0) {
        let end = second + seconds
        repeat {
            points.append(
                TrackPoint(
                    time: Timestamp(milliseconds: second * 1000), latitude: north * Diary.metre, longitude: 0))
            second += step
        } while second <= end
    }

    mutating func go(from start: Double, to end: Double, at speed: Double) {
        var place = start
        while place < end {
            be(at: place)
            place += speed * 10
        }
    }

    var events: [JourneyEvent] { KnownJourneys(reading: points).events }
    var stays: [Stay] { events.compactMap { if case .stay(let stay) = $0 { stay } else { nil } } }
    var trips: [Trip] { events.compactMap { if case .trip(let trip) = $0 { trip } else { nil } } }
    var unseen: [UnseenWay] { events.compactMap { if case .unseen(let way) = $0 { way } else { nil } } }
}

private func seconds(_ time: Timestamp) -> Int64 { time.milliseconds / 1000 }

@Suite struct `A reader of journeys` {
    @Test func `sees a stay, a trip and the next stay`() throws {
        var diary = Diary()
        diary.be(at: 0, for: 600)
        diary.go(from: 150, to: 6000, at: 10)
        diary.be(at: 6000, for: 900)
        #expect(diary.stays.count == 2)
        #expect(diary.trips.count == 1)
        let trip = try #require(diary.trips.first)
        #expect(abs(trip.distance - 6000) < 101)
        #expect(seconds(diary.stays[0].end) == 600)
        #expect(trip.start == diary.points[60])
        #expect(abs(trip.topSpeed - 10) < 0.01)
        // Straight: two corners tell all of it.
        #expect(trip.path == [trip.start, trip.end])
        #expect(diary.stays[1].arrival == trip.end)
    }

    @Test func `tells nothing of nothing, and little of one point`() {
        #expect(KnownJourneys(reading: []).events.isEmpty)
        var diary = Diary()
        diary.be(at: 0)
        #expect(diary.events == [.landmark(Landmark(time: diary.points[0].time, settled: diary.points[0].time))])
    }

    @Test func `takes a person who fidgets for one who stays`() {
        var diary = Diary()
        for round in 0..<60 { diary.be(at: Double(round * 37 % 90)) }
        #expect(diary.stays.count == 1)
        #expect(diary.trips.isEmpty)
    }

    @Test func `takes one point elsewhere for an error, and two for leaving`() {
        var diary = Diary()
        diary.be(at: 0, for: 600)
        diary.be(at: 150)
        diary.be(at: 0, for: 600)
        #expect(diary.stays.count == 1)
        diary.be(at: 150)
        diary.be(at: 160, for: 600)
        #expect(diary.stays.count == 2)
    }

    @Test func `leaves out what a receiver made up`() throws {
        var diary = Diary()
        diary.be(at: 0, for: 600)
        diary.go(from: 100, to: 3000, at: 10)
        diary.be(at: 30_000)
        diary.go(from: 3200, to: 6000, at: 10)
        let trip = try #require(diary.trips.first)
        #expect(trip.distance < 6200)
        #expect(trip.topSpeed < 11)
    }

    @Test func `takes a device that says nothing for one that lies still`() {
        var diary = Diary()
        diary.be(at: 0, for: 600)
        diary.second += 40_000
        diary.be(at: 500)
        diary.go(from: 500, to: 4000, at: 10)
        #expect(diary.stays.count == 1)
        #expect(seconds(diary.stays[0].end) == 600 + 10 + 40_000)
        #expect(diary.unseen.count == 1)
        #expect(abs(diary.unseen[0].distance - 500) < 1)
    }

    @Test func `does not know how somebody came far in silence`() {
        var diary = Diary()
        diary.be(at: 0, for: 600)
        diary.second += 36_000
        diary.be(at: 900_000, for: 600)
        #expect(diary.stays.count == 2)
        #expect(seconds(diary.stays[0].end) == 600)
        #expect(diary.trips.isEmpty)
        #expect(diary.unseen.map { ($0.distance / 1000).rounded() } == [900])
    }

    @Test func `tells what is not over as if it ended now`() {
        var diary = Diary()
        diary.be(at: 0, for: 600)
        diary.go(from: 200, to: 2000, at: 10)
        #expect(diary.trips.count == 1)
        #expect(diary.trips[0].end == diary.points.last)
    }

    @Test func `draws ways with few corners, and passes near every point`() {
        for seed in 1...60 as ClosedRange<UInt64> {
            let track = RandomTrack(seed: seed).points
            let known = KnownJourneys(reading: track)
            for case .trip(let trip) in known.events {
                #expect(trip.path.first == trip.start)
                #expect(trip.path.last == trip.end)
                #expect(trip.path.count <= 1300)
                #expect(zip(trip.path, trip.path.dropFirst()).allSatisfy { $0.time < $1.time })
                #expect(trip.topSpeed >= 0 && trip.distance >= 250)
            }
        }
    }
}

@Suite struct `A reader of visits` {
    private func at(_ second: Int64) -> Timestamp { Timestamp(milliseconds: second * 1000) }

    @Test func `ends a visit with the first point elsewhere`() {
        var reader = VisitReader<Int>()
        #expect(reader.add(7, at: at(0)) == nil)
        #expect(reader.add(7, at: at(100)) == nil)
        #expect(reader.add(8, at: at(101)) == Visit(cell: 7, entered: at(0), left: at(100)))
        #expect(reader.add(7, at: at(102)) == Visit(cell: 8, entered: at(101), left: at(101)))
        #expect(reader.current == Visit(cell: 7, entered: at(102), left: at(102)))
    }

    @Test func `ends a visit with a silence of more than a day`() {
        var reader = VisitReader<Int>()
        _ = reader.add(7, at: at(0))
        #expect(reader.add(7, at: at(86_400)) == nil)
        #expect(reader.add(7, at: at(2 * 86_400 + 1)) == Visit(cell: 7, entered: at(0), left: at(86_400)))
    }

    @Test func `goes on where another left off`() {
        var reader = VisitReader(continuing: Visit(cell: 7, entered: at(0), left: at(50)))
        #expect(reader.add(7, at: at(60)) == nil)
        #expect(reader.current == Visit(cell: 7, entered: at(0), left: at(60)))
    }
}

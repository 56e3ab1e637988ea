import Glibc
package import Journeys
import Model

/// Tracks of people who stay, move, fall silent and whose receivers err, for tests of what holds for all.
package struct RandomTrack {
    package private(set) var points: [TrackPoint] = []
    private var time: Int64 = 1_750_000_000_000
    private var north = 0.0
    private var east = 0.0
    private let origin: (latitude: Double, longitude: Double)

    package init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        origin = RandomTrack.one(
            of: [(48.1, 17.1), (-33.9, 151.2), (0.0, 0.0), (64.9, 179.9995), (-8.05, -34.9)], &generator)
        for _ in 0..<Int.random(in: 4...14, using: &generator) {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1:
                let seconds = Int64.random(in: 60...2000, using: &generator)
                stay(for: seconds, within: .random(in: 1...45, using: &generator), &generator)
            // About as far as a stay reaches.
            case 2:
                let seconds = Int64.random(in: 300...1500, using: &generator)
                stay(for: seconds, within: .random(in: 80...120, using: &generator), &generator)
            case 3, 4:
                let seconds = Int64.random(in: 30...900, using: &generator)
                move(for: seconds, at: RandomTrack.one(of: [1.4, 5, 14, 33], &generator), &generator)
            case 5:
                time += Int64.random(in: 601...90_000, using: &generator) * 1000
            case 6:
                let seconds = Int64.random(in: 601...20_000, using: &generator)
                time += seconds * 1000
                north += Double(seconds) * .random(in: 0...3, using: &generator)
            default:
                spike(&generator)
            }
        }
        if points.isEmpty { stay(for: 60, within: 10, &generator) }
    }

    private mutating func note(_ northwards: Double, _ eastwards: Double) {
        let metre = 180 / (Double.pi * TrackPoint.earthRadius)
        let latitude = origin.latitude + northwards * metre
        var longitude = origin.longitude + eastwards * metre / cos(origin.latitude * .pi / 180)
        if longitude > 180 { longitude -= 360 }
        points.append(TrackPoint(time: Timestamp(milliseconds: time), latitude: latitude, longitude: longitude))
    }

    private static func one<Value>(of values: [Value], _ generator: inout SeededGenerator) -> Value {
        values[Int.random(in: values.indices, using: &generator)]
    }

    private mutating func step(_ generator: inout SeededGenerator) {
        time += RandomTrack.one(of: [1000, 1000, 5000, 20_000, 61_000], &generator)
    }

    private mutating func stay(for seconds: Int64, within radius: Double, _ generator: inout SeededGenerator) {
        let end = time + seconds * 1000
        while time < end {
            step(&generator)
            note(
                north + .random(in: -radius...radius, using: &generator),
                east + .random(in: -radius...radius, using: &generator))
        }
    }

    private mutating func move(for seconds: Int64, at speed: Double, _ generator: inout SeededGenerator) {
        let end = time + seconds * 1000
        var direction = Double.random(in: 0...(2 * .pi), using: &generator)
        while time < end {
            let before = time
            step(&generator)
            direction += .random(in: -0.5...0.5, using: &generator)
            let way = speed * Double(time - before) / 1000
            (north, east) = (north + way * sin(direction), east + way * cos(direction))
            note(north + .random(in: -4...4, using: &generator), east + .random(in: -4...4, using: &generator))
        }
    }

    private mutating func spike(_ generator: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...2, using: &generator) {
            step(&generator)
            note(north + .random(in: 500...90_000, using: &generator), east)
        }
    }
}

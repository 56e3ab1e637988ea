import Measuring
import Model

/// The people of a simulation: their names, how they move, and the city they are in.
struct Cast: Hashable, Sendable {
    struct Member: Hashable, Sendable {
        var name: String
        var mode: TravelMode
        var seed: UInt64
    }

    let plan: StreetPlan
    let members: [Member]

    private static let names = [
        "Ada", "Ben", "Clara", "David", "Ema", "Felix", "Greta", "Hugo", "Iris", "Jan", "Klara", "Leo", "Mia", "Noah",
        "Olga", "Pavol", "Rosa", "Samuel", "Tereza", "Viktor",
    ]

    /// - Parameters:
    ///   - around: The city's centre, in degrees; Bratislava's if not given.
    init(count: Int, seed: UInt64, around: (latitude: Double, longitude: Double) = (48.1486, 17.1077)) {
        plan = StreetPlan(seed: seed, latitude: around.latitude, longitude: around.longitude)
        var generator = SeededGenerator(seed: seed)
        members = (0..<count).map { index in
            let modes = TravelMode.allCases
            let round = index / Cast.names.count
            let name = Cast.names[index % Cast.names.count] + (round > 0 ? " \(round + 1)" : "")
            return Member(name: name, mode: modes[index % modes.count], seed: generator.next())
        }
    }
}

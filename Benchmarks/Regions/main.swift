import Earth
import Glibc
import H3
import Model
import Travel

// How long a map takes to read, to load, and to answer where a place is: RegionsBenchmark MAP [places]
// With `places` it also writes which it asked for and what was answered, so that another index can be asked the same.

/// The same numbers every time.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// The time that this process has had a processor for, so that whatever else the machine does is left out.
struct ProcessorClock {
    var now: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

func milliseconds(since start: Duration, _ clock: ProcessorClock) -> Double { (clock.now - start) / .milliseconds(1) }

guard let path = CommandLine.arguments.dropFirst().first else { fatalError("usage: RegionsBenchmark MAP") }
let clock = ProcessorClock()
do {
    var start = clock.now
    let imported = try RegionImport.read(map: path, names: MapFiles.readNames())
    print("read the map file: \(milliseconds(since: start, clock)) ms")
    let bytes = imported.bytes
    start = clock.now
    let map = try RegionMap(bytes)
    let index = RegionIndex(map)
    print("load \(bytes.count) bytes and make the index: \(milliseconds(since: start, clock)) ms")
    start = clock.now
    let counts = CellCounts(of: index)
    let cells = counts.countries.reduce(0) { $0 + $1.city }
    print("count \(cells) cells of resolution 6 on land: \(milliseconds(since: start, clock)) ms")

    var numbers = SplitMix(state: 1)
    var anywhere: [Coordinate] = []
    while anywhere.count < 200_000 {
        let place = Coordinate(
            latitude: Double.random(in: -60...75, using: &numbers),
            longitude: Double.random(in: -180...180, using: &numbers))
        if let place { anywhere.append(place) }
    }
    let onLand = anywhere.filter { index.locate($0)?.isInside == true }
    let centres = onLand.map { Cell(at: $0, resolution: .neighbourhood).centre }
    for (name, places) in [("anywhere", anywhere), ("on land", onLand), ("centres of cells on land", centres)] {
        var best = Double.infinity
        var found = 0
        for _ in 0..<5 {
            found = 0
            start = clock.now
            for place in places where index.locate(place) != nil { found += 1 }
            best = min(best, milliseconds(since: start, clock))
        }
        print("\(places.count) places \(name), \(found) found: \(best * 1000 / Double(places.count)) µs a place")
    }
    if CommandLine.arguments.count > 2 {
        for place in onLand.prefix(20_000) {
            let found = index.locate(place)
            print(
                "place,\(place.longitude),\(place.latitude),\(found?.country.code ?? ""),\(found?.region?.code ?? "")")
        }
    }
} catch {
    fatalError("\(error)")
}

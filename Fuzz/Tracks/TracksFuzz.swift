import Model
import TrackFiles

private let rules = PointRules(latest: Timestamp(milliseconds: 1_893_456_000_000))

private struct Reading: Equatable {
    var points: [TrackFilePoint] = []
    var tally = TrackFileTally()
    var isCut = false
    var isRefused = false

    init(_ bytes: [UInt8], said: TrackFormat?, step: Int) {
        var reader = TrackFileReader(said: said, rules: rules, longestContent: 1 << 24)
        do throws(TrackFileError) {
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + step)
                try reader.read(bytes.span.extracting(start..<end), into: &points)
                start = end
            }
            isCut = try reader.finish(into: &points)
        } catch {
            isRefused = true
        }
        tally = reader.tally
    }
}

/// The first byte says how the rest is cut, and what it is said to be.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    let formats = TrackFormat.allCases
    let said = Int(choice >> 5) < formats.count ? formats[Int(choice >> 5)] : nil
    let whole = Reading(rest, said: said, step: max(1, rest.count))
    precondition(Reading(rest, said: said, step: 1 + Int(choice & 31)) == whole, "a cut changed the file")
    precondition(whole.tally.points == whole.points.count, "points were lost")
    for point in whole.points {
        precondition(point.time <= rules.latest && point.time >= PointRules.earliest, "a point is out of its time")
        precondition(point.accuracy.map { (0...500).contains($0) } ?? true, "an accuracy is wrong")
    }
    write(whole.points)
    return 0
}

private func write(_ points: [TrackFilePoint]) {
    // Writers are given points in order.
    var last: Timestamp?
    var ordered: [TrackFilePoint] = []
    for point in points.sorted(by: { $0.time < $1.time }) where point.time != last {
        last = point.time
        ordered.append(point)
    }
    for format in TrackFileWriter.Format.allCases {
        var writer = TrackFileWriter(format)
        var bytes: [UInt8] = []
        writer.begin(to: &bytes)
        for point in ordered { writer.append(point, to: &bytes) }
        writer.end(to: &bytes)
        let read = Reading(bytes, said: TrackFormat(rawValue: format.rawValue), step: 4096)
        precondition(
            read.points.map(\.time) == ordered.map(\.time)
                && read.points.map(\.coordinate) == ordered.map(\.coordinate), "a writer changed a point")
    }
}

import Model

/// A recorded movement: fixes in the order of their times, each later than the one before.
struct Track: Hashable, Sendable {
    /// The file's name without its folder.
    var source: String
    /// Recorded times and positions; at least one.
    var fixes: [Fix]
    /// How many points were left out because another had the same time.
    var repeated: Int

    /// From the first fix to the last.
    var length: Duration {
        guard let first = fixes.first, let last = fixes.last else { return .zero }
        return first.capturedAt.duration(to: last.capturedAt)
    }

    /// Sorts the points by time, leaves out repeated times, and checks every one.
    ///
    /// - Throws: ``TrackFault/noPoints``, and ``TrackFault/badPoint(_:_:)`` for a value out of range.
    init(source: String, points: [TrackPoint]) throws(TrackFault) {
        guard !points.isEmpty else { throw .noPoints }
        // A track's times are the past's; only the values are judged here.
        let rules = FixRules(clockSkew: .seconds(1 << 40), longestAge: .seconds(1 << 40))
        for point in points {
            if let error = rules.violations(of: point.fix, at: point.fix.capturedAt).first {
                throw .badPoint(point.line, error.message)
            }
        }
        let sorted = points.enumerated().sorted {
            ($0.element.fix.capturedAt, $0.offset) < ($1.element.fix.capturedAt, $1.offset)
        }
        var fixes: [Fix] = []
        fixes.reserveCapacity(sorted.count)
        for (_, point) in sorted where fixes.last.map({ $0.capturedAt < point.fix.capturedAt }) ?? true {
            fixes.append(point.fix)
        }
        self.source = source
        self.fixes = fixes
        repeated = points.count - fixes.count
    }
}

/// A point as a reader found it.
struct TrackPoint: Hashable, Sendable {
    /// Where in the file it begins, from 1.
    var line: Int
    var fix: Fix
}

/// What is wrong with a track's file.
enum TrackFault: Error, Hashable, Sendable {
    case unreadable(String)
    case tooLarge(limit: Int)
    case unknownKind
    case noPoints
    /// Columns that have to be there and are not.
    case missingColumns([String])
    /// The file is no GPX or CSV from this line on, and why.
    case malformed(Int, String)
    /// A point that cannot be used: its line, and why.
    case badPoint(Int, String)
    /// Several devices in one file.
    case manyDevices(Int)

    /// Completes "FILE: …".
    var message: String {
        switch self {
        case .unreadable(let reason): reason
        case .tooLarge(let limit): "larger than \(limit >> 20) MiB"
        case .unknownKind: "neither GPX nor CSV"
        case .noPoints: "holds no points with a time"
        case .missingColumns(let names): "has no column for \(names.joined(separator: " and "))"
        case .malformed(let line, let reason): "line \(line): \(reason)"
        case .badPoint(let line, let reason): "line \(line): \(reason)"
        case .manyDevices(let count): "holds \(count) devices; a file is one device's track"
        }
    }
}

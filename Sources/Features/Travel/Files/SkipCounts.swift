internal import TrackFiles
internal import Wire

/// Entries of a file that are no points, by reason, as they are kept.
enum SkipCounts {
    static func write(_ counts: [SkipReason: Int]) -> String {
        let bytes = JSONWriter.bytes { json in
            json.object { json in
                for reason in SkipReason.allCases {
                    guard let count = counts[reason] else { continue }
                    json.name(reason.rawValue)
                    json.value(count)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// In the order of ``TrackFiles/SkipReason``.
    static func read(_ text: String) -> [(reason: String, count: Int64)] {
        guard let value = try? JSONValue(Array(text.utf8)) else { return [] }
        return SkipReason.allCases.compactMap { reason in
            value[reason.rawValue]?.integer.flatMap { Int64(exactly: $0) }.map { (reason.rawValue, $0) }
        }
    }
}

/// Finds out what a file is by its first bytes, in pieces of any size. Holds them until it knows.
package struct FormatDetector: Sendable {
    package enum Kind: Hashable, Sendable {
        case xml
        /// GeoJSON or Google's, which their first members tell.
        case json
        case owntracks
        /// Text, whose first line has to name columns.
        case table
        case zip
        case unknown

        /// What a file that is said to be of a format is refused for.
        package func refusal(said: TrackFormat?) -> TrackFileError? {
            switch (self, said) {
            case (.zip, _): .zipped
            case (.unknown, _): .unknownFormat
            case (_, nil), (.xml, .gpx), (.json, .geojson), (.json, .google), (.owntracks, .owntracks), (.table, .csv):
                nil
            case (.xml, let said?): .otherFormat(said: said, is: .gpx)
            case (.owntracks, let said?): .otherFormat(said: said, is: .owntracks)
            case (.table, let said?): .otherFormat(said: said, is: .csv)
            // Which of the two it is, is not known yet.
            case (.json, let said?): .otherFormat(said: said, is: .geojson)
            }
        }
    }

    /// Bytes among which the first line has to end.
    package static let longestHead = 16 << 10

    private var head: [UInt8] = []

    package init() {}

    package mutating func append(_ input: Span<UInt8>) { head.append(input) }

    mutating func take() -> [UInt8] {
        defer { head = [] }
        return Array(head[start...])
    }

    /// Behind a mark of byte order and blanks.
    private var start: Int {
        var index = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while index < head.count, [9, 10, 13, 32].contains(head[index]) { index += 1 }
        return index
    }

    /// - Parameter isLast: Whether nothing follows.
    /// - Returns: Nothing as long as more has to come.
    package func kind(isLast: Bool) -> Kind? {
        // A mark of byte order that is not whole.
        if !isLast, head.count < 3, head.first == 0xEF { return nil }
        // UTF-16, which of all these XML alone is written in.
        if head.first == 0xFE || head.first == 0xFF { return head.count > 1 || isLast ? .xml : nil }
        let start = start
        guard start < head.count else { return isLast || head.count > FormatDetector.longestHead ? .unknown : nil }
        switch head[start] {
        case UInt8(ascii: "<"): return .xml
        case UInt8(ascii: "{"), UInt8(ascii: "["): return .json
        case UInt8(ascii: "P"):
            guard head.count - start >= 4 || isLast else { return nil }
            if head[start...].starts(with: [0x50, 0x4B, 3, 4]) || head[start...].starts(with: [0x50, 0x4B, 5, 6]) {
                return .zip
            }
            return text(from: start, isLast: isLast)
        default: return text(from: start, isLast: isLast)
        }
    }

    private func text(from start: Int, isLast: Bool) -> Kind? {
        let end = head[start...].firstIndex { $0 == 10 || $0 == 13 }
        let line = head[start..<(end ?? head.count)]
        if line.contains(where: { $0 < 32 && $0 != 9 }) { return .unknown }
        guard end != nil || isLast else { return head.count - start > FormatDetector.longestHead ? .unknown : nil }
        if String(validating: line, as: UTF8.self) == nil { return .unknown }
        // `2024-05-01T10:00:00Z`, a tab, a star …
        let isRecord =
            line.count > 12 && line.first.map { $0 &- 48 < 10 } ?? false
            && line.dropFirst(4).first == UInt8(ascii: "-") && line.contains(9) && line.contains(UInt8(ascii: "*"))
        return isRecord ? .owntracks : .table
    }
}

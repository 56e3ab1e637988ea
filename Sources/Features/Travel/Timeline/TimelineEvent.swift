package import Model

/// Something that somebody did for the first time.
package struct TimelineEvent: Hashable, Sendable {
    package enum Kind: Int16, Hashable, Sendable, CaseIterable {
        case country = 1
        case region = 2
        case milestone = 3

        /// The kind that a query calls so.
        package init?(_ name: String) {
            switch name {
            case "country": self = .country
            case "region": self = .region
            case "milestone": self = .milestone
            default: return nil
            }
        }
    }

    package enum Content: Hashable, Sendable {
        /// ISO 3166-1.
        case country(code: String, name: String)
        /// ISO 3166-2, and the country it is in.
        case region(code: String, name: String, country: String, countryName: String)
        /// How many cells of resolution 8 somebody was in by then.
        case milestone(Int)
    }

    package var content: Content
    package var at: Timestamp
    /// The cell of resolution 8 that made it so.
    package var cell: Int64

    /// The numbers of cells that are worth an event.
    package static let milestones: [Int32] = [100, 500, 1000, 2500, 5000, 10_000]

    package var kind: Kind {
        switch content {
        case .country: .country
        case .region: .region
        case .milestone: .milestone
        }
    }

    /// Where it is in the timeline: the latest first; of one moment a country before its region before a number of cells.
    package var position: Position {
        let code =
            switch content {
            case .country(let code, _): code
            case .region(let code, _, _, _): code
            case .milestone(let count): Position.code(of: count)
            }
        return Position(at: at, kind: kind, code: code)
    }

    /// Where in the timeline an event is.
    package struct Position: Hashable, Sendable {
        package var at: Timestamp
        package var kind: Kind
        /// Of a country or region, or a number of cells: seven ASCII characters at most.
        package var code: String

        package init(at: Timestamp, kind: Kind, code: String) {
            self.at = at
            self.kind = kind
            self.code = code
        }

        /// As ``TimelineStatements/events`` has it.
        static func code(of count: Int) -> String {
            let digits = String(count)
            return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        }

        /// For a page's cursor.
        var words: [UInt64] {
            let code = code.utf8.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            return [UInt64(bitPattern: at.milliseconds), UInt64(kind.rawValue), code]
        }

        /// Nothing for words that are none of ``words``.
        init?(words: [UInt64]) {
            guard words.count == 3, let kind = Int16(exactly: words[1]).flatMap(Kind.init(rawValue:)) else {
                return nil
            }
            let bytes = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: words[2] >> UInt64($0)) }
            let code = bytes.drop { $0 == 0 }
            guard !code.isEmpty, code.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
            self.init(
                at: Timestamp(milliseconds: Int64(bitPattern: words[0])), kind: kind,
                code: String(decoding: code, as: UTF8.self))
        }
    }
}

/// The shape of a JSON value, for the published document: a part of JSON Schema 2020-12.
///
/// It describes; the decoders of `Wire` and of the features are what checks.
package indirect enum Schema: Hashable, Sendable {
    case object([Member])
    /// - Parameters:
    ///   - format: Such as `uuid` or `date-time`.
    ///   - length: In characters.
    ///   - pattern: A regular expression.
    ///   - values: The only ones allowed, if not empty.
    case string(format: String? = nil, length: ClosedRange<Int>? = nil, pattern: String? = nil, values: [String] = [])
    case number(minimum: Double? = nil, maximum: Double? = nil)
    case integer(minimum: Int? = nil, maximum: Int? = nil)
    case boolean
    case array(of: Schema, count: ClosedRange<Int>? = nil)
    /// The value, or `null`.
    case nullable(Schema)
    /// One that ``Registry/define(_:_:)`` has named.
    case reference(String)
    /// Exactly one of them fits.
    case oneOf([Schema])
    /// Any JSON value.
    case any

    /// A member of an object.
    package struct Member: Hashable, Sendable {
        package let name: String
        package let schema: Schema
        package let isRequired: Bool
        /// A sentence; may be empty.
        package let summary: String

        package static func required(_ name: String, _ schema: Schema, _ summary: String = "") -> Member {
            Member(name: name, schema: schema, isRequired: true, summary: summary)
        }

        package static func optional(_ name: String, _ schema: Schema, _ summary: String = "") -> Member {
            Member(name: name, schema: schema, isRequired: false, summary: summary)
        }
    }

    package static let uuid = Schema.string(format: "uuid")
    /// RFC 3339 in UTC, with milliseconds.
    package static let timestamp = Schema.string(format: "date-time")
}

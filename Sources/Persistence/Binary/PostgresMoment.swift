package import Model

/// A `timestamptz` as Postgres keeps it, to the microsecond: for bounds and for positions in a list, which must not be cut.
package struct PostgresMoment: Hashable, Sendable, PostgresEncodable {
    /// Microseconds since 2000-01-01T00:00:00Z.
    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }

    /// A moment Postgres can keep, or the nearest infinity.
    package init(_ moment: Timestamp) {
        let milliseconds = moment.milliseconds.subtractingReportingOverflow(Timestamp.postgresEpoch)
        let (value, overflows) = milliseconds.partialValue.multipliedReportingOverflow(by: 1000)
        // Years 4713 BC to 294276.
        let range: ClosedRange<Int64> = -211_813_488_000_000_000...9_223_371_331_199_999_999
        if !milliseconds.overflow, !overflows, range.contains(value) {
            rawValue = value
        } else {
            rawValue = moment.milliseconds < 0 ? .min : .max
        }
    }

    /// `-infinity`.
    package static let past = PostgresMoment(rawValue: .min)
    /// `infinity`.
    package static let future = PostgresMoment(rawValue: .max)

    package static var postgresType: UInt32 { 1184 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: rawValue) }
}

extension PostgresRow {
    /// A `timestamptz` with its microseconds.
    package func moment(_ column: Int) -> PostgresMoment? { int64(column).map(PostgresMoment.init(rawValue:)) }
}

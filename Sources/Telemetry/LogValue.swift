/// What a log line may hold: a closed set, so that a fix, a key or a whole request cannot get into one by accident.
///
/// There is no case for `Any`, `Encodable` or `CustomStringConvertible` on purpose. A text must be made by its writer,
/// who knows that locations and secrets are never logged.
package enum LogValue: Equatable, Sendable {
    /// Written up to its first 1,024 bytes.
    case string(String)
    case integer(Int64)
    /// `null` in JSON where the number is not finite.
    case double(Double)
    case bool(Bool)

    package static func integer(_ value: some BinaryInteger) -> LogValue { .integer(Int64(clamping: value)) }

    /// A duration in milliseconds, three digits after the point; its key ends in `_ms`.
    package static func milliseconds(_ duration: Duration) -> LogValue {
        let (seconds, attoseconds) = duration.components
        let micros = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !micros.overflow else { return .double(.infinity) }
        return .double(Double(micros.partialValue + attoseconds / 1_000_000_000_000) / 1000)
    }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

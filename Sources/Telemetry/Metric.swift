/// What the registry can show: one series, or three for a histogram.
protocol Metric: AnyObject, Sendable {
    /// The type's name in the exposition format.
    static var kind: String { get }

    /// - Parameter labels: `name="value"` pairs, already escaped; empty for a metric without labels.
    func append(to text: inout Exposition, name: String, labels: String)
}

/// A number as the exposition format has it: no trailing `.0`, 12 digits after the point, so that what was
/// scaled from whole units reads 0.00025 and not 0.00025000000000000001.
func exposition(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    let digits = (abs(value) * 1e12).rounded() / 1e12
    return (value < 0 ? -digits : digits).description
}

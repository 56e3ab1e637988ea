import Foundation
import Measuring

/// Numbers as people read them.
enum Figures {
    /// `12,345,678`.
    static func grouped(_ value: Int) -> String {
        var digits = String(abs(value))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    static func decimal(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

    /// A latency from microseconds: `850 µs`, `12.3 ms`, `1.20 s`.
    static func latency(_ microseconds: UInt64) -> String {
        switch microseconds {
        case ..<1000: "\(microseconds) µs"
        case ..<1_000_000: decimal(Double(microseconds) / 1000, 1) + " ms"
        default: decimal(Double(microseconds) / 1_000_000, 2) + " s"
        }
    }

    static func percentiles(_ histogram: LatencyHistogram) -> String {
        guard histogram.count > 0 else { return "none" }
        return [("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9)]
            .map { "\($0.0) \(latency(histogram.percentile($0.1)))" }
            .joined(separator: "  ") + "  max \(latency(histogram.maximum))  of \(grouped(Int(histogram.count)))"
    }

    /// Counts by name, the most frequent first.
    static func counts(_ counts: [String: Int]) -> String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\(grouped($0.value)) × \($0.key)" }.joined(separator: ", ")
    }
}

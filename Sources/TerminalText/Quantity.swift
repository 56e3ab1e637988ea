/// Numbers as people read them.
package enum Quantity {
    /// `12`, `3.4k`, `1.2M`.
    package static func short(_ value: Int) -> String {
        switch value {
        case ..<10000: String(value)
        case ..<10_000_000: decimal(Double(value) / 1000, 1) + "k"
        default: decimal(Double(value) / 1_000_000, 1) + "M"
        }
    }

    /// `12,345,678`.
    package static func grouped(_ value: Int) -> String {
        var digits = String(abs(value))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `0.5 kB`, `12.3 MB`, `1.20 GB`: thousands, as disks and networks are told of.
    package static func bytes(_ count: Int64) -> String {
        switch count {
        case ..<1_000_000: decimal(Double(count) / 1000, 1) + " kB"
        case ..<1_000_000_000: decimal(Double(count) / 1_000_000, 1) + " MB"
        default: decimal(Double(count) / 1_000_000_000, 2) + " GB"
        }
    }

    /// With a fixed number of decimals, whatever the locale.
    package static func decimal(_ value: Double, _ places: Int) -> String {
        guard value.isFinite else { return "-" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let whole = Int(scaled / scale)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + String(whole) }
        let digits = String(Int(scaled) - whole * Int(scale))
        return sign + String(whole) + "." + String(repeating: "0", count: places - digits.count) + digits
    }

    /// A latency from microseconds: `850 µs`, `12.3 ms`, `1.20 s`.
    package static func latency(_ microseconds: UInt64) -> String {
        switch microseconds {
        case ..<1000: "\(microseconds) µs"
        case ..<1_000_000: decimal(Double(microseconds) / 1000, 1) + " ms"
        default: decimal(Double(microseconds) / 1_000_000, 2) + " s"
        }
    }

    /// How long ago, at a glance: `now`, `12 s`, `3 min`, `5 h`, `2 d`.
    package static func age(_ age: Duration) -> String {
        let seconds = age.components.seconds
        return switch seconds {
        case ..<2: "now"
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min"
        case ..<86400: "\(seconds / 3600) h"
        default: "\(seconds / 86400) d"
        }
    }

    /// `4:05`, `1:02:03`.
    package static func time(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return seconds < 3600
            ? "\(seconds / 60):\(two(seconds % 60))"
            : "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}

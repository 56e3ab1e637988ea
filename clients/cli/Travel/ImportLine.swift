/// The line a person watches while a file is imported.
struct ImportLine: Hashable, Sendable {
    var name: String
    var phase: String
    /// 0 … 1.
    var fraction: Double
    var rate: String?
    var elapsed: Duration

    /// In at most `width` columns; what matters least is left out first.
    func text(width: Int) -> String {
        var parts = [
            ProgressBar.text(fraction: fraction, width: 22), "\(Int(min(max(fraction, 0), 1) * 100)) %", phase,
        ]
        if let rest { parts.append("\(Quantity.time(rest)) left") }
        if let rate { parts.append(rate) }
        parts.append(PlainText.line(name))
        while parts.count > 1, DisplayWidth.of(parts.joined(separator: "  ")) > width { parts.removeLast() }
        return DisplayWidth.of(parts[0]) > width
            ? DisplayWidth.fitted(parts[0], to: max(0, width)) : parts.joined(separator: "  ")
    }

    /// How long it takes if it goes on as it went; nothing while there is too little to tell by.
    var rest: Duration? {
        guard (0.01..<1).contains(fraction), elapsed > .milliseconds(500) else { return nil }
        return elapsed * ((1 - fraction) / fraction)
    }

    static func bytes(_ count: Int, in time: Duration) -> String {
        Quantity.decimal(Double(count) / max(0.001, time / .seconds(1)) / 1_048_576, 1) + " MiB/s"
    }

    static func points(_ count: Int, in time: Duration) -> String {
        Quantity.short(Int(Double(count) / max(0.001, time / .seconds(1)))) + " points/s"
    }
}

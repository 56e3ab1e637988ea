/// How far a task is, in words.
package struct ProgressText: Hashable, Sendable {
    /// What is done, as a phrase: `dumping the database`. Without control characters.
    package var step: String
    package var unit: ProgressUnit
    package var meter: ProgressMeter
    /// What else there is to tell, what matters most first.
    package var details: [String]

    package init(_ step: String, _ unit: ProgressUnit, _ meter: ProgressMeter, details: [String] = []) {
        self.step = step
        self.unit = unit
        self.meter = meter
        self.details = details
    }

    private static let barWidth = 22

    /// One line for a terminal in at most `width` columns; what matters least is left out first.
    package func line(width: Int) -> String {
        guard width > 0 else { return "" }
        // In the order they are shown in; a lower number matters more.
        var parts: [(text: String, rank: Int)] = []
        if let fraction = meter.fraction {
            parts.append((ProgressBar.text(fraction: fraction, width: ProgressText.barWidth), 4))
            parts.append((percent(fraction), 0))
        }
        if let amount { parts.append((amount, meter.fraction == nil ? 0 : 3)) }
        if let rate = meter.rate.flatMap(unit.text(rate:)) { parts.append((rate, 2)) }
        if meter.fraction == nil {
            parts.append((Quantity.time(meter.elapsed), amount == nil ? 0 : 1))
        } else if let left {
            parts.append((left, 1))
        }
        for (index, detail) in details.enumerated() { parts.append((detail, 5 + index)) }
        let whole = DisplayWidth.of(step)
        for least in (1..<5 + details.count).reversed() where whole + ProgressText.width(parts) > width {
            parts.removeAll { $0.rank == least }
        }
        let rest = width - ProgressText.width(parts)
        // A few letters of the step, or nothing of it.
        let name = whole <= rest ? step : rest < 5 ? nil : DisplayWidth.fitted(step, to: rest)
        let line = ([name].compactMap(\.self) + parts.map(\.text)).joined(separator: "  ")
        return DisplayWidth.of(line) <= width ? line : DisplayWidth.fitted(line, to: width)
    }

    /// Of parts that follow something.
    private static func width(_ parts: [(text: String, rank: Int)]) -> Int {
        parts.reduce(0) { $0 + 2 + DisplayWidth.of($1.text) }
    }

    /// That it begins.
    package var beginning: String {
        guard let total = meter.total else { return "\(step): started" }
        return "\(step): started, \(meter.isEstimate ? "about " : "")\(unit.text(total))"
    }

    /// How far it is, where nothing can be drawn.
    package var going: String {
        var parts = meter.fraction.map { [percent($0)] } ?? []
        parts.append(amount ?? Quantity.time(meter.elapsed))
        if let rate = meter.rate.flatMap(unit.text(rate:)) { parts.append(rate) }
        if let left { parts.append(left) }
        return "\(step): " + (parts + details).joined(separator: ", ")
    }

    /// How it ended.
    package func ending(isWhole: Bool) -> String {
        let amount = unit == .time ? "" : ", " + unit.text(meter.done)
        var parts = ["\(isWhole ? "done" : "stopped")\(amount) in \(Quantity.time(meter.elapsed))"]
        if let rate = meter.meanRate.flatMap(unit.text(rate:)) { parts.append(rate) }
        return "\(step): " + (parts + details).joined(separator: ", ")
    }

    /// Nothing where time passes and nobody knows how much there is of it.
    private var amount: String? {
        guard let total = meter.total else { return unit == .time ? nil : unit.text(meter.done) }
        return unit.text(meter.done, of: total, isEstimate: meter.isEstimate)
    }

    private func percent(_ fraction: Double) -> String {
        "\(meter.isEstimate ? "about " : "")\(Int((min(max(fraction, 0), 1) * 100).rounded(.down))) %"
    }

    private var left: String? {
        guard let remaining = meter.remaining else { return nil }
        // Beyond that a number of hours tells nobody anything.
        guard remaining < .seconds(360_000) else { return "over 99 h left" }
        return "\(meter.isEstimate ? "about " : "")\(Quantity.time(.seconds((remaining / .seconds(1)).rounded()))) left"
    }
}

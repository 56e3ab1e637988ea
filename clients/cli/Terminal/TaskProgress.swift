/// How far a long task is, how fast it goes, and how long the rest of it takes if it goes on so.
struct TaskProgress: Hashable, Sendable {
    enum Unit: Hashable, Sendable {
        case things
        case bytes

        func text(_ value: Int) -> String {
            switch self {
            case .things: Quantity.short(value)
            case .bytes:
                value < 1_000_000
                    ? Quantity.decimal(Double(value) / 1000, 1) + " kB"
                    : value < 1_000_000_000
                        ? Quantity.decimal(Double(value) / 1_000_000, 1) + " MB"
                        : Quantity.decimal(Double(value) / 1_000_000_000, 2) + " GB"
            }
        }
    }

    var done: Int
    /// Nothing if nobody knows.
    var total: Int?
    var elapsed: Duration
    var unit = Unit.things

    /// Before this nothing can be said.
    private static let earliest = Duration.seconds(1)

    /// `1.2k/s, 0:42 left`; nothing while it is too early to tell.
    var pace: String? {
        guard elapsed >= TaskProgress.earliest, done > 0 else { return nil }
        let rate = Double(done) / (elapsed / .seconds(1))
        let text = rate < 10 && unit == .things ? Quantity.decimal(rate, 1) : unit.text(Int(min(rate, 1e15)))
        guard let total, total > done else { return "\(text)/s" }
        return "\(text)/s, \(Quantity.time(.seconds(Double(total - done) / rate))) left"
    }

    /// What there is of it, and its pace.
    var text: String { ([unit.text(done)] + [pace].compactMap(\.self)).joined(separator: "  ") }
}

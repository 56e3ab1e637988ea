/// What a task is measured in.
package enum ProgressUnit: Hashable, Sendable {
    case bytes
    /// Things that are counted, by their plural: `devices`.
    case count(String)
    /// Milliseconds of something that takes as long as it was asked to.
    case time

    /// An amount with its unit: `12.3 MB`, `1,200 devices`, `0:42`.
    func text(_ amount: Int64) -> String {
        switch self {
        case .bytes: Quantity.bytes(amount)
        case .count(let things): "\(Quantity.grouped(Int(clamping: amount))) \(things)"
        case .time: Quantity.time(.milliseconds(amount))
        }
    }

    /// Part of a whole: `1.2 MB of 3.0 MB`, `12 of about 30 tables`.
    func text(_ amount: Int64, of total: Int64, isEstimate: Bool) -> String {
        let whole = (isEstimate ? "about " : "") + text(total)
        guard case .count = self else { return "\(text(amount)) of \(whole)" }
        return "\(Quantity.grouped(Int(clamping: amount))) of \(whole)"
    }

    /// How much a second: `3.1 MB/s`, `0.8/s`; nothing where that says nothing.
    func text(rate: Double) -> String? {
        switch self {
        case .bytes: Quantity.bytes(Int64(min(rate, 1e18))) + "/s"
        case .count: (rate < 10 ? Quantity.decimal(rate, 1) : Quantity.short(Int(min(rate, 1e15)))) + "/s"
        case .time: nil
        }
    }
}

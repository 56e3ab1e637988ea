/// A bar of text such as `[=====>    ]`.
package enum ProgressBar {
    /// - Parameter fraction: 0 … 1.
    package static func text(fraction: Double, width: Int) -> String {
        let inner = max(0, width - 2)
        let done = Int((min(max(fraction, 0), 1) * Double(inner)).rounded(.down))
        let head =
            done > 0 && done < inner
            ? String(repeating: "=", count: done - 1) + ">" : String(repeating: "=", count: done)
        return "[" + head + String(repeating: " ", count: inner - done) + "]"
    }
}

/// How much faster than recorded a track is replayed.
enum ReplaySpeed: Hashable, Sendable {
    /// 1 or more.
    case times(Double)
    /// As fast as the hub acknowledges.
    case unlimited

    /// `10x`, `10`, `2.5x` or `max`.
    init(_ text: String) throws(CommandFailure) {
        if text == "max" {
            self = .unlimited
            return
        }
        let number = text.hasSuffix("x") ? text.dropLast() : text[...]
        // Slower than recorded, the spacing could only be kept by times in the future.
        guard let factor = Double(number), factor >= 1, factor <= 1_000_000 else {
            throw .usage("--speed must be 1x or more, such as 10x, or max; not '\(text)'")
        }
        self = .times(factor)
    }

    /// How long `recorded` time takes.
    func wallTime(_ recorded: Duration) -> Duration {
        switch self {
        case .times(let factor): recorded / factor
        case .unlimited: .zero
        }
    }
}

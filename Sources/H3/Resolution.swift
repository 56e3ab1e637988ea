/// How fine a grid is, 0 … 15.
package struct Resolution: Hashable, Sendable, Comparable {
    package let rawValue: Int

    package init?(_ value: Int) {
        guard (0...15).contains(value) else { return nil }
        rawValue = value
    }

    init(known value: Int) { rawValue = value }

    /// A city's cells: 36 km² on average, 14,117,882 on earth.
    package static let city = Resolution(known: 6)
    /// A neighbourhood's cells: 0.74 km² on average, 691,776,122 on earth.
    package static let neighbourhood = Resolution(known: 8)

    /// How many cells cover the earth: `2 + 120 · 7^resolution`.
    package var cellCount: Int { (0..<rawValue).reduce(120) { count, _ in count * 7 } + 2 }

    package static func < (left: Resolution, right: Resolution) -> Bool { left.rawValue < right.rawValue }
}

/// Bounds of packed messages beside those that JSON has too.
enum PackedLimits {
    /// The largest number a member of a group may have.
    static let largestMember: Int64 = 65_535
    /// The longest difference of time, in whatever unit; more than all years that can be written, and small enough for sums of 64 bits.
    static let longestElapsed: Int64 = 1 << 49
}

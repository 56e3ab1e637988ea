/// What a session calls the fixes it hands to the journal: the request's `id` and how many they are, in one word, so that
/// an acknowledgement needs no table.
struct AckToken: Hashable, Sendable {
    let rawValue: UInt64

    /// - Parameters:
    ///   - re: 0 … 2^53 - 1, as the protocol has it.
    ///   - count: 1 … 1023.
    init(re: Int64?, count: Int) {
        rawValue = UInt64(count & 1023) | (re.map { UInt64(bitPattern: $0) << 11 | 1 << 10 } ?? 0)
    }

    init(rawValue: UInt64) { self.rawValue = rawValue }

    var re: Int64? { rawValue & 1 << 10 == 0 ? nil : Int64(bitPattern: rawValue >> 11) }
    var count: Int { Int(rawValue & 1023) }
}

/// Keeps the greatest value of each key until it is written; reads no clock and touches no database.
///
/// The write-behind of values of which only the newest matters: nobody waits for them, one more replaces the last, and
/// what could not be written is kept unless something newer came meanwhile.
package struct LatestBuffer<Key: Hashable & Comparable, Value: Comparable>: ~Copyable {
    private let capacity: Int
    private var values: [Key: Value] = [:]

    /// - Parameter capacity: Keys held; those that come past it are not taken.
    package init(capacity: Int) { self.capacity = capacity }

    package var isEmpty: Bool { values.isEmpty }
    package var count: Int { values.count }

    /// Returns whether the key is held now.
    @discardableResult
    package mutating func note(_ value: Value, for key: Key) -> Bool {
        if let held = values[key] {
            if held < value { values[key] = value }
            return true
        }
        guard values.count < capacity else { return false }
        values[key] = value
        return true
    }

    /// Gives up everything, in the order of the keys: writers that lock rows in one order cannot deadlock.
    package mutating func takeAll() -> [(key: Key, value: Value)] {
        defer { values.removeAll(keepingCapacity: true) }
        return values.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    }
}

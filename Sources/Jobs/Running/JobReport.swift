/// What a run has done, in numbers: there is no way to put a position or a name into it.
package struct JobReport: Sendable, ExpressibleByDictionaryLiteral {
    /// In the order in which they were given.
    package private(set) var counts: [(name: StaticString, count: Int)] = []

    package init(dictionaryLiteral elements: (StaticString, Int)...) {
        counts = elements.map { (name: $0.0, count: $0.1) }
    }

    package mutating func append(_ name: StaticString, _ count: Int) { counts.append((name, count)) }
}

extension JobReport: CustomStringConvertible {
    /// `rows 20000, partitions 1`; empty if it counted nothing.
    package var description: String { counts.map { "\($0.name) \($0.count)" }.joined(separator: ", ") }
}

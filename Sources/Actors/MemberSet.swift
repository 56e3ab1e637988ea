/// Which slots of a group something is true of. The first 64 slots, more than a group has, need no memory of their own.
struct MemberSet: Equatable {
    private var first: UInt64 = 0
    /// Slots 64 and up; never ends in a zero, so that equal sets are equal values.
    private var rest: [UInt64] = []

    var isEmpty: Bool { first == 0 && rest.isEmpty }

    var count: Int { rest.reduce(first.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }

    func contains(_ slot: Int) -> Bool {
        if slot < 64 { return first & (1 << UInt64(slot)) != 0 }
        let word = slot / 64 - 1
        return word < rest.count && rest[word] & (1 << UInt64(slot % 64)) != 0
    }

    mutating func insert(_ slot: Int) {
        if slot < 64 {
            first |= 1 << UInt64(slot)
            return
        }
        let word = slot / 64 - 1
        while rest.count <= word { rest.append(0) }
        rest[word] |= 1 << UInt64(slot % 64)
    }

    mutating func remove(_ slot: Int) {
        if slot < 64 {
            first &= ~(1 << UInt64(slot))
            return
        }
        let word = slot / 64 - 1
        guard word < rest.count else { return }
        rest[word] &= ~(1 << UInt64(slot % 64))
        while rest.last == 0 { rest.removeLast() }
    }

    mutating func formUnion(_ other: MemberSet) {
        first |= other.first
        guard !other.rest.isEmpty else { return }
        while rest.count < other.rest.count { rest.append(0) }
        for word in other.rest.indices { rest[word] |= other.rest[word] }
    }

    mutating func removeAll() {
        first = 0
        rest = []
    }

    /// The lowest slot, taken out.
    mutating func popFirst() -> Int? {
        if first != 0 {
            let slot = first.trailingZeroBitCount
            first &= first - 1
            return slot
        }
        for word in rest.indices where rest[word] != 0 {
            let slot = (word + 1) * 64 + rest[word].trailingZeroBitCount
            remove(slot)
            return slot
        }
        return nil
    }
}

/// The slots in rising order.
extension MemberSet: Sequence {
    struct Iterator: IteratorProtocol {
        fileprivate var remaining: MemberSet

        mutating func next() -> Int? { remaining.popFirst() }
    }

    func makeIterator() -> Iterator { Iterator(remaining: self) }
}

/// An object being read: made by ``JSONReader/beginObject()``, handed to each ``JSONReader/nextMember(_:)`` until that
/// returns nothing. It remembers the names, so that a repeated one is found in any object, known members or not.
package struct JSONObjectScope: ~Copyable {
    /// How many names are compared one by one before they move to a set; keeps usual objects free of allocation.
    static let inlineCapacity = 16

    var isFirst = true
    var count = 0
    /// A bit for each name, by its fingerprint: one whose bit is not set is new, and is compared with none.
    var seen: UInt64 = 0
    /// The first bytes and the length of each name: decides nearly every comparison.
    var fingerprints: [16 of UInt64] = .init(repeating: 0)
    /// Where each name stands.
    var starts: [16 of Int] = .init(repeating: 0)
    /// Every name, unescaped, once there are more than ``inlineCapacity``. Hashed with a per-process seed, so that no
    /// choice of names makes it slow.
    var overflow: Set<[UInt8]>?

    init() {}
}

extension JSONReader {
    /// Notes a name; false if the object has it already. Mutating only so that the reader is not copied for the call.
    @inline(__always)
    mutating func note(_ name: JSONText, in object: inout JSONObjectScope) -> Bool {
        let fingerprint = fingerprint(of: name)
        guard object.count < JSONObjectScope.inlineCapacity else { return noteOverflow(name, in: &object) }
        let bit: UInt64 = 1 << ((fingerprint &* 0x9E37_79B9_7F4A_7C15) >> 58)
        if object.seen & bit != 0 {
            for index in 0..<object.count where object.fingerprints[index] == fingerprint {
                if areEqual(nameText(at: object.starts[index]), name) { return false }
            }
        }
        object.seen |= bit
        object.fingerprints[object.count] = fingerprint
        object.starts[object.count] = name.start
        object.count += 1
        return true
    }

    @inline(never)
    private mutating func noteOverflow(_ name: JSONText, in object: inout JSONObjectScope) -> Bool {
        if object.overflow == nil {
            var names: Set<[UInt8]> = []
            for index in 0..<object.count { names.insert(unescapedBytes(of: nameText(at: object.starts[index]))) }
            object.overflow = names
        }
        return object.overflow?.insert(unescapedBytes(of: name)).inserted ?? false
    }

    /// The name, already checked, that begins there.
    private func nameText(at start: Int) -> JSONText {
        var end = start
        var hasEscapes = false
        while end < count, byte(at: end) != UInt8(ascii: "\"") {
            if byte(at: end) == UInt8(ascii: "\\") {
                hasEscapes = true
                end += 1
            }
            end += 1
        }
        return JSONText(start: start, count: min(end, count) - start, hasEscapes: hasEscapes)
    }
}

/// An array being read: made by ``JSONReader/beginArray()``, handed to each ``JSONReader/nextElement(_:)``.
package struct JSONArrayScope: ~Copyable {
    var isFirst = true

    init() {}
}

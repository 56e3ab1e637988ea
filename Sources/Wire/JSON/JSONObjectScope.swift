/// An object being read: made by ``JSONReader/beginObject()``, handed to each ``JSONReader/nextMember(_:)`` until that
/// returns nothing. It remembers the names, so that a repeated one is found in any object, known members or not.
package struct JSONObjectScope: ~Copyable {
    /// How many names are compared one by one before they move to a set; keeps usual objects free of allocation.
    private static let inlineCapacity = 16

    var isFirst = true
    private var count = 0
    /// The first bytes and the length of each name: decides nearly every comparison.
    private var fingerprints: [16 of UInt64] = .init(repeating: 0)
    private var texts: [16 of JSONText] = .init(repeating: JSONText(start: 0, count: 0, hasEscapes: false))
    /// Every name, unescaped, once there are more than ``inlineCapacity``. Hashed with a per-process seed, so that no
    /// choice of names makes it slow.
    private var overflow: Set<[UInt8]> = []

    init() {}

    /// Notes a name; false if the object has it already.
    mutating func insert(_ text: JSONText, of reader: borrowing JSONReader) -> Bool {
        guard overflow.isEmpty else { return overflow.insert(reader.unescapedBytes(of: text)).inserted }
        let fingerprint = reader.fingerprint(of: text)
        for index in 0..<count
        where fingerprints[index] == fingerprint && reader.areEqual(texts[index], text) {
            return false
        }
        guard count < JSONObjectScope.inlineCapacity else {
            for index in 0..<count { overflow.insert(reader.unescapedBytes(of: texts[index])) }
            overflow.insert(reader.unescapedBytes(of: text))
            return true
        }
        fingerprints[count] = fingerprint
        texts[count] = text
        count += 1
        return true
    }
}

/// An array being read: made by ``JSONReader/beginArray()``, handed to each ``JSONReader/nextElement(_:)``.
package struct JSONArrayScope: ~Copyable {
    var isFirst = true

    init() {}
}

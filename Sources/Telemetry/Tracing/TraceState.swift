/// The list that vendors' systems add to a trace (W3C Trace Context, section 3.3), which the hub passes on as it came.
package enum TraceState {
    package static let mostMembers = 32
    /// Bytes; the section asks that 512 are passed on.
    package static let longest = 512

    /// The members of all fields as one value, white space and empty members left out; nothing if it is not sound or too
    /// long.
    package static func joined(_ values: [String]) -> String? {
        var members: [[UInt8]] = []
        var keys: Set<[UInt8]> = []
        var length = 0
        for value in values {
            for part in value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true) {
                let member = trimmed(Array(part))
                guard !member.isEmpty else { continue }
                guard let key = key(of: member), keys.insert(key).inserted else { return nil }
                members.append(member)
                length += member.count + 1
                guard members.count <= mostMembers, length <= longest + 1 else { return nil }
            }
        }
        return String(decoding: Array(members.joined(separator: [UInt8(ascii: ",")])), as: UTF8.self)
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        return Array(bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    /// The key of a sound member (section 3.3.1.3).
    private static func key(of member: [UInt8]) -> [UInt8]? {
        guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let (key, value) = (member[..<equals], member[(equals + 1)...])
        guard isKey(key), (1...256).contains(value.count),
            value.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") })
        else { return nil }
        return Array(key)
    }

    private static func isKey(_ key: ArraySlice<UInt8>) -> Bool {
        guard let at = key.firstIndex(of: UInt8(ascii: "@")) else {
            return isName(key, longest: 256, mayBeginWithDigit: false)
        }
        return isName(key[..<at], longest: 241, mayBeginWithDigit: true)
            && isName(key[(at + 1)...], longest: 14, mayBeginWithDigit: false)
    }

    private static func isName(_ name: ArraySlice<UInt8>, longest: Int, mayBeginWithDigit: Bool) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard let first = name.first, name.count <= longest, isLetter(first) || (mayBeginWithDigit && isDigit(first))
        else { return false }
        return name.allSatisfy { isLetter($0) || isDigit($0) || "_-*/".utf8.contains($0) }
    }
}

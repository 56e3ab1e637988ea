/// The media types a client takes, as its `Accept` fields say (RFC 9110, section 12.5.1).
///
/// What is not sound is passed over, as if it had not been sent: a preference is no reason to refuse anybody.
package struct AcceptedTypes: Sendable {
    private struct Range {
        /// In lower case; `*` for any.
        var type: String
        var subtype: String
        var parameters: [String: String]
        /// In thousandths.
        var quality: Int
    }

    /// Nothing where nothing was sent, which accepts all.
    private let ranges: [Range]?

    /// - Parameter values: Of every `Accept` field, in their order.
    package init(_ values: [String]) {
        let ranges = values.flatMap { AcceptedTypes.split($0, at: UInt8(ascii: ",")).compactMap(AcceptedTypes.range) }
        self.ranges = values.isEmpty ? nil : ranges
    }

    /// How much a type is wanted, in thousandths; 0 if it is not. The most specific of the ranges it falls into decides.
    ///
    /// - Parameters:
    ///   - name: Such as `text/plain`, in lower case.
    ///   - parameters: With names and values in lower case. A range that asks for others is for another type.
    package func quality(of name: String, parameters: [String: String] = [:]) -> Int {
        guard let ranges else { return 1000 }
        let parts = name.split(separator: "/").map(String.init)
        var best = (specificity: -1, quality: 0)
        for range in ranges {
            guard range.type == "*" || range.type == parts[0], range.subtype == "*" || range.subtype == parts[1],
                range.parameters.allSatisfy({ parameters[$0.key] == $0.value })
            else { continue }
            let named = range.type == "*" ? 0 : range.subtype == "*" ? 1 : 2
            let specificity = named * 100 + range.parameters.count
            if specificity > best.specificity { best = (specificity, range.quality) }
        }
        return best.quality
    }

    private static func range(_ text: [UInt8]) -> Range? {
        let parts = split(text, at: UInt8(ascii: ";"))
        let names = split(parts[0], at: UInt8(ascii: "/")).map(token)
        guard names.count == 2, let type = names[0], let subtype = names[1], type != "*" || subtype == "*" else {
            return nil
        }
        var range = Range(type: type, subtype: subtype, parameters: [:], quality: 1000)
        for part in parts.dropFirst() where !trimmed(part).isEmpty {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")), let name = token(Array(part[..<equals])) else {
                return nil
            }
            let value = unquoted(trimmed(Array(part[(equals + 1)...])))
            guard let value else { return nil }
            if name == "q" {
                guard let quality = quality(value) else { return nil }
                range.quality = quality
                // What follows are parameters of the weight, which the RFC no longer knows.
                break
            }
            range.parameters[name] = value.lowercased()
        }
        return range
    }

    /// `0`, `1`, and up to three digits behind a point (section 12.4.2).
    private static func quality(_ text: String) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0] == "0" || parts[0] == "1" else { return nil }
        let digits = parts.count == 2 ? String(parts[1]) : ""
        guard digits.utf8.count <= 3, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let thousandths = Int(digits + String(repeating: "0", count: 3 - digits.utf8.count))
        else { return nil }
        return parts[0] == "0" ? thousandths : thousandths == 0 ? 1000 : nil
    }

    /// Splits where `separator` stands outside quotation marks.
    private static func split(_ text: some Sequence<UInt8>, at separator: UInt8) -> [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        var isQuoted = false
        var isEscaped = false
        for byte in text {
            if byte == separator, !isQuoted {
                parts.append([])
                continue
            }
            parts[parts.count - 1].append(byte)
            if isEscaped {
                isEscaped = false
            } else if isQuoted, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            }
        }
        return parts
    }

    private static func split(_ text: String, at separator: UInt8) -> [[UInt8]] { split(text.utf8, at: separator) }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        return Array(bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    /// A token in lower case (RFC 9110, section 5.6.2); nothing if it is none.
    private static func token(_ bytes: [UInt8]) -> String? {
        let name = trimmed(bytes)
        guard !name.isEmpty,
            name.allSatisfy({ byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            })
        else { return nil }
        return String(decoding: name, as: UTF8.self).lowercased()
    }

    private static func unquoted(_ bytes: [UInt8]) -> String? {
        guard bytes.first == UInt8(ascii: "\"") else {
            return token(bytes).map { _ in String(decoding: bytes, as: UTF8.self) }
        }
        guard bytes.count >= 2, bytes.last == UInt8(ascii: "\"") else { return nil }
        var text: [UInt8] = []
        var isEscaped = false
        for byte in bytes[1..<(bytes.count - 1)] {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
                continue
            }
            guard isEscaped || byte != UInt8(ascii: "\"") else { return nil }
            isEscaped = false
            text.append(byte)
        }
        return isEscaped ? nil : String(decoding: text, as: UTF8.self)
    }
}

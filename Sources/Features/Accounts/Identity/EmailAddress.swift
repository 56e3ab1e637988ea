internal import Model

/// An e-mail address as it was typed, and what it has in common with other ways of typing it.
///
/// Pragmatic rather than RFC 5321 to the letter: one `@`; before it 1 to 64 bytes of what stands there without quotes,
/// letters of any script included (RFC 6531); after it a name of labels with at least one dot. No comment, no quoted
/// part, no address literal: nobody has such an address who wants mail of a hub.
struct EmailAddress: Hashable, Sendable {
    /// As typed, without white space around it, 3 to 254 bytes; mail goes there.
    let text: String
    /// The same for every way of typing it: in lower case and Unicode's form KC, so that a full-width letter, a capital or
    /// an accent typed apart make no second account. The part before the `@` too, although a server may tell case apart:
    /// none does that people use.
    let key: String

    /// Bytes (RFC 5321, section 4.5.3.1.3).
    static let longest = 254

    /// The domain of what an account has whose address gave way to its owner (docs/adr/0036); nobody's (RFC 2606).
    static let releasedDomain = "unverified.invalid"

    /// Whether the hub gives such addresses itself, so that nobody may choose one.
    var isReserved: Bool { key.hasSuffix("@" + EmailAddress.releasedDomain) }

    /// Nothing for what is no address.
    init?(_ typed: String) {
        let text = typed.trimmed
        guard (3...EmailAddress.longest).contains(text.utf8.count), let key = EmailAddress.folded(text) else {
            return nil
        }
        let parts = key.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, EmailAddress.isLocalPart(parts[0]), EmailAddress.isDomain(parts[1]) else { return nil }
        self.text = text
        self.key = key
    }

    /// Nothing if a character looks like another, or like none: those that form KC would change, other than full-width ones
    /// and the few that lower case keeps apart.
    private static func folded(_ text: String) -> String? {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            // The full-width forms of ASCII.
            let wide = (0xFF01...0xFF5E).contains(scalar.value)
            let scalar = wide ? Unicode.Scalar(UInt8(scalar.value - 0xFEE0)) : scalar
            for lower in scalar.properties.lowercaseMapping.unicodeScalars {
                switch lower.value {
                case 0xDF: scalars.append(contentsOf: "ss".unicodeScalars)
                case 0x3C2: scalars.append("\u{3C3}")
                default:
                    guard !lower.isInvisibleControl else { return nil }
                    scalars.append(lower)
                }
            }
        }
        let composed = String(scalars).composed
        guard composed.unicodeScalars.allSatisfy({ !$0.properties.changesWhenNFKCCaseFolded }) else { return nil }
        return composed
    }

    private static func isLocalPart(_ part: Substring) -> Bool {
        guard (1...64).contains(part.utf8.count), part.first != ".", part.last != ".", !part.contains("..") else {
            return false
        }
        return part.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                ? isLetterOrDigit(scalar) || ".!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
                : !scalar.properties.isWhitespace
        }
    }

    private static func isDomain(_ part: Substring) -> Bool {
        let labels = part.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last else { return false }
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.unicodeScalars.allSatisfy {
                    $0 == "-" || ($0.isASCII ? isLetterOrDigit($0) : $0.properties.isIDContinue)
                }
        }
        // An address of numbers is no name.
        return areLabels && !last.utf8.allSatisfy { (48...57).contains($0) }
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }
}

extension String {
    /// Without Unicode's white space at both ends.
    var trimmed: String {
        var scalars = unicodeScalars[...]
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }
}

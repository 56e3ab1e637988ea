internal import Crypto

/// Writes the fields of a message's header (RFC 5322, section 2.2), folded, with words beyond ASCII encoded (RFC 2047).
///
/// Whatever a value holds, it ends no line: control characters become spaces before anything else is done.
struct MailHeader {
    private(set) var bytes: [UInt8] = []
    /// Where a line is folded, in bytes. RFC 5322 asks for 78 at most, an encoded word allows 76.
    private static let longestLine = 76

    /// A field of words that may be anything people write.
    mutating func append(_ name: StaticString, text: String) {
        append(name, words: MailHeader.words(of: text))
    }

    /// A field of one mailbox.
    mutating func append(_ name: StaticString, _ mailbox: Mailbox) {
        let address = "<\(mailbox.address.text)>"
        append(name, words: MailHeader.phrase(mailbox.name) + [address])
    }

    /// A field whose value is ours: ASCII, without white space that could not be a fold.
    mutating func append(_ name: StaticString, token: String) {
        append(name, words: token.split(separator: " ").map(String.init))
    }

    private mutating func append(_ name: StaticString, words: [String]) {
        var line = "\(name):"
        for word in words {
            // A word that is too long by itself stands on a line of its own.
            if line.utf8.count + 1 + word.utf8.count > MailHeader.longestLine, line != "\(name):" {
                bytes.append(contentsOf: "\(line)\r\n".utf8)
                line = ""
            }
            line += " " + word
        }
        bytes.append(contentsOf: "\(line)\r\n".utf8)
    }

    /// Ends the header.
    consuming func finish() -> [UInt8] { bytes + Array("\r\n".utf8) }

    // MARK: Words

    /// The name before an address: atoms, a quoted string or encoded words (RFC 5322, section 3.2.5).
    static func phrase(_ name: String) -> [String] {
        let clean = cleaned(name)
        guard !clean.isEmpty else { return [] }
        if clean.utf8.allSatisfy({ isAtom($0) || $0 == UInt8(ascii: " ") }), isFoldable(clean) {
            return clean.split(separator: " ").map(String.init)
        }
        let escaped = clean.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        guard clean.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), escaped.utf8.count <= 58, !looksEncoded(clean)
        else { return encodedWords(clean) }
        return ["\"\(escaped)\""]
    }

    /// Words of free text: as they are, or all of it encoded.
    static func words(of text: String) -> [String] {
        let clean = cleaned(text)
        guard clean.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), isFoldable(clean), !looksEncoded(clean) else {
            return encodedWords(clean)
        }
        return clean.split(separator: " ").map(String.init)
    }

    /// Encoded words, cut between scalars, so short that the first one has room behind the field's name.
    private static func encodedWords(_ text: String) -> [String] {
        // 36 bytes are 48 of Base64, and 12 more for the frame.
        var words: [String] = []
        var chunk: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunk.count + bytes.count > 36 {
                words.append("=?UTF-8?B?\(Base64.standard.encode(chunk))?=")
                chunk = []
            }
            chunk += bytes
        }
        words.append("=?UTF-8?B?\(Base64.standard.encode(chunk))?=")
        return words
    }

    /// One line without control characters, and without white space at its ends.
    private static func cleaned(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isEnd = scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
            scalars.append(isEnd ? " " : scalar)
        }
        return String(scalars).split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }

    /// Whether no word is longer than a line.
    private static func isFoldable(_ text: String) -> Bool {
        text.split(separator: " ").allSatisfy { $0.utf8.count <= 60 }
    }

    /// What a reader would take for an encoded word, and decode.
    private static func looksEncoded(_ text: String) -> Bool { text.contains("=?") }

    private static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte) && byte != UInt8(ascii: "=")
        }
    }
}

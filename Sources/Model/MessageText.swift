/// The text of a message as it is kept: what its sender wrote, without what readers could not see or would be misled by.
///
/// Made from a raw text as follows; a text that is kept already comes out as it is.
/// - Line ends (CR LF, CR) become LF. Other control characters (U+0000 to U+001F but tab and LF, U+007F to U+009F) are left
///   out: none can be read, and some change what a terminal shows.
/// - Bidirectional embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069) stay, because right-to-left texts
///   need them, but end with the text: what was opened is closed in order, and a closing one that closes nothing is left out
///   (Unicode Standard Annex 9). So no message turns round what stands behind it.
/// - White space at both ends is left out.
/// - It is not normalized: what was sent is what is received. A search folds both sides.
package struct MessageText: Hashable, Sendable {
    /// In Unicode scalars, counted as above.
    package static let lengths = 1...4000

    package let rawValue: String

    /// - Throws: ``MessageTextError``; nothing of the text is repeated.
    package init(_ raw: String) throws(MessageTextError) {
        guard let plain = MessageText.plain(raw) else {
            var cleaned = MessageText.cleaned(raw)
            guard cleaned.contains(where: MessageText.isVisible) else { throw .empty }
            guard cleaned.count <= MessageText.lengths.upperBound else { throw .tooLong }
            cleaned.append(contentsOf: MessageText.closing(cleaned))
            guard cleaned.count <= MessageText.lengths.upperBound else { throw .tooLong }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: cleaned)
            rawValue = String(text)
            return
        }
        guard !plain.isEmpty else { throw .empty }
        guard plain.utf8.count <= MessageText.lengths.upperBound else { throw .tooLong }
        rawValue = plain
    }

    /// The trimmed text, if it is ASCII without any control character but tabs and line feeds: most are.
    private static func plain(_ raw: String) -> String? {
        let utf8 = raw.utf8
        for byte in utf8 where byte >= 0x7F || byte < 0x20 && byte != 0x09 && byte != 0x0A { return nil }
        guard let first = utf8.firstIndex(where: { $0 > 0x20 }), let last = utf8.lastIndex(where: { $0 > 0x20 }) else {
            return ""
        }
        if first == utf8.startIndex, utf8.index(after: last) == utf8.endIndex { return raw }
        return String(raw[first...last])
    }

    /// Without control characters, surplus closing characters and white space at the ends.
    private static func cleaned(_ raw: String) -> [Unicode.Scalar] {
        var kept: [Unicode.Scalar] = []
        var nesting = BidirectionalNesting()
        var followsReturn = false
        for scalar in raw.unicodeScalars {
            defer { followsReturn = scalar == "\r" }
            switch scalar.value {
            case 0x0A: if !followsReturn { kept.append(scalar) }
            case 0x0D: kept.append("\n")
            case 0x00...0x08, 0x0B...0x1F, 0x7F...0x9F: break
            default: if nesting.take(scalar) { kept.append(scalar) }
            }
        }
        guard let first = kept.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = kept.lastIndex(where: { !$0.properties.isWhitespace })
        else { return [] }
        return Array(kept[first...last])
    }

    /// What closes everything that is still open at the end.
    private static func closing(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var nesting = BidirectionalNesting()
        for scalar in scalars { _ = nesting.take(scalar) }
        return nesting.closing
    }

    /// Whether a reader sees anything of it.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        if properties.isWhitespace || properties.isDefaultIgnorableCodePoint { return false }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate: return false
        // The empty braille pattern is a letter to Unicode and blank to the eye.
        default: return scalar != "\u{2800}"
        }
    }
}

/// Why a text cannot be a message's.
package enum MessageTextError: Error, Hashable, Sendable {
    /// There is nothing in it to see.
    case empty
    /// More than ``MessageText/lengths`` allow.
    case tooLong
}

extension MessageTextError: CustomStringConvertible {
    /// The end of a sentence that begins with the member's name.
    package var description: String {
        switch self {
        case .empty: "must hold something other than white space and control characters"
        case .tooLong: "must be at most \(MessageText.lengths.upperBound) characters"
        }
    }
}

@_spi(_Unicode) internal import Swift

extension String {
    /// The text in Unicode's normal form C, in which two ways of writing one text (`é`, and `e` with an accent after it) are
    /// the same scalars. The standard library compares strings by it and shows it by this name alone.
    package var composed: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return self }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: _nfc)
        return String(scalars)
    }
}

extension Unicode.Scalar {
    /// Whether it shows nothing of its own and reorders or controls what stands around it: control characters, the
    /// formatting of bidirectional text, invisible joiners, separators of lines, and what is no character at all.
    package var isInvisibleControl: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: properties.isDefaultIgnorableCodePoint
        }
    }
}

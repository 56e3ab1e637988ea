/// An e-mail address as it goes into an envelope and a header: `local@domain`, no name, no comment, no route.
package struct MailAddress: Hashable, Sendable {
    /// Without angle brackets. Of 254 bytes at most (RFC 5321, section 4.5.3.1, less the brackets).
    package let text: String

    /// Nothing for what could end a header line, leave the brackets or name a second recipient: control characters, white
    /// space, quotes, brackets, separators. Characters beyond ASCII are taken (RFC 6531); the server must be able to.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count), (1...189).contains(parts[1].utf8.count),
            parts.allSatisfy({ $0.unicodeScalars.allSatisfy(MailAddress.isHarmless) }),
            !parts[0].hasPrefix("."), !parts[0].hasSuffix("."), !parts[0].contains(".."),
            !parts[1].hasPrefix("."), !parts[1].contains(".."), !parts[1].hasPrefix("-")
        else { return nil }
        self.text = String(text)
    }

    /// What stands behind the `@`.
    package var domain: Substring { text.split(separator: "@").last ?? "" }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "<", ">", "(", ")", "[", "]", ",", ";", ":", "\\", "\"", "@", "\u{7F}": false
        case "\u{00}"..."\u{20}": false
        default:
            !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
                && scalar.properties.generalCategory != .format
        }
    }
}

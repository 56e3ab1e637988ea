internal import Model

/// A password in the form in which it is hashed; shows itself to nobody.
///
/// The form is RFC 8265's OpaqueString: every kind of space is U+0020, accents are composed, so that what one keyboard
/// sends as two scalars and another as one is the same password. Unlike there, the selectors that choose between text and
/// emoji are left out, because keyboards differ in whether they send them.
package struct Password: Sendable, CustomStringConvertible, CustomReflectable {
    /// UTF-8, 1 to 1,536 bytes.
    let bytes: [UInt8]

    /// Scalars that a new password has at least (NIST SP 800-63B, section 5.1.1.2).
    package static let shortest = 8
    /// Scalars that a password has at most.
    package static let longest = 128
    /// Bytes of what is sent; more is refused before anything is done with it.
    package static let longestInBytes = 1_024

    /// What somebody signs in with; nothing if no account can have such a password.
    package init?(typed text: String) {
        do throws(PasswordFault) {
            self = try Password.prepared(text)
        } catch {
            return nil
        }
    }

    /// What somebody wants as their password from now on.
    ///
    /// - Parameter identities: The account's e-mail address and names, none of which may be the password.
    /// - Throws: ``PasswordFault``.
    package init(chosen text: String, identities: [String] = []) throws(PasswordFault) {
        let password = try Password.prepared(text)
        let prepared = String(decoding: password.bytes, as: UTF8.self)
        guard prepared.unicodeScalars.count >= Password.shortest else { throw .tooShort }
        guard !CommonPasswords.contains(prepared) else { throw .common }
        guard !identities.contains(where: { CommonPasswords.isIdentity(prepared, of: $0) }) else { throw .identity }
        self = password
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private static func prepared(_ text: String) throws(PasswordFault) -> Password {
        guard text.utf8.count <= longestInBytes else { throw .tooLong }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xFE0E, 0xFE0F: continue
            case 0x200C, 0x200D: scalars.append(scalar)  // joiners, which scripts and emoji need
            default:
                if scalar.properties.generalCategory == .spaceSeparator {
                    scalars.append(" ")
                } else if scalar.isInvisibleControl {
                    throw .character
                } else {
                    scalars.append(scalar)
                }
            }
        }
        let composed = String(scalars).composed
        guard !composed.isEmpty else { throw .tooShort }
        guard composed.unicodeScalars.count <= longest else { throw .tooLong }
        return Password(bytes: Array(composed.utf8))
    }

    package var description: String { "(password)" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text cannot be a password.
package enum PasswordFault: Error, Hashable, Sendable {
    case tooShort
    case tooLong
    /// A control character, an invisible one, or none that Unicode knows.
    case character
    /// One that is guessed first.
    case common
    /// The account's own name or address.
    case identity

    /// A sentence for the person, for `details` of a problem.
    package var message: String {
        switch self {
        case .tooShort: "Password must have at least \(Password.shortest) characters"
        case .tooLong:
            "Password must have at most \(Password.longest) characters and \(Password.longestInBytes) bytes"
        case .character: "Password must not contain control or invisible characters"
        case .common: "Password is too easy to guess"
        case .identity: "Password must not be your name or e-mail address"
        }
    }
}

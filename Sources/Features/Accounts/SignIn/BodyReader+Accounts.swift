internal import Crypto
internal import FeatureKit
internal import Passwords

extension BodyReader {
    /// Who somebody says they are: an e-mail address or a name, one of the two. What can be neither is nobody's, and is
    /// found out as late as what could.
    mutating func login() -> Login? {
        switch (text("email"), text("username")) {
        case (let email?, nil): return .email(key: EmailAddress(email)?.key ?? BodyReader.nobody(email))
        case (nil, let name?): return .username(key: Username(name)?.key ?? BodyReader.nobody(name))
        case (nil, nil): complain("email", "or username is required")
        case (.some, .some): complain("username", "must not come with email")
        }
        return nil
    }

    /// A key that no account has.
    private static func nobody(_ text: String) -> String {
        "\u{1}" + Hexadecimal.encode(SHA256.hash(Array(text.utf8)))
    }

    mutating func emailAddress(_ name: String) -> EmailAddress? {
        guard let typed = text(name, required: true) else { return nil }
        guard let address = EmailAddress(typed) else {
            complain(name, "must be an e-mail address of at most \(EmailAddress.longest) bytes")
            return nil
        }
        return address
    }

    mutating func username(_ name: String, required: Bool) -> Username? {
        guard let typed = text(name, required: required) else { return nil }
        guard let username = Username(typed) else {
            complain(name, Username.rule)
            return nil
        }
        return username
    }

    mutating func displayName(_ name: String) -> DisplayName? {
        guard let typed = text(name) else { return nil }
        guard let displayName = DisplayName(typed) else {
            complain(name, DisplayName.rule)
            return nil
        }
        return displayName
    }

    /// Of an invitation into a group, however it is written.
    mutating func invitationCode() -> InvitationCode? {
        guard let typed = text("invitationCode") else { return nil }
        guard let code = InvitationCode(typed) else {
            complain("invitationCode", "must be an invitation's code")
            return nil
        }
        return code
    }

    mutating func signInDevice() -> SignInDevice? {
        object("device") { body in
            SignInDevice(
                name: body.line("deviceName", 1...100), platform: body.line("platform", 1...50),
                appVersion: body.line("appVersion", 1...50), pushToken: body.pushToken())
        }
    }

    /// Where notifications go: ASCII without spaces, as every service makes them.
    mutating func pushToken() -> String? {
        guard let token = line("pushToken", 1...4096) else { return nil }
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            complain("pushToken", "must be ASCII without spaces")
            return nil
        }
        return token
    }
}

extension BodyReader {
    /// A password that somebody chooses, by the rules.
    ///
    /// - Parameter identities: The account's address and names, none of which may be it.
    mutating func newPassword(_ name: String, of identities: [String?]) -> Password? {
        guard let text = text(name, required: true) else { return nil }
        do throws(PasswordFault) {
            return try Password(chosen: text, identities: identities.compactMap(\.self))
        } catch {
            complain(name, sentence: error.message)
            return nil
        }
    }
}

internal import Mail
internal import Model
internal import Persistence

/// Whom a mail is to, as it is known when it is sent.
struct MailRecipient: Sendable {
    let email: String
    let displayName: String
    /// Whether the address is known to be theirs. To any other goes nothing that somebody has chosen: who registers with
    /// another's address must not send them a text of their own.
    let isVerified: Bool

    /// Nothing for an address that no mail can go to.
    var mailbox: Mailbox? {
        MailAddress(email).map { Mailbox(name: isVerified ? displayName : "", address: $0) }
    }

    var greeting: String { isVerified ? "Hello \(displayName)," : "Hello," }

    /// Nothing for an account that has no address any more (docs/adr/0036).
    init?(row: PostgresRow) {
        guard let email = row.text(0), let displayName = row.text(1), let isVerified = row.bool(2) else { return nil }
        // An address that gave way to who proved it; nobody has this one.
        guard !email.hasSuffix("@unverified.invalid") else { return nil }
        self.email = email
        self.displayName = displayName
        self.isVerified = isVerified
    }
}

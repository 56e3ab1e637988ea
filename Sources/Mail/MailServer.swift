/// Which mail server takes the hub's mails, and how.
package struct MailServer: Sendable {
    /// `smtp://host:port` or `smtps://host:port`.
    package var url: String
    /// Who the mails are from.
    package var from: Mailbox
    /// Whether `smtp` must go on with TLS (STARTTLS). Default true.
    package var requiresTLS = true
    package var account: (name: String, password: String)?
    /// Certificates to trust instead of the system's.
    package var caFile: String?
    /// The longest one mail may take. Default 30 s.
    package var timeout = Duration.seconds(30)

    package init(url: String, from: Mailbox) {
        self.url = url
        self.from = from
    }
}

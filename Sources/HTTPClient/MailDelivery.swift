/// One mail to hand to a mail server (RFC 5321).
package struct MailDelivery: Sendable {
    /// `smtp://host:port`, which begins in the clear, or `smtps://host:port`, which begins with TLS.
    package var url: String
    /// The envelope's addresses, without angle brackets. Whoever gives them has checked that they are addresses.
    package var sender: String
    package var recipients: [String]
    /// Header and body (RFC 5322), lines ended by CRLF.
    package var message: [UInt8]
    /// Whether `smtp` must go on with TLS (STARTTLS) before anything else is said. Default true.
    package var requiresTLS = true
    /// Whom to sign in as; nobody if nothing.
    package var account: (name: String, password: String)?
    /// Certificates to trust instead of the system's.
    package var caFile: String?
    /// The longest it may take, connecting included. Default 30 s.
    package var timeout = Duration.seconds(30)
    /// The longest connecting may take. Default 10 s.
    package var connectTimeout = Duration.seconds(10)

    package init(url: String, sender: String, recipients: [String], message: [UInt8]) {
        self.url = url
        self.sender = sender
        self.recipients = recipients
        self.message = message
    }
}

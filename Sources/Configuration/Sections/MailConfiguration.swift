/// `[mail]`: which mail server takes the hub's mails.
package struct MailConfiguration: Equatable, Sendable {
    /// `smtp://host:port` or `smtps://host:port`; empty if the hub sends no mail.
    package var smtpURL = ""
    /// `Name <local@domain>` or an address alone.
    package var from = ""
    /// Whether `smtp` must go on with TLS.
    package var requiresTLS = true
    /// Both or neither.
    package var username = ""
    package var password: Secret?
    /// A PEM file with certificates to trust instead of the system's.
    package var caFile = ""
    package var timeout = Duration.seconds(30)
    /// A folder whose files stand in place of the built-in texts.
    package var templatesDirectory = ""

    package init() {}

    package var isOn: Bool { !smtpURL.isEmpty }
}

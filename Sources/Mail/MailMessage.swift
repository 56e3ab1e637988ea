package import Model

/// A mail as people read it, and its form on the wire (RFC 5322, RFC 2045).
package struct MailMessage: Hashable, Sendable {
    package var from: Mailbox
    package var to: Mailbox
    package var subject: String
    /// The same in plain text and, if there is one, as HTML.
    package var text: String
    package var html: String?
    /// The same for every attempt at one mail, so that whoever gets it twice can tell.
    package var id: UniqueID
    package var date: Timestamp

    package init(
        from: Mailbox, to: Mailbox, subject: String, text: String, html: String? = nil, id: UniqueID, date: Timestamp
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.id = id
        self.date = date
    }

    /// Header and body. Lines end with CRLF; none is longer than 78 bytes but for an address that is.
    package func encoded() -> [UInt8] {
        var header = MailHeader()
        header.append("Date", token: MailDate.format(date))
        header.append("From", from)
        header.append("To", to)
        header.append("Message-ID", token: "<\(id)@\(from.address.domain)>")
        header.append("Subject", text: subject)
        // No out-of-office reply to a machine (RFC 3834, section 5).
        header.append("Auto-Submitted", token: "auto-generated")
        header.append("MIME-Version", token: "1.0")
        guard let html else {
            MailMessage.describe("text/plain", in: &header)
            return header.finish() + QuotedPrintable.encode(text)
        }
        // No line of quoted-printable can hold `=_`.
        let boundary = "=_\(id)"
        header.append("Content-Type", token: "multipart/alternative; boundary=\"\(boundary)\"")
        var bytes = header.finish()
        for (type, content) in [("text/plain", text), ("text/html", html)] {
            bytes += Array("--\(boundary)\r\n".utf8)
            var part = MailHeader()
            MailMessage.describe(type, in: &part)
            bytes += part.finish() + QuotedPrintable.encode(content)
        }
        return bytes + Array("--\(boundary)--\r\n".utf8)
    }

    private static func describe(_ type: String, in header: inout MailHeader) {
        header.append("Content-Type", token: "\(type); charset=utf-8")
        header.append("Content-Transfer-Encoding", token: "quoted-printable")
    }
}

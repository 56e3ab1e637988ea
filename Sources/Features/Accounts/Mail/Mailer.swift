internal import HTTPClient
internal import Jobs
internal import Mail
internal import Model
internal import Persistence

/// Writes the hub's mails and hands them to the mail server. Callable from any thread.
struct Mailer: Sendable {
    let transport: MailTransport
    let texts: MailTexts
    let metrics: MailMetrics
    /// What links begin with.
    let publicURL: String

    /// Sends one mail.
    ///
    /// - Parameter values: What the purpose's places are filled with; `greeting`, `service` and `link` are known here.
    /// - Throws: ``Jobs/JobFailure`` for what can never be sent, else why it could not be sent now.
    func send(
        _ purpose: MailPurpose, to recipient: MailRecipient, _ values: [String: String], id: UniqueID, at now: Timestamp
    ) async throws {
        guard let mailbox = recipient.mailbox else {
            metrics.count(purpose, .refused)
            throw JobFailure.permanent("no mail can go to the address")
        }
        let sender = transport.server.from
        let own = [
            "greeting": recipient.greeting, "service": sender.name.isEmpty ? "Presence Hub" : sender.name,
            "link": publicURL,
        ]
        let (subject, text, html) = texts.filled(purpose, with: own.merging(values) { $1 })
        let message = MailMessage(
            from: sender, to: mailbox, subject: subject, text: text, html: html, id: id, date: now)
        do throws(MailDeliveryFailure) {
            try await transport.deliver(message)
            metrics.count(purpose, .sent)
        } catch {
            metrics.count(purpose, error.isPermanent ? .refused : .deferred)
            guard error.isPermanent else { throw error }
            throw JobFailure.permanent(error.description)
        }
    }
}

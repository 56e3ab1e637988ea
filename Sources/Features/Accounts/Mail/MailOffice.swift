internal import Jobs
internal import Mail
internal import Model
internal import Persistence
internal import Wire

/// Does the orders of mails: finds whom each is to, makes its token and sends it. Callable from any thread.
struct MailOffice: Sendable {
    /// Mails with a token that one account gets in an hour; further ones are asked for in vain, which nobody is told.
    static let mailsPerHour: Int32 = 5

    let database: Database
    let clock: any LiveClock
    let mailer: Mailer

    func handler() -> JobHandler { JobHandler(MailOrder.kind) { order, lease in try await fill(order, lease) } }

    private func fill(_ order: MailOrder, _ lease: JobLease) async throws {
        let now = clock.now
        guard order.askedAt.duration(to: now) <= order.purpose.patience else { return drop(order) }
        let token = MailToken.generate()
        let query: PostgresQuery
        if let life = order.purpose.tokenLife {
            query = MailStatements.issue.with(
                token.hash, order.user.rawValue, order.purpose.rawValue, order.id, now, now.advanced(by: life),
                now.advanced(by: .seconds(-3600)), MailOffice.mailsPerHour)
        } else {
            query = MailStatements.recipient.with(order.user.rawValue)
        }
        // Whoever has lost the job neither leaves a token behind nor sends a mail.
        let results = try await database.transaction([lease.proof, query])
        guard let recipient = results[1].rows.compactMap({ MailRecipient(row: $0) }).first else { return drop(order) }
        try await mailer.send(
            order.purpose, to: recipient, values(order, token), id: order.id, at: now)
    }

    private func values(_ order: MailOrder, _ token: MailToken) -> [String: String] {
        switch order.purpose {
        // Behind `#`, where no server and no Referer sees it.
        case .resetPassword:
            [
                "link": "\(mailer.publicURL)/reset-password#token=\(token.text)", "token": token.text,
                "validity": "one hour",
            ]
        case .verifyEmail:
            [
                "link": "\(mailer.publicURL)/verify-email#token=\(token.text)", "token": token.text,
                "validity": "one day",
            ]
        case .passwordChanged, .providerLinked, .providerUnlinked, .secondFactorRemoved:
            ["time": order.askedAt.rfc3339]
        case .notices: [:]
        }
    }

    private func drop(_ order: MailOrder) { mailer.metrics.count(order.purpose, .dropped) }
}

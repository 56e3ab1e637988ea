internal import Configuration
internal import FeatureKit
internal import Jobs
internal import Mail
internal import Model
internal import Persistence
internal import Telemetry

/// Mails about accounts, and notifications: what the area has for them.
struct AccountMail: Sendable {
    /// Nothing on a hub without a mail server.
    let office: MailOffice?
    let gathering: NoticeGathering
    let store: NotificationStore
    private let clock: any LiveClock
    private let notifications: Notifications

    init(_ services: Services, _ core: CoreServices) {
        let log = services.logger.component("mail")
        let metrics = MailMetrics(services.metrics)
        store = NotificationStore(database: core.database)
        clock = services.clock
        notifications = services.notifications
        var channels: [String: any NotificationChannel] = [LogChannel.name: LogChannel(log: log)]
        if let server = MailServer(services.configuration.mail) {
            let folder = services.configuration.mail.templatesDirectory
            let texts = MailTexts(read: { folder.isEmpty ? nil : TextFile.read("\(folder)/\($0)") }, log: log)
            let mailer = Mailer(
                transport: MailTransport(server), texts: texts, metrics: metrics,
                publicURL: services.configuration.server.publicURL)
            office = MailOffice(database: core.database, clock: services.clock, mailer: mailer)
            channels[EmailChannel.name] = EmailChannel(mailer: mailer, store: store)
        } else {
            office = nil
        }
        gathering = NoticeGathering(
            store: store, jobs: services.jobs ?? JobQueue(database: core.database), clock: services.clock,
            notifications: services.notifications, channels: channels, metrics: metrics)
    }

    /// Serves the port, and does the jobs.
    func register(in registry: Registry) {
        notifications.serve(with: gathering)
        for handler in gathering.handlers() { registry.add(handler) }
        if let office { registry.add(office.handler()) }
    }

    /// A mail that has an address confirmed, for the transaction that makes the account; nothing without a mail server.
    func verification(of user: UserID) -> QueuedJob? { job(.verifyEmail, to: user) }

    /// A mail that says what was done to the account; nothing without a mail server.
    func notice(_ purpose: MailPurpose, of user: UserID) -> QueuedJob? { job(purpose, to: user) }

    private func job(_ purpose: MailPurpose, to user: UserID) -> QueuedJob? {
        office == nil ? nil : MailOrder.job(purpose, to: user, at: clock.now)
    }
}

extension MailServer {
    /// Nothing if the hub is to send no mail.
    ///
    /// - Precondition: The settings have been checked: a sender is one.
    init?(_ mail: MailConfiguration) {
        guard mail.isOn else { return nil }
        guard let from = Mailbox(mail.from) else { preconditionFailure("mail.from was not checked") }
        self.init(url: mail.smtpURL, from: from)
        requiresTLS = mail.requiresTLS
        if let password = mail.password { account = (mail.username, password.revealed) }
        if !mail.caFile.isEmpty { caFile = mail.caFile }
        timeout = mail.timeout
    }
}

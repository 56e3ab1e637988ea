internal import Telemetry

/// What mails and notifications count; the labels' values are ours, and few.
struct MailMetrics: Sendable {
    enum Result: String {
        /// The mail server took it.
        case sent
        /// Not yet, and it is tried again.
        case deferred
        /// For good.
        case refused
        /// There is nobody to send it to, they had too many, or it is too late.
        case dropped
    }

    private let mails: MetricFamily<Counter>
    private let notifications: MetricFamily<Counter>

    init(_ registry: MetricsRegistry) {
        mails = registry.counters(
            "hub_mails_total", help: "Attempts at mails on this hub, by what for and by how they ended.",
            labels: ["purpose", "result"])
        notifications = registry.counters(
            "hub_notifications_total", help: "Gathered notices given to a channel on this hub.", labels: ["channel"])
    }

    func count(_ purpose: MailPurpose, _ result: Result) { mails.with(purpose.rawValue, result.rawValue).increment() }

    func countNotification(_ channel: String) { notifications.with(channel).increment() }
}

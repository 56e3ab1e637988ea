internal import Model
internal import Wire

/// `Date` of a mail (RFC 5322, section 3.3): `Wed, 25 Nov 2026 22:00:21 +0000`.
enum MailDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func format(_ moment: Timestamp) -> String {
        // 2026-11-25T22:00:21.000Z
        let text = moment.rfc3339
        let parts = text.prefix(10).split(separator: "-")
        let day = Int((Double(moment.milliseconds) / 86_400_000).rounded(.down))
        let month = Int(parts[1]).map { months[$0 - 1] } ?? ""
        let weekday = days[((day % 7) + 7) % 7]
        return "\(weekday), \(parts[2]) \(month) \(parts[0]) \(text.dropFirst(11).prefix(8)) +0000"
    }
}

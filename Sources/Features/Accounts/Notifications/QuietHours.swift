/// Hours in which somebody wants to be told nothing, every day. What comes in them is told when they end; Postgres, which
/// knows the zones, says when that is (`accounts.quiet_until`).
struct QuietHours: Hashable, Sendable {
    /// Minutes since midnight of the wall clock, 0 to 1439, not the same. The end may lie before the start: the next day.
    let start: Int16
    let end: Int16
    /// A name of the IANA time zone database, such as `Europe/Berlin`.
    let timeZone: String

    /// `HH:MM` of a day, as minutes since midnight.
    static func minutes(_ text: String) -> Int16? {
        guard let match = text.wholeMatch(of: /([0-9]{2}):([0-9]{2})/), let hour = Int16(match.output.1), hour < 24,
            let minute = Int16(match.output.2), minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    static func text(_ minutes: Int16) -> String {
        func two(_ number: Int16) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// Whether it has the form of such a name. Postgres would take abbreviations and rules (`XYZ-3`) too, which are none.
    static func isZoneName(_ text: String) -> Bool {
        guard text.utf8.count <= 60 else { return false }
        if text == "UTC" || text.wholeMatch(of: /Etc\/GMT[+\-][0-9]{1,2}/) != nil { return true }
        return text.wholeMatch(of: /[A-Za-z]+(\/[A-Za-z_]+(-[A-Za-z_]+)*){1,2}/) != nil
    }
}

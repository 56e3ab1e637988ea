internal import Glibc

/// The value of `Date` (RFC 9110, section 5.6.7), made once a second. One a loop.
struct HTTPDate {
    private var second = -1
    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    private var text: [UInt8] = []

    /// The text for this moment.
    mutating func current() -> [UInt8] {
        let now = time(nil)
        if now != second {
            second = now
            text = HTTPDate.format(now)
        }
        return text
    }

    /// - Parameter seconds: Since 1970-01-01T00:00:00Z, not negative.
    static func format(_ seconds: Int) -> [UInt8] {
        let days = seconds / 86400
        let time = seconds % 86400
        // Civil date from days, by eras of 400 years that begin on 1 March.
        let shifted = days + 719_468
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + shifted / 146_097 * 400 + (month <= 2 ? 1 : 0)

        let weekdays: [StaticString] = ["Thu, ", "Fri, ", "Sat, ", "Sun, ", "Mon, ", "Tue, ", "Wed, "]
        let months: [StaticString] = [
            " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec ",
        ]
        var text: [UInt8] = []
        func append(twoDigits number: Int) {
            text.append(UInt8(48 + number / 10))
            text.append(UInt8(48 + number % 10))
        }
        text.append(weekdays[days % 7])
        append(twoDigits: day)
        text.append(months[month - 1])
        text.append(decimal: year)
        text.append(.space)
        append(twoDigits: time / 3600)
        text.append(UInt8(ascii: ":"))
        append(twoDigits: time / 60 % 60)
        text.append(UInt8(ascii: ":"))
        append(twoDigits: time % 60)
        text.append(" GMT")
        return text
    }
}

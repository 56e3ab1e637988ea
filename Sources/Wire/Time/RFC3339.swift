import Model

/// Times as RFC 3339 writes them.
enum RFC3339 {
    /// `2026-11-20T10:30:00.000Z`
    static let length = 24

    /// Reads `date-time` of RFC 3339 section 5.6: `T` and `Z` of either case, no fraction or 1 to 9 digits of it (cut to
    /// milliseconds), any offset. A leap second, allowed at 23:59:60 UTC on the last of June and of December, is the
    /// second after it.
    static func parse(_ text: UnsafeRawBufferPointer) -> Timestamp? {
        guard text.count >= 20 else { return nil }
        if let moment = unsafe usual(text) { return moment }
        var cursor = unsafe Cursor(text)
        guard let year = cursor.digits(4), cursor.takes("-"), let month = cursor.digits(2), cursor.takes("-"),
            let day = cursor.digits(2), cursor.takes("T", or: "t"), let hour = cursor.digits(2), cursor.takes(":"),
            let minute = cursor.digits(2), cursor.takes(":"), let second = cursor.digits(2)
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= daysInMonth(month, of: year), hour <= 23, minute <= 59,
            second <= 60
        else { return nil }
        guard let milliseconds = cursor.fraction(), let offset = cursor.offset(), cursor.isAtEnd else { return nil }

        let days = daysSinceEpoch(year: year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + min(second, 59)
        if second == 60 {
            guard endsHalfYear(seconds) else { return nil }
            return Timestamp(milliseconds: Int64((seconds + 1) * 1000))
        }
        return Timestamp(milliseconds: Int64(seconds * 1000 + milliseconds))
    }

    /// Reads a time written as this hub and most programs write it, `2026-11-20T10:30:00.000Z`; nothing for any other, and for
    /// what only looks like one.
    private static func usual(_ text: UnsafeRawBufferPointer) -> Timestamp? {
        guard text.count == length else { return nil }
        var wrong: UInt8 = 0
        func sign(_ index: Int, _ expected: Unicode.Scalar) {
            wrong |= unsafe text[index] ^ UInt8(ascii: expected)
        }
        func digit(_ index: Int) -> Int {
            let value = unsafe text[index] &- UInt8(ascii: "0")
            // The top bit is set if it is above 9.
            wrong |= ((9 &- value) | value) & 0x80
            return Int(value)
        }
        func pair(_ index: Int) -> Int { digit(index) * 10 + digit(index + 1) }

        let year = pair(0) * 100 + pair(2)
        let (month, day) = (pair(5), pair(8))
        let (hour, minute, second) = (pair(11), pair(14), pair(17))
        let milliseconds = digit(20) * 100 + pair(21)
        sign(4, "-")
        sign(7, "-")
        sign(10, "T")
        sign(13, ":")
        sign(16, ":")
        sign(19, ".")
        sign(23, "Z")
        guard wrong == 0, month >= 1, month <= 12, day >= 1, day <= daysInMonth(month, of: year), hour <= 23,
            minute <= 59, second <= 59
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        return Timestamp(milliseconds: Int64((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + milliseconds))
    }

    /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`).
    static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The date that many days after 1970-01-01.
    static func date(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    private static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Whether that second is 23:59:59 UTC of 30 June or 31 December, after which a leap second may come.
    private static func endsHalfYear(_ seconds: Int) -> Bool {
        guard (seconds + 1).isMultiple(of: 86400) else { return false }
        let next = date(daysSinceEpoch: (seconds + 1) / 86400)
        return next.day == 1 && (next.month == 1 || next.month == 7)
    }
}

/// Where the parser stands.
@safe private struct Cursor {
    private let text: UnsafeRawBufferPointer
    private var position = 0

    init(_ text: UnsafeRawBufferPointer) { unsafe self.text = text }

    var isAtEnd: Bool { unsafe position == text.count }

    private var byte: UInt8 { unsafe position < text.count ? text[position] : 0 }

    mutating func takes(_ first: Unicode.Scalar, or second: Unicode.Scalar? = nil) -> Bool {
        let byte = byte
        guard byte == UInt8(ascii: first) || second.map({ byte == UInt8(ascii: $0) }) ?? false else { return false }
        position += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Milliseconds of an optional fraction; nothing if it is malformed.
    mutating func fraction() -> Int? {
        guard takes(".") else { return 0 }
        var milliseconds = 0
        var count = 0
        while let digit = digit() {
            count += 1
            if count <= 3 { milliseconds = milliseconds * 10 + digit }
        }
        guard (1...9).contains(count) else { return nil }
        for _ in min(count, 3)..<3 { milliseconds *= 10 }
        return milliseconds
    }

    /// Minutes ahead of UTC; nothing if there is neither `Z` nor an offset.
    mutating func offset() -> Int? {
        if takes("Z", or: "z") { return 0 }
        let isBehind = byte == UInt8(ascii: "-")
        guard isBehind || byte == UInt8(ascii: "+") else { return nil }
        position += 1
        guard let hours = digits(2), takes(":"), let minutes = digits(2), hours <= 23, minutes <= 59 else { return nil }
        let offset = hours * 60 + minutes
        return isBehind ? -offset : offset
    }

    private mutating func digit() -> Int? {
        let value = byte &- UInt8(ascii: "0")
        guard value < 10 else { return nil }
        position += 1
        return Int(value)
    }
}

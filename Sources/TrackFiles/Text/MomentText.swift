internal import Model

/// Times as files write them.
enum MomentText {
    /// ISO 8601 as RFC 3339 has it, a blank or an underscore for its `T`, its seconds, fraction and zone optional: without a
    /// zone it is UTC. Or a number: seconds since 1970, or milliseconds from 100,000,000,000 on (which as seconds would be
    /// in the year 5138).
    ///
    /// - Returns: Nothing for anything else; cut to the millisecond.
    static func moment(_ bytes: ArraySlice<UInt8>) -> Timestamp? {
        let text = DecimalText.trimmed(bytes)
        guard text.count >= 5, text[text.startIndex + 4] == UInt8(ascii: "-") else { return epoch(text) }
        return iso(text)
    }

    private static func epoch(_ text: ArraySlice<UInt8>) -> Timestamp? {
        guard let value = DecimalText.number(text), abs(value) < 1e15 else { return nil }
        return Timestamp(milliseconds: Int64((abs(value) >= 1e11 ? value : value * 1000).rounded(.down)))
    }

    private static func iso(_ text: ArraySlice<UInt8>) -> Timestamp? {
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.skip("-"), let month = reader.digits(2), reader.skip("-"),
            let day = reader.digits(2), (1...12).contains(month), (1...days(in: month, of: year)).contains(day)
        else { return nil }
        var milliseconds = Int64(daysSinceEpoch(year, month, day)) * 86_400_000
        guard !reader.isAtEnd else { return Timestamp(milliseconds: milliseconds) }
        guard reader.skip("T") || reader.skip("t") || reader.skip(" ") || reader.skip("_"),
            let hour = reader.digits(2), reader.skip(":"), let minute = reader.digits(2), hour < 24, minute < 60
        else { return nil }
        milliseconds += Int64(hour * 3600 + minute * 60) * 1000
        if reader.skip(":") {
            // A leap second is taken for the one before it.
            guard let second = reader.digits(2), second <= 60 else { return nil }
            milliseconds += Int64(min(second, 59)) * 1000
            if reader.skip(".") || reader.skip(",") {
                guard let fraction = reader.fraction() else { return nil }
                milliseconds += Int64(fraction)
            }
        }
        _ = reader.skip(" ")
        guard let zone = zone(&reader), reader.isAtEnd else { return nil }
        return Timestamp(milliseconds: milliseconds - Int64(zone) * 60_000)
    }

    /// Minutes east of UTC.
    private static func zone(_ reader: inout DigitReader) -> Int? {
        if reader.isAtEnd || reader.skip("Z") || reader.skip("z") { return 0 }
        if reader.skip("UTC") || reader.skip("GMT") { return 0 }
        let isWest = reader.skip("-")
        guard isWest || reader.skip("+"), let hours = reader.digits(2), hours < 24 else { return nil }
        var minutes = 0
        if !reader.isAtEnd {
            _ = reader.skip(":")
            guard let read = reader.digits(2), read < 60 else { return nil }
            minutes = read
        }
        return (isWest ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Of the proleptic Gregorian calendar (Howard Hinnant, chrono-compatible low-level date algorithms).
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Reads fixed fields of digits.
private struct DigitReader {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    var isAtEnd: Bool { index == bytes.endIndex }

    mutating func digits(_ count: Int) -> Int? {
        guard bytes.endIndex - index >= count else { return nil }
        var value = 0
        for offset in 0..<count {
            let digit = bytes[index + offset] &- 48
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        index += count
        return value
    }

    mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.endIndex - index >= count else { return false }
        for offset in 0..<count {
            guard unsafe text.utf8Start[offset] == bytes[index + offset] else { return false }
        }
        index += count
        return true
    }

    /// Thousandths, from one digit on.
    mutating func fraction() -> Int? {
        var (value, places) = (0, 0)
        while index < bytes.endIndex, bytes[index] &- 48 < 10 {
            if places < 3 { value = value * 10 + Int(bytes[index] - 48) }
            places += 1
            index += 1
        }
        guard places > 0 else { return nil }
        for _ in min(places, 3)..<3 { value *= 10 }
        return value
    }
}

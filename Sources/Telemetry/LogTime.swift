internal import Glibc

/// The wall clock as log lines show it.
enum LogTime {
    /// Milliseconds since the epoch.
    static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// RFC 3339 in UTC with milliseconds, 24 bytes, for years 0 to 9999.
    static func bytes(_ milliseconds: Int64) -> [UInt8] {
        let (days, ofDay) = divide(milliseconds, 86_400_000)
        // Days to a date of the proleptic Gregorian calendar, in eras of 400 years that begin on 1 March.
        let (era, ofEra) = divide(days + 719_468, 146_097)
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

        var text: [UInt8] = []
        text.reserveCapacity(24)
        func put(_ value: Int64, digits: Int, then separator: UInt8) {
            var divisor: Int64 = digits == 4 ? 1000 : digits == 3 ? 100 : 10
            while divisor > 0 {
                text.append(48 + UInt8(value / divisor % 10))
                divisor /= 10
            }
            text.append(separator)
        }
        put(year, digits: 4, then: UInt8(ascii: "-"))
        put(month, digits: 2, then: UInt8(ascii: "-"))
        put(day, digits: 2, then: UInt8(ascii: "T"))
        put(ofDay / 3_600_000, digits: 2, then: UInt8(ascii: ":"))
        put(ofDay / 60_000 % 60, digits: 2, then: UInt8(ascii: ":"))
        put(ofDay / 1000 % 60, digits: 2, then: UInt8(ascii: "."))
        put(ofDay % 1000, digits: 3, then: UInt8(ascii: "Z"))
        return text
    }

    /// Division that rounds down, so that moments before the epoch have a time of day too.
    private static func divide(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let quotient = value >= 0 ? value / divisor : (value - divisor + 1) / divisor
        return (quotient, value - quotient * divisor)
    }
}

internal import Model

extension [UInt8] {
    /// Appends the shortest decimal number that reads as `value`, without an exponent, which GPX does not have.
    mutating func append(number value: Double) {
        let text = value.description
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "e")), let exponent = Int(text[mark...].dropFirst())
        else {
            // A whole number's ".0" says nothing.
            self += (text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8
            return
        }
        var digits = Array(text[..<mark].utf8)
        if digits.first == UInt8(ascii: "-") { self.append(digits.removeFirst()) }
        let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.count
        digits.removeAll { $0 == UInt8(ascii: ".") }
        let place = point + exponent
        if place <= 0 {
            self += "0.".utf8
            self += [UInt8](repeating: 48, count: -place)
            self += digits
        } else if place >= digits.count {
            self += digits
            self += [UInt8](repeating: 48, count: place - digits.count)
        } else {
            self += digits[..<place]
            self += ".".utf8
            self += digits[place...]
        }
    }

    /// Appends a time of the years 0 to 9999 in UTC with milliseconds.
    mutating func append(moment: Timestamp) {
        // Rounded down, so that the time of day is from 0 on before 1970 as well.
        let (quotient, remainder) = moment.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        let days = remainder < 0 ? quotient - 1 : quotient
        let rest = remainder < 0 ? remainder + 86_400_000 : remainder
        // Howard Hinnant, chrono-compatible low-level date algorithms.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        append(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), digits: 4)
        self.append(UInt8(ascii: "-"))
        append(month, digits: 2)
        self.append(UInt8(ascii: "-"))
        append(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, digits: 2)
        self.append(UInt8(ascii: "T"))
        append(rest / 3_600_000, digits: 2)
        self.append(UInt8(ascii: ":"))
        append(rest / 60_000 % 60, digits: 2)
        self.append(UInt8(ascii: ":"))
        append(rest / 1000 % 60, digits: 2)
        self.append(UInt8(ascii: "."))
        append(rest % 1000, digits: 3)
        self.append(UInt8(ascii: "Z"))
    }

    private mutating func append(_ value: Int64, digits: Int) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            self.append(UInt8(48 + value / divisor % 10))
            divisor /= 10
        }
    }
}

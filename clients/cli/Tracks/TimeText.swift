import Model

/// The times of tracks: RFC 3339, the same with a space or without an offset (read as UTC), and seconds or
/// milliseconds since the epoch.
enum TimeText {
    static func timestamp(_ text: some StringProtocol) -> Timestamp? {
        var bytes = Array(text.utf8)[...]
        while bytes.first == UInt8(ascii: " ") { bytes.removeFirst() }
        while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        return calendar(bytes) ?? epoch(bytes)
    }

    private static func epoch(_ bytes: some Collection<UInt8>) -> Timestamp? {
        guard let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite, abs(value) < 1e15 else {
            return nil
        }
        // Seconds reach 1e11 in the year 5138; milliseconds passed it in 1973.
        return Timestamp(milliseconds: Int64((abs(value) < 1e11 ? value * 1000 : value).rounded()))
    }

    private static func calendar(_ bytes: some Collection<UInt8>) -> Timestamp? {
        var rest = Array(bytes)[...]
        func number(_ digits: Int) -> Int? {
            guard rest.count >= digits else { return nil }
            var value = 0
            for _ in 0..<digits {
                guard let byte = rest.popFirst(), (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte) - 48
            }
            return value
        }
        func skip(_ any: String) -> Bool {
            guard let byte = rest.first, any.utf8.contains(byte) else { return false }
            rest.removeFirst()
            return true
        }
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2), skip("Tt "),
            let hour = number(2), skip(":"), let minute = number(2), skip(":"), let second = number(2),
            (1...12).contains(month), (1...monthLength(year, month)).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var milliseconds = Int64(daysSinceEpoch(year, month, day)) * 86_400_000
        milliseconds += Int64((hour * 60 + minute) * 60 + min(second, 59)) * 1000
        if skip(".,") {
            var scale: Int64 = 100
            guard let first = rest.first, (48...57).contains(first) else { return nil }
            while let byte = rest.first, (48...57).contains(byte) {
                milliseconds += Int64(byte - 48) * scale
                scale /= 10
                rest.removeFirst()
            }
        }
        if rest.isEmpty || (skip("Zz") && rest.isEmpty) { return Timestamp(milliseconds: milliseconds) }
        guard let sign = rest.popFirst(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let hours = number(2), skip(":") || !rest.isEmpty, let minutes = number(2), rest.isEmpty, hours < 24,
            minutes < 60
        else { return nil }
        let offset = Int64(hours * 60 + minutes) * 60000
        return Timestamp(milliseconds: milliseconds + (sign == UInt8(ascii: "+") ? -offset : offset))
    }

    private static func monthLength(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar, whose years are counted from March here.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

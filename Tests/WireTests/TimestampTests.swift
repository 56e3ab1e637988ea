import Glibc
import HubTesting
import Model
import Testing

@testable import Wire

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
            ("2026-11-20T10:30:00.000Z", 1_795_170_600_000), ("2026-11-20T10:30:00Z", 1_795_170_600_000),
            ("2026-11-20t10:30:00z", 1_795_170_600_000), ("2026-11-20T12:30:00+02:00", 1_795_170_600_000),
            ("2026-11-20T05:00:00-05:30", 1_795_170_600_000), ("2026-11-20T10:30:00-00:00", 1_795_170_600_000),
            ("2026-11-21T10:29:00+23:59", 1_795_170_600_000), ("2026-11-20T10:30:00.5Z", 1_795_170_600_500),
            ("2026-11-20T10:30:00.12Z", 1_795_170_600_120), ("2026-11-20T10:30:00.123456789Z", 1_795_170_600_123),
            ("2026-11-20T10:30:00.999999999+00:00", 1_795_170_600_999), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
            ("2000-02-29T00:00:00Z", 951_782_400_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("2017-01-01T01:59:60.5+02:00", 1_483_228_800_000), ("2015-06-30T23:59:60Z", 1_435_708_800_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func `an RFC 3339 time is the moment it names`(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "", "2026", "2026-11-20", "2026-11-20T10:30:00", "2026-11-20T10:30Z", "2026-11-20 10:30:00Z",
        "2026-11-20T10:30:00.Z", "2026-11-20T10:30:00.1234567890Z", "2026-11-20T10:30:00,5Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2024-02-30T00:00:00Z",
        "2026-11-20T24:00:00Z", "2026-11-20T10:60:00Z", "2026-11-20T10:30:61Z", "2026-11-20T10:30:60Z",
        "2026-11-20T23:59:60Z", "2016-12-30T23:59:60Z", "2016-12-31T23:59:60+01:00", "2026-11-20T10:30:00+24:00",
        "2026-11-20T10:30:00+01:60", "2026-11-20T10:30:00+0100", "2026-11-20T10:30:00+01", "2026-11-20T10:30:00Z ",
        " 2026-11-20T10:30:00Z", "+2026-11-20T10:30:00Z", "12026-11-20T10:30:00Z", "-026-11-20T10:30:00Z",
        "2026-1-20T10:30:00Z1", "2026-11-20T10:30:00ZZ", "٢٠٢٦-11-20T10:30:00Z", "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "2026-11-20T10:30:00.000\u{0}Z", "20261120T103000Z",
    ])
    func `what is not an RFC 3339 time is refused`(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `any moment RFC 3339 can write is read back as itself and agrees with the C library`() {
        var generator = SeededGenerator(seed: 30)
        for _ in 0..<20_000 {
            let moment = Timestamp(
                milliseconds: .random(
                    in: Timestamp.writable.lowerBound.milliseconds...Timestamp.writable.upperBound.milliseconds,
                    using: &generator))
            let text = moment.rfc3339
            #expect(Timestamp(rfc3339: text) == moment)
            var seconds = time_t(moment.milliseconds / 1000 - (moment.milliseconds % 1000 < 0 ? 1 : 0))
            var parts = tm()
            gmtime_r(&seconds, &parts)
            #expect(
                text.hasPrefix(
                    String(1_000_000 + (Int(parts.tm_year) + 1900) * 100 + Int(parts.tm_mon) + 1)
                        .dropFirst(1).prefix(4)))
            #expect(Int(text.dropFirst(8).prefix(2)) == Int(parts.tm_mday))
            #expect(Int(text.dropFirst(5).prefix(2)) == Int(parts.tm_mon) + 1)
            #expect(Int(text.dropFirst(11).prefix(2)) == Int(parts.tm_hour))
        }
    }

    /// The usual spelling is read by a way of its own; one more digit of the fraction, which is cut, goes the general way.
    @Test func `the usual spelling, with any byte of it replaced, is read as the general way reads it`() {
        let spellings = [
            "2026-11-20T10:30:00.123Z", "1969-02-28T23:59:59.999Z", "2024-02-29T00:00:60.000Z",
            "2016-12-31T23:59:60.500Z",
        ]
        for spelling in spellings {
            // But for the point and the Z: without them the digit put in means something else.
            for index in 0..<23 where index != 19 {
                for byte in UInt8.min...127 {
                    var usual = Array(spelling.utf8)
                    usual[index] = byte
                    var general = usual
                    general.insert(UInt8(ascii: "7"), at: 23)
                    let text = String(decoding: usual, as: UTF8.self)
                    let moment = Timestamp(rfc3339: String(decoding: general, as: UTF8.self))
                    #expect(Timestamp(rfc3339: text) == moment, "\(text)")
                }
            }
        }
    }

    @Test func `moments RFC 3339 cannot write are moved to the nearest it can`() {
        #expect(Timestamp(milliseconds: .min).rfc3339 == "0000-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: -1).rfc3339 == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: 1_795_170_600_007).rfc3339 == "2026-11-20T10:30:00.007Z")
    }
}

import Glibc
import HubTesting
import Testing

@testable import Wire

@Suite struct NumberTests {
    private func number(_ text: String) -> JSONNumber? {
        JSONReader.read(json(text).span.bytes) { try? $0.number() }
    }

    private func double(_ text: String) -> Double? {
        JSONReader.read(json(text).span.bytes) { reader in
            (try? reader.number()).map { reader.double(of: $0) }
        }
    }

    @Test func `any finite bit pattern is written so that it reads back as itself, and no longer than need be`() throws
    {
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            let text = written { $0.append(jsonNumber: value) }
            #expect(double(text)?.bitPattern == value.bitPattern)
            #expect(strtod(text, nil).bitPattern == value.bitPattern)
            #expect(text.utf8.count <= value.description.utf8.count)
            #expect(!text.contains("+") && !text.contains("n"))
        }
    }

    @Test func `readings of up to seven decimals are written as decimals and read back as themselves`() {
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<20_000 {
            let scales: [Double] = [1, 10, 1000, 1e5, 1e6, 1e7]
            let scale = scales.randomElement(using: &generator) ?? 1
            let value = Double(Int.random(in: -2_000_000_000...2_000_000_000, using: &generator)) / scale
            let text = written { $0.append(jsonNumber: value) }
            #expect(double(text)?.bitPattern == value.bitPattern)
            #expect(!text.contains("e"))
            var shortest = value.description
            if shortest.hasSuffix(".0") { shortest.removeLast(2) }
            if !shortest.contains("e") { #expect(text == shortest) }
        }
    }

    @Test(arguments: [
        (0.0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (0.1, "0.1"), (0.0000001, "0.0000001"), (-0.5, "-0.5"),
        (100, "100"), (1e15, "1000000000000000"), (1e20, "1e20"), (-1e300, "-1e300"),
        (.leastNonzeroMagnitude, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e308"), (0.1 + 0.2, "0.30000000000000004"),
        (1e-8, "1e-08"), (90, "90"), (-179.9999999, "-179.9999999"), (99_999_999.5, "99999999.5"),
        (.infinity, "null"), (-.infinity, "null"), (.nan, "null"),
    ])
    func `a number is written the JSON way`(value: Double, text: String) {
        #expect(written { $0.append(jsonNumber: value) } == text)
    }

    @Test func `random decimals read as the C library reads them`() {
        var generator = SeededGenerator(seed: 22)
        for _ in 0..<20_000 {
            var text = Bool.random(using: &generator) ? "-" : ""
            text += String(generator.next() >> (generator.next() % 64))
            if Bool.random(using: &generator) {
                text += "."
                for _ in 0...generator.next() % 22 {
                    text += String(Int.random(in: 0...9, using: &generator))
                }
            }
            if Bool.random(using: &generator) { text += "e\(Int.random(in: -330...310, using: &generator))" }
            #expect(double(text)?.bitPattern == strtod(text, nil).bitPattern, "\(text)")
        }
    }

    @Test(arguments: [
        "9007199254740993", "9007199254740992.5", "1e22", "1e23", "123456789e22", "8.5e1", "0.000001e6",
        "179769313486231580793728971405303415e273", "2.2250738585072011e-308", "2.4703282292062327e-324",
        "2.4703282292062328e-324", "1e-400", "1e400", "0e400", "-0", "-0.0e-5", "0.1e1000",
        "1.00000000000000011102230246251565",
        "100000000000000016777215", "100000000000000016777216", "6929495644600919.5",
        "12345678901234567890123456789e-20",
    ])
    func `numbers that are hard to round read as the C library reads them`(_ text: String) {
        #expect(double(text)?.bitPattern == strtod(text, nil).bitPattern)
    }

    @Test func `a number of a million digits is read`() {
        let digits = String(repeating: "7", count: 1_000_000)
        #expect(double(digits) == .infinity)
        #expect(double("0." + digits) == 0.7777777777777778)
        #expect(double("0." + String(repeating: "0", count: 1_000_000) + "1e1000001") == 1)
        #expect(number(digits)?.integer == nil)
        #expect(number("1" + String(repeating: "0", count: 1_000_000) + "e-1000000")?.integer == 1)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("85", 85), ("85.0", 85), ("8.5e1", 85), ("850e-1", 85),
            ("9007199254740991", 9_007_199_254_740_991),
            ("9007199254740993", 9_007_199_254_740_993), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("0.0", 0), ("0e99999999999", 0), ("1e18", 1_000_000_000_000_000_000), ("1.0000000000000000000000000", 1),
            ("10000000000000000000000000e-25", 1),
        ] as [(String, Int64)])
    func `a whole number that fits is exact however it is written`(text: String, value: Int64) {
        #expect(number(text)?.integer == value)
    }

    @Test(arguments: [
        "1.5", "85.1", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19", "1e400",
        "12345678901234567890123",
        "1.00000000000000000000000001", "0.1e-99999999999",
    ])
    func `a number that is not whole, or does not fit, is no integer`(_ text: String) {
        #expect(number(text) != nil)
        #expect(number(text)?.integer == nil)
    }

    @Test func `integers are written`() {
        for value in [0, 1, -1, 9, 10, 99, 100, 999, 1000, 12_345_678_901, Int64.max, Int64.min] {
            #expect(written { $0.append(integer: value) } == String(value))
        }
    }
}

import Testing

@testable import Wire

/// RFC 8259, case by case: what a strict reader takes and what it refuses, and why.
@Suite struct JSONConformanceTests {
    static let accepted = [
        "{}", "[]", " [ ] ", "\t\r\n{\"a\" : 1 }\n", "null", "true", "false", "\"\"", "0", "-0", "1", "-1", "10", "1.5",
        "1e5", "1E5", "1e+5", "1e-5", "1.25E-2", "-0.0", "0e0", "0.0e0", "1e-400000000000000000000000000000",
        "[1,2,3]", "[[],[[]],{}]", "{\"a\":{\"b\":[null]}}", "{\"\":0}", "{\"a\":1,\"A\":2}",
        #""\"\\\/\b\f\n\r\t""#, #""\u0000\u001f""#, #""\u20AC\u20ac""#, #""\ud83d\ude00""#, #""\uDBFF\uDFFF""#,
        #""\uFFFF\uFDD0""#, "\"\u{7f}\u{80}\u{10FFFF}\"", "\"é😀\"", "123456789012345678901234567890",
        "0.00000000000000000000000000000000000000000000001", "1e-999", "[1 , 2]",
    ]

    static let refused: [(String, JSONError.Reason)] = [
        ("", .unexpectedEnd), (" ", .unexpectedEnd), ("{", .unexpectedEnd), ("[", .unexpectedEnd),
        ("[1", .unexpectedEnd), ("[1,", .unexpectedEnd), ("{\"a\"", .unexpectedEnd), ("{\"a\":", .unexpectedEnd),
        ("{\"a\":1", .unexpectedEnd), ("\"", .unexpectedEnd), ("\"a", .unexpectedEnd), ("\"\\", .unexpectedEnd),
        ("\"\\u12", .unexpectedEnd), ("tru", .unexpectedEnd), ("-", .unexpectedEnd), ("1.", .unexpectedEnd),
        ("1e", .unexpectedEnd), ("1e+", .unexpectedEnd), ("[1,]", .unexpectedByte), ("[,1]", .unexpectedByte),
        ("[1 2]", .unexpectedByte), ("[1}", .unexpectedByte), ("{\"a\":1]", .unexpectedByte),
        ("{\"a\":1,}", .unexpectedByte), ("{,}", .unexpectedByte), ("{a:1}", .unexpectedByte),
        ("{'a':1}", .unexpectedByte), ("{1:1}", .unexpectedByte), ("{\"a\" 1}", .unexpectedByte),
        ("{\"a\":}", .unexpectedByte), ("{\"a\"::1}", .unexpectedByte), ("NaN", .unexpectedByte),
        ("Infinity", .unexpectedByte), ("-Infinity", .invalidNumber), ("-NaN", .invalidNumber),
        ("nan", .unexpectedByte), ("True", .unexpectedByte), ("nul1", .unexpectedByte), ("truE", .unexpectedByte),
        ("undefined", .unexpectedByte), ("+1", .unexpectedByte), (".5", .unexpectedByte), ("-.5", .invalidNumber),
        ("1.e5", .invalidNumber), ("1.a", .invalidNumber), ("01", .invalidNumber), ("-01", .invalidNumber),
        ("00", .invalidNumber), ("1ea", .invalidNumber), ("1e1.5", .trailingBytes), ("0x10", .trailingBytes),
        ("1_000", .trailingBytes), ("1 2", .trailingBytes), ("{}{}", .trailingBytes), ("[]]", .trailingBytes),
        ("nulll", .trailingBytes), ("1\u{0}", .trailingBytes), ("/* c */1", .unexpectedByte), ("1//c", .trailingBytes),
        ("\u{FEFF}{}", .unexpectedByte), ("\u{A0}1", .unexpectedByte), ("\u{0B}1", .unexpectedByte),
        ("\"\n\"", .controlCharacter), ("\"\t\"", .controlCharacter), ("\"\u{0}\"", .controlCharacter),
        ("\"\u{1f}12345678\"", .controlCharacter), (#""\x41""#, .invalidEscape), (#""\a""#, .invalidEscape),
        (#""\'""#, .invalidEscape), (#""\u12G4""#, .invalidEscape), (#""\u-123""#, .invalidEscape),
        (#""\U0041""#, .invalidEscape), (#""\ud800""#, .loneSurrogate), (#""\udc00""#, .loneSurrogate),
        (#""\ud800\ud800""#, .loneSurrogate), (#""\ud800x""#, .loneSurrogate), (#""\ud800\n""#, .loneSurrogate),
        (#""\ude00\ud83d""#, .loneSurrogate), (#"{"a":1,"a":2}"#, .duplicateMember),
        (#"{"a":1,"\u0061":2}"#, .duplicateMember), (#"{"\u0061":1,"a":2}"#, .duplicateMember),
        (#"{"":1,"":2}"#, .duplicateMember), (#"{"x":{"b":1,"c":2,"b":3}}"#, .duplicateMember),
        (#"{"a longer name":1,"b":2,"a longer name":3}"#, .duplicateMember), ("1e999", .numberOutOfRange),
        ("-1e309", .numberOutOfRange), ("[1e400]", .numberOutOfRange), ("1e99999999999999999999", .numberOutOfRange),
    ]

    @Test(arguments: accepted)
    func `well-formed text is taken, by tree and by skipping`(_ case: String) throws {
        let bytes = json(`case`)
        _ = try JSONValue(bytes)
        try JSONReader.read(bytes.span.bytes) { (reader) throws(JSONError) in
            try reader.skipValue()
            try reader.finish()
        }
    }

    @Test(arguments: refused)
    func `malformed text is refused for its own reason`(_ case: String, _ reason: JSONError.Reason) {
        do throws(JSONError) {
            _ = try JSONValue(json(`case`))
            Issue.record("taken")
        } catch {
            #expect(error.reason == reason)
            #expect((0...`case`.utf8.count).contains(error.offset))
        }
    }

    @Test func `32 levels are read and 33 are not`() throws {
        let allowed = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        _ = try JSONValue(json(allowed))
        #expect(throws: JSONError(.tooDeep, at: 32)) { try JSONValue(json("[\(allowed)]")) }
        let objects = String(repeating: "{\"a\":", count: 33) + "1" + String(repeating: "}", count: 33)
        #expect(throws: JSONError(.tooDeep, at: 32 * 5)) { try JSONValue(json(objects)) }
        #expect(throws: JSONError(.tooDeep, at: 32)) { try JSONValue(json(String(repeating: "[", count: 65_536))) }
        let siblings = "[" + Array(repeating: "[[]]", count: 100).joined(separator: ",") + "]"
        _ = try JSONValue(json(siblings))
    }

    @Test(arguments: [2, 16, 17, 18, 40, 5000])
    func `a repeated name is found among any number of members`(count: Int) throws {
        let names = (0..<count).map { "\"name-number-\($0)\":\($0)" }
        #expect(try JSONValue(json("{\(names.joined(separator: ","))}"))["name-number-\(count - 1)"] != nil)
        for repeated in [0, count / 2, count - 1] {
            let text = "{\(names.joined(separator: ",")),\"name-num\\u0062er-\(repeated)\":0}"
            do throws(JSONError) {
                _ = try JSONValue(json(text))
                Issue.record("taken")
            } catch {
                #expect(error.reason == .duplicateMember)
            }
        }
    }

    @Test func `names that differ only past their first bytes or in case are different`() throws {
        let value = try JSONValue(json(#"{"abcdefgh1":1,"abcdefgh2":2,"Abcdefgh2":3,"abcdefgh":4}"#))
        #expect(value["abcdefgh1"] == .integer(1))
        #expect(value["abcdefgh2"] == .integer(2))
        #expect(value["Abcdefgh2"] == .integer(3))
    }

    @Test func `strings are unescaped`() throws {
        let value = try JSONValue(json(#""a\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\uDE00\u0000z""#))
        #expect(value == .string("a\"\\/\u{8}\u{c}\n\r\té€😀\u{0}z"))
    }

    @Test func `special bytes are found at every place of a string`() {
        for length in 0...20 {
            for place in 0...length {
                let filler = String(repeating: "é", count: 3)
                let head = String(repeating: "a", count: place)
                let tail = filler + String(repeating: "b", count: length - place)
                #expect((try? JSONValue(json("\"\(head)\\n\(tail)\""))) == .string("\(head)\n\(tail)"))
                #expect(throws: JSONError(.controlCharacter, at: place + 1)) {
                    try JSONValue(json("\"\(head)\u{1}\(tail)\""))
                }
                #expect(throws: JSONError(.trailingBytes, at: place + 2)) {
                    try JSONValue(json("\"\(head)\"\(tail)\""))
                }
            }
        }
    }
}

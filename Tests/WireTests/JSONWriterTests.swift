import HubTesting
import Model
import Testing

@testable import Wire

@Suite struct JSONWriterTests {
    @Test func `commas stand between members and elements and nowhere else`() throws {
        let bytes = JSONWriter.bytes { json in
            json.object {
                $0.member("text", "a")
                $0.member("absent", nil as String?)
                $0.member("number", 1.5)
                $0.object("empty") { _ in }
                $0.array("list", of: [1, 2, 3]) { $0.value($1) }
                $0.array("objects") { json in
                    for index in 0..<2 { json.object { $0.member("index", index) } }
                    json.array { _ in }
                }
                $0.null("nothing")
                $0.name("dyn\"amic")
                $0.value(true)
                $0.name("raw")
                $0.encoded(Array("[1]".utf8))
                $0.member("last", uniqueID(conversation))
            }
        }
        #expect(
            text(bytes)
                == #"{"text":"a","number":1.5,"empty":{},"list":[1,2,3],"objects":[{"index":0},{"index":1},[]],"#
                + #""nothing":null,"dyn\"amic":true,"raw":[1],"last":"\#(conversation)"}"#)
        _ = try JSONValue(bytes)
    }

    @Test func `text is escaped as far as JSON asks and no further`() throws {
        var all = ""
        for scalar in 0...0x2FF { all.unicodeScalars.append(Unicode.Scalar(scalar) ?? " ") }
        all += "\u{2028}\u{FFFD}😀\u{10FFFF}"
        #expect(try JSONValue(json(written { $0.append(jsonString: all) })) == .string(all))
        #expect(
            written { $0.append(jsonString: "\u{8}\t\n\u{c}\r\"\\/\u{0}\u{1f}\u{7f}é") }
                == "\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0000\\u001f\u{7f}é\"")
        #expect(written { $0.append(jsonString: "") } == "\"\"")
    }

    @Test func `writing appends and leaves what was there`() {
        var bytes = json("abc")
        JSONWriter.append(to: &bytes) { $0.value(7) }
        JSONWriter.append(to: &bytes) { $0.value("x") }
        #expect(text(bytes) == "abc7\"x\"")
    }

    @Test func `random trees come through writing and reading unchanged`() throws {
        var generator = SeededGenerator(seed: 60)
        func tree(_ depth: Int) -> JSONValue {
            switch Int.random(in: 0...(depth == 0 ? 5 : 7), using: &generator) {
            case 0: .null
            case 1: .boolean(.random(using: &generator))
            case 2: .integer(Int64(bitPattern: generator.next()))
            case 3: .number(.random(in: -1000...1000, using: &generator) + 0.1)
            case 4: .string(["", "a", "\u{0}\"", "ü😀"].randomElement(using: &generator) ?? "")
            case 5: .string(String(repeating: "x", count: .random(in: 0...40, using: &generator)))
            case 6: .array((0..<Int.random(in: 0...5, using: &generator)).map { _ in tree(depth - 1) })
            default:
                .object(
                    (0..<Int.random(in: 0...20, using: &generator)).map {
                        .init(name: "n\($0)", value: tree(depth - 1))
                    })
            }
        }
        for _ in 0..<300 {
            let value = tree(4)
            #expect(try JSONValue(JSONWriter.bytes { $0.value(value) }) == value)
        }
    }

    @Test func `an array that is written piece by piece grows by doubling`() {
        var bytes: [UInt8] = []
        var capacities: Set<Int> = []
        for _ in 0..<20_000 {
            bytes.append(uniqueID: uniqueID(conversation))
            capacities.insert(bytes.capacity)
        }
        #expect(bytes.count == 720_000)
        #expect(capacities.count < 30)
    }
}

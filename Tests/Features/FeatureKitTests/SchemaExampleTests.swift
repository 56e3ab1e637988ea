import Testing
import Wire

@testable import FeatureKit

@Suite struct `Examples of schemas` {
    private static let tree = Schema.object([
        .required("id", .uuid), .optional("note", .string()), .required("children", .array(of: .reference("Tree"))),
    ])

    @Test func `have what is required, and all where nothing is`() {
        let some = Schema.object([.required("name", .string()), .optional("note", .string())]).example(in: [:])
        #expect(some == .object([.init(name: "name", value: .string("Family"))]))
        let all = Schema.object([.optional("note", .nullable(.string())), .optional("limit", .integer(maximum: 5))])
        #expect(
            all.example(in: [:])
                == .object([
                    .init(name: "note", value: .string("in a meeting")), .init(name: "limit", value: .integer(5)),
                ]))
    }

    @Test(arguments: [
        (Schema.string(length: 6...8), "x", JSONValue.string("textxx")),
        (.string(length: 1...2), "text", .string("On")),
        (.string(values: ["b", "a"]), "x", .string("b")), (.timestamp, "until", .string("2099-01-01T00:00:00.000Z")),
        (.number(minimum: 3, maximum: 9), "x", .number(3)), (.integer(minimum: -5, maximum: 0), "x", .integer(0)),
        (.array(of: .boolean, count: 2...4), "x", .array([.boolean(true), .boolean(true)])),
        (.array(of: .string(format: "email")), "emails", .array([.string("ada@example.org")])),
        (.oneOf([.boolean, .string()]), "x", .boolean(true)), (.any, "x", .object([])),
    ])
    func `keep to bounds and look like what their names say`(schema: Schema, name: String, example: JSONValue) {
        #expect(schema.example(of: name, in: [:]) == example)
    }

    @Test func `of a schema that refers to itself end`() throws {
        let schemas = ["Tree": `Examples of schemas`.tree]
        var value = Schema.reference("Tree").example(in: schemas)
        var depth = 0
        while let child = value["children"]?.array?.first {
            value = child
            depth += 1
        }
        #expect((2...8).contains(depth))
        #expect(Schema.reference("Nothing").example(in: schemas) == .null)
    }
}

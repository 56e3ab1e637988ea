internal import Wire

extension Schema {
    /// Writes the schema as a JSON object.
    func write(to json: inout JSONWriter, summary: String = "") {
        json.object { json in
            writeMembers(to: &json)
            if !summary.isEmpty { json.member("description", summary) }
        }
    }

    private func writeMembers(to json: inout JSONWriter, orNull: Bool = false) {
        func type(_ name: StaticString) {
            json.name("type")
            guard orNull else { return json.value(literal: name) }
            json.array {
                $0.value(literal: name)
                $0.value("null")
            }
        }
        switch self {
        case .object(let members):
            type("object")
            json.object("properties") { json in
                for member in members {
                    json.name(member.name)
                    member.schema.write(to: &json, summary: member.summary)
                }
            }
            let required = members.filter(\.isRequired)
            if !required.isEmpty { json.array("required", of: required) { $0.value($1.name) } }
        case .string(let format, let length, let pattern, let values):
            type("string")
            json.member("format", format)
            json.member("minLength", length?.lowerBound)
            json.member("maxLength", length?.upperBound)
            json.member("pattern", pattern)
            if !values.isEmpty {
                json.array("enum") { json in
                    for value in values { json.value(value) }
                    if orNull { json.null() }
                }
            }
        case .number(let minimum, let maximum):
            type("number")
            json.member("minimum", minimum)
            json.member("maximum", maximum)
        case .integer(let minimum, let maximum):
            type("integer")
            json.member("minimum", minimum)
            json.member("maximum", maximum)
        case .boolean: type("boolean")
        case .array(let element, let count):
            type("array")
            json.name("items")
            element.write(to: &json)
            json.member("minItems", count?.lowerBound)
            json.member("maxItems", count?.upperBound)
        case .nullable(let schema): schema.writeNullable(to: &json)
        case .reference(let name): json.member("$ref", "#/components/schemas/\(name)")
        case .oneOf(let schemas): json.array("oneOf", of: schemas) { $1.write(to: &$0) }
        case .any: break
        }
    }

    /// A type that is in place takes `null` beside it; anything else becomes an alternative.
    private func writeNullable(to json: inout JSONWriter) {
        switch self {
        case .object, .string, .number, .integer, .boolean, .array: writeMembers(to: &json, orNull: true)
        case .nullable(let schema): schema.writeNullable(to: &json)
        case .any: break
        case .reference, .oneOf:
            json.array("anyOf") { json in
                write(to: &json)
                json.object { $0.member("type", "null") }
            }
        }
    }

    /// The names this schema refers to.
    var references: Set<String> {
        switch self {
        case .object(let members): members.reduce(into: []) { $0.formUnion($1.schema.references) }
        case .array(let element, _): element.references
        case .nullable(let schema): schema.references
        case .reference(let name): [name]
        case .oneOf(let schemas): schemas.reduce(into: []) { $0.formUnion($1.references) }
        case .string, .number, .integer, .boolean, .any: []
        }
    }
}

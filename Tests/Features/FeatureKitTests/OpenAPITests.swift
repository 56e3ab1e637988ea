import HTTP
import HubTesting
import Testing
import Wire

@testable import FeatureKit

@Suite struct OpenAPITests {
    private static let thing = Schema.object([
        .required("id", .uuid), .optional("name", .nullable(.string(length: 2...50)), "What people call it"),
        .optional("parent", .nullable(.reference("Thing"))),
    ])

    private static let routes: [Route] = [
        RouteTable.documentRoute,
        Route(
            .get, "/api/v1/things", operationID: "listThings", summary: "All things", tag: "Things",
            callers: [.apiKey, .user],
            parameters: [
                .query("groupId", .string(length: 2...50), required: true, "Whose"),
                .header("If-None-Match", .string()),
            ],
            responses: [RouteResponse(.ok, "The things", .array(of: .reference("Thing")))], errors: [.missingField],
            handler: .immediate { _ in .json([]) }),
        Route(
            .put, "/api/v1/things/{thingId}", operationID: "putThing", summary: "Makes a thing", tag: "Things",
            callers: .admin, ratePolicies: ["writes"], parameters: [.path("thingId", .uuid)],
            content: RequestContent(.reference("Thing"), example: .object([.init(name: "id", value: .string("x"))])),
            responses: [RouteResponse(.created, "Made", .reference("Thing")), RouteResponse(.noContent, "Changed")],
            errors: [.conflict, .groupFull], handler: .immediate { _ in HTTPResponse(.noContent) }),
    ]

    private func document() throws -> JSONValue {
        let registry = Registry()
        registry.define("Thing", OpenAPITests.thing)
        for route in OpenAPITests.routes { registry.add(route) }
        let table = registry.makeTable(info: APIInfo(title: "Hub", version: "1.2.3", description: "d"))
        return try JSONValue(table.openAPI)
    }

    @Test func `the document names itself and every operation`() throws {
        let document = try document()
        #expect(document["openapi"]?.string == "3.1.0")
        #expect(document["info"]?["version"]?.string == "1.2.3")
        for route in OpenAPITests.routes {
            let operation = document["paths"]?[route.path.description]?[route.method.rawValue.lowercased()]
            #expect(operation?["operationId"]?.string == route.operationID)
            #expect(operation?["tags"]?.array?.first?.string == route.tag)
        }
    }

    @Test func `callers become security requirements`() throws {
        let paths = try document()["paths"]
        #expect(paths?["/api/v1/openapi.json"]?["get"]?["security"]?.array?.isEmpty == true)
        let list = paths?["/api/v1/things"]?["get"]?["security"]?.array
        #expect(list?.count == 2)
        #expect(list?.first?["apiKey"] != nil && list?.last?["bearer"] != nil)
        let schemes = try document()["components"]?["securitySchemes"]
        #expect(schemes?["apiKey"]?["name"]?.string == "X-API-Key")
        #expect(schemes?["bearer"]?["scheme"]?.string == "bearer")
    }

    @Test func `parameters of path, query and header are listed`() throws {
        let paths = try document()["paths"]
        let query = paths?["/api/v1/things"]?["get"]?["parameters"]?.array
        #expect(query?.first?["in"]?.string == "query")
        #expect(query?.first?["required"]?.boolean == true)
        #expect(query?.last?["in"]?.string == "header")
        let path = paths?["/api/v1/things/{thingId}"]?["put"]?["parameters"]?.array?.first
        #expect(path?["required"]?.boolean == true)
        #expect(path?["schema"]?["format"]?.string == "uuid")
    }

    @Test func `answers are those declared and the problems that follow`() throws {
        let put = try document()["paths"]?["/api/v1/things/{thingId}"]?["put"]
        let responses = try #require(put?["responses"])
        guard case .object(let members) = responses else { return #expect(Bool(false), "no object") }
        #expect(
            Set(members.map(\.name)) == ["201", "204", "400", "401", "403", "409", "413", "415", "429", "500"])
        #expect(responses["204"]?["content"] == nil)
        #expect(put?["requestBody"]?["content"]?["application/json"]?["example"]?["id"]?.string == "x")
        let conflict = responses["409"]?["content"]?["application/problem+json"]
        #expect(conflict?["schema"]?["$ref"]?.string == "#/components/schemas/Problem")
        #expect(conflict?["examples"]?["group_full"]?["value"]?["error"]?.string == "group_full")
        #expect(conflict?["examples"]?["conflict"]?["value"]?["status"]?.integer == 409)
        #expect(responses["429"]?["headers"]?["Retry-After"] != nil)
        #expect(responses["429"]?["headers"]?["RateLimit"] != nil)
    }

    @Test func `every reference leads somewhere`() throws {
        let document = try document()
        var found = 0
        func walk(_ value: JSONValue) {
            switch value {
            case .object(let members):
                for member in members {
                    if member.name == "$ref", let path = member.value.string {
                        found += 1
                        let end = path.split(separator: "/").dropFirst().reduce(document as JSONValue?) {
                            $0?[String($1)]
                        }
                        #expect(end != nil, "\(path)")
                    }
                    walk(member.value)
                }
            case .array(let elements): for element in elements { walk(element) }
            default: break
            }
        }
        walk(document)
        #expect(found > 10)
    }

    @Test func `a reference to nothing traps at the start`() async {
        await #expect(processExitsWith: .failure) {
            let registry = Registry()
            registry.add(
                Route(
                    .get, "/x", operationID: "x", summary: "x", tag: "x", callers: .anyone,
                    responses: [RouteResponse(.ok, "x", .reference("Nothing"))], handler: .immediate { _ in .json([]) })
            )
            _ = registry.makeTable(info: APIInfo(title: "t", version: "v", description: "d"))
        }
    }

    @Test func `two routes of one name trap`() async {
        await #expect(processExitsWith: .failure) {
            let registry = Registry()
            registry.add(.plain(.get, "/x"))
            registry.add(.plain(.get, "/x"))
        }
    }

    @Test func `the hub publishes the document without asking who reads it`() async throws {
        try await DispatcherUnderTest.run([RouteTable.documentRoute]) { hub in
            let answer = try await hub.ask("GET /api/v1/openapi.json")
            #expect(answer["Content-Type"] == "application/json")
            #expect(answer.json?["paths"]?["/api/v1/openapi.json"]?["get"] != nil)
            try await #expect(hub.ask("GET /api/openapi.json")["Location"] == "/api/v1/openapi.json")
        }
    }
}

@Suite struct SchemaTests {
    @Test(arguments: [
        (Schema.string(length: 2...50), #"{"type":"string","minLength":2,"maxLength":50}"#),
        (.string(values: ["a", "b"]), #"{"type":"string","enum":["a","b"]}"#),
        (.nullable(.string(values: ["a"])), #"{"type":["string","null"],"enum":["a",null]}"#),
        (.number(minimum: -90, maximum: 90), #"{"type":"number","minimum":-90,"maximum":90}"#),
        (.integer(minimum: 0), #"{"type":"integer","minimum":0}"#),
        (.nullable(.boolean), #"{"type":["boolean","null"]}"#),
        (
            .array(of: .uuid, count: 1...50),
            #"{"type":"array","items":{"type":"string","format":"uuid"},"minItems":1,"maxItems":50}"#
        ),
        (.nullable(.reference("A")), ##"{"anyOf":[{"$ref":"#/components/schemas/A"},{"type":"null"}]}"##),
        (.oneOf([.boolean, .integer()]), #"{"oneOf":[{"type":"boolean"},{"type":"integer"}]}"#),
        (.any, "{}"),
        (
            .object([.required("a", .timestamp, "when"), .optional("b", .any)]),
            #"{"type":"object","properties":{"a":{"type":"string","format":"date-time","description":"when"},"b":{}},"required":["a"]}"#
        ),
    ])
    func `a schema is written as JSON Schema`(schema: Schema, json: String) {
        var writer = JSONWriter()
        schema.write(to: &writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == json)
    }
}

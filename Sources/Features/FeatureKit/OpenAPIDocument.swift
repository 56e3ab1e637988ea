internal import HTTP
internal import Wire

/// Writes the OpenAPI 3.1 document of a table of routes.
struct OpenAPIDocument {
    let routes: [Route]
    let schemas: [(name: String, schema: Schema)]
    let info: APIInfo

    func encoded() -> [UInt8] {
        checkReferences()
        return JSONWriter.bytes { json in
            json.object { json in
                json.member("openapi", "3.1.0")
                json.object("info") { json in
                    json.member("title", info.title)
                    json.member("version", info.version)
                    json.member("description", info.description)
                    json.object("license") {
                        $0.member("name", "Apache-2.0")
                        $0.member("identifier", "Apache-2.0")
                    }
                }
                json.array("servers") { $0.object { $0.member("url", "/") } }
                json.array("tags", of: distinct(routes.map(\.tag))) { json, tag in
                    json.object { $0.member("name", tag) }
                }
                json.object("paths") { json in
                    for path in distinct(routes.map(\.path)) {
                        json.object(path.description) { json in
                            for route in routes where route.path == path { writeOperation(route, to: &json) }
                        }
                    }
                }
                json.object("components", writeComponents)
            }
        }
    }

    private func checkReferences() {
        let defined = Set(schemas.map(\.name))
        var used = schemas.reduce(into: Set<String>()) { $0.formUnion($1.schema.references) }
        for route in routes {
            for parameter in route.parameters { used.formUnion(parameter.schema.references) }
            used.formUnion(route.content?.schema.references ?? [])
            for response in route.responses { used.formUnion(response.schema?.references ?? []) }
        }
        precondition(used.isSubset(of: defined), "Schemas without definition: \(used.subtracting(defined).sorted())")
    }

    private func writeComponents(to json: inout JSONWriter) {
        json.object("schemas") { json in
            for (name, schema) in schemas {
                json.name(name)
                schema.write(to: &json)
            }
        }
        json.object("headers") { json in
            json.object("RequestID") { json in
                json.member("description", "The request's id: the client's own, or one the hub made")
                json.name("schema")
                Schema.string(length: 1...128).write(to: &json)
            }
            json.object("RetryAfter") { json in
                json.member("description", "Seconds until the same request may succeed")
                json.name("schema")
                Schema.integer(minimum: 0).write(to: &json)
            }
            json.object("IdempotencyReplayed") { json in
                json.member("description", "`true` if this is the answer that the key's first request was given")
                json.name("schema")
                Schema.string(values: ["true"]).write(to: &json)
            }
            json.object("RateLimit") { json in
                json.member(
                    "description",
                    "How the caller stands by each policy with a limit: r more requests now, and in t seconds some more, such as "
                        + "\"key\";r=50;t=30")
                json.name("schema")
                Schema.string().write(to: &json)
            }
            json.object("RateLimitPolicy") { json in
                json.member(
                    "description",
                    "The policies that the request counts by: q requests in any w seconds, such as \"key\";q=100;w=60")
                json.name("schema")
                Schema.string().write(to: &json)
            }
        }
        json.object("securitySchemes") { json in
            json.object("apiKey") {
                $0.member("type", "apiKey")
                $0.member("in", "header")
                $0.member("name", "X-API-Key")
            }
            json.object("bearer") {
                $0.member("type", "http")
                $0.member("scheme", "bearer")
            }
        }
    }
}

/// The elements without repetition, in the order of their first.
func distinct<Element: Hashable>(_ elements: [Element]) -> [Element] {
    var seen: Set<Element> = []
    return elements.filter { seen.insert($0).inserted }
}

extension JSONWriter {
    /// A member whose name is known only now.
    mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        object(body)
    }
}

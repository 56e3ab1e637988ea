internal import HTTP
internal import Wire

extension OpenAPIDocument {
    func writeOperation(_ route: Route, to json: inout JSONWriter) {
        json.object(route.method.rawValue.lowercased()) { json in
            json.member("operationId", route.operationID)
            json.member("summary", route.summary)
            if !route.description.isEmpty { json.member("description", route.description) }
            json.array("tags") { $0.value(route.tag) }
            writeSecurity(route, to: &json)
            if !route.ratePolicies.isEmpty {
                json.array("x-rate-policies", of: route.ratePolicies) { $0.value($1) }
            }
            let parameters = allParameters(of: route)
            if !parameters.isEmpty { json.array("parameters", of: parameters) { writeParameter($1, to: &$0) } }
            if let content = route.content { writeContent(content, to: &json) }
            json.object("responses") { json in
                for status in distinct(route.responses.map(\.status)) {
                    writeResponses(route.responses.filter { $0.status == status }, of: route, to: &json)
                }
                writeErrors(route, to: &json)
            }
        }
    }

    private func writeSecurity(_ route: Route, to json: inout JSONWriter) {
        json.array("security") { json in
            guard route.callers != .anyone else { return }
            // What is optional is an empty requirement beside the others.
            if route.callers.contains(.anyone) { json.object { _ in } }
            if !route.callers.isDisjoint(with: [.apiKey, .admin]) { json.object { $0.array("apiKey") { _ in } } }
            if route.callers.contains(.user) { json.object { $0.array("bearer") { _ in } } }
        }
    }

    private func allParameters(of route: Route) -> [RouteParameter] {
        let inPath = route.path.parameters.map { name in
            route.parameters.first { $0.place == .path && $0.name == name } ?? .path(name, .string())
        }
        let key: [RouteParameter] = route.isIdempotent ? [IdempotencyGate.parameter] : []
        return inPath + route.parameters.filter { $0.place != .path } + key
    }

    private func writeParameter(_ parameter: RouteParameter, to json: inout JSONWriter) {
        json.object { json in
            json.member("name", parameter.name)
            json.member("in", parameter.place.rawValue)
            json.member("required", parameter.isRequired)
            if !parameter.summary.isEmpty { json.member("description", parameter.summary) }
            json.name("schema")
            parameter.schema.write(to: &json)
            // A page fills in what it finds here: what may be left out is left out.
            if parameter.isRequired {
                json.member("example", parameter.schema.example(of: parameter.name, in: examples))
            }
        }
    }

    /// What references mean.
    private var examples: [String: Schema] {
        Dictionary(schemas.map { ($0.name, $0.schema) }) { first, _ in first }
    }

    private func writeContent(_ content: RequestContent, to json: inout JSONWriter) {
        json.object("requestBody") { json in
            json.member("required", content.isRequired)
            json.object("content") { json in
                json.object(content.mediaType) { json in
                    json.name("schema")
                    content.schema.write(to: &json)
                    json.member("example", content.example ?? content.schema.example(in: examples))
                }
            }
        }
    }

    /// The answers of one status, which differ in their media types.
    private func writeResponses(_ responses: [RouteResponse], of route: Route, to json: inout JSONWriter) {
        json.object(String(responses[0].status.code)) { json in
            json.member("description", responses[0].summary)
            writeHeaders(of: route, to: &json, retryAfter: false, replayed: route.isIdempotent)
            let withContent = responses.filter { $0.schema != nil }
            guard !withContent.isEmpty else { return }
            json.object("content") { json in
                for response in withContent {
                    json.object(response.mediaType) { json in
                        json.name("schema")
                        response.schema?.write(to: &json)
                        json.member("example", response.example)
                    }
                }
            }
        }
    }

    /// One response for each status, with an example for each code that has it.
    private func writeErrors(_ route: Route, to json: inout JSONWriter) {
        let taken = Set(route.responses.map { Int($0.status.code) })
        let codes = route.allErrors.filter { !taken.contains($0.httpStatus) }
        for status in distinct(codes.map(\.httpStatus)).sorted() {
            let same = codes.filter { $0.httpStatus == status }
            json.object(String(status)) { json in
                json.member("description", same.map { "\($0.title)" }.joined(separator: ", or "))
                let retryAfter = status == 429 || status == 503 || status == 409 && route.isIdempotent
                writeHeaders(of: route, to: &json, retryAfter: retryAfter)
                json.object("content") { json in
                    json.object("application/problem+json") { json in
                        json.name("schema")
                        Schema.reference("Problem").write(to: &json)
                        json.object("examples") { json in
                            for code in same { writeExample(code, to: &json) }
                        }
                    }
                }
            }
        }
    }

    private func writeExample(_ code: ErrorCode, to json: inout JSONWriter) {
        json.object(code.rawValue) { json in
            json.name("value")
            json.encoded(
                ResponseEncoder.problem(
                    Refusal(code, message: "\(code.title)"), requestID: "01978d3c-5d2e-7c3a-9f41-2b6f0a1c9e77"))
        }
    }

    private func writeHeaders(of route: Route, to json: inout JSONWriter, retryAfter: Bool, replayed: Bool = false) {
        json.object("headers") { json in
            json.object("X-Request-ID") { $0.member("$ref", "#/components/headers/RequestID") }
            if !route.isProbe {
                json.object("RateLimit") { $0.member("$ref", "#/components/headers/RateLimit") }
                json.object("RateLimit-Policy") { $0.member("$ref", "#/components/headers/RateLimitPolicy") }
            }
            if retryAfter { json.object("Retry-After") { $0.member("$ref", "#/components/headers/RetryAfter") } }
            if replayed {
                json.object(IdempotencyGate.replayField) {
                    $0.member("$ref", "#/components/headers/IdempotencyReplayed")
                }
            }
        }
    }
}

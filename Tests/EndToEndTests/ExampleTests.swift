import Crypto
import Foundation
import Model
import Testing
import Wire

/// The examples of the OpenAPI document, sent to a real hub.
@Suite(.timeLimit(.minutes(4)))
struct ExampleTests {
    /// One operation of the document, and the request that its examples make.
    private struct Example {
        let name: String
        let method: String
        let path: String
        let headers: [(String, String)]
        let body: JSONValue?
        let takesUsers: Bool
        let takesKeys: Bool
        let statuses: Set<String>

        init(_ method: String, _ template: String, _ operation: JSONValue) throws {
            name = operation["operationId"]?.string ?? ""
            self.method = method.uppercased()
            var path = template
            var query: [String] = []
            var headers: [(String, String)] = []
            for parameter in operation["parameters"]?.array ?? [] where parameter["required"] == .boolean(true) {
                let named = try #require(parameter["name"]?.string)
                let example = try #require(parameter["example"], "\(name) has no example of \(named)")
                let text = example.string ?? example.integer.map(String.init) ?? example.double.map { "\($0)" } ?? ""
                let escaped = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                switch parameter["in"]?.string {
                case "path": path.replace("{\(named)}", with: escaped)
                case "query": query.append("\(named)=\(escaped)")
                default: headers.append((named, text))
                }
            }
            let content = operation["requestBody"]?["content"]
            if case .object(let types)? = content, let type = types.first {
                headers.append(("Content-Type", type.name))
                body = ExampleTests.now(try #require(type.value["example"], "\(name) has no example of a body"))
            } else {
                body = nil
            }
            self.path = query.isEmpty ? path : path + "?" + query.joined(separator: "&")
            self.headers = headers
            let security = operation["security"]?.array ?? []
            takesUsers = security.contains { $0["bearer"] != nil }
            takesKeys = security.contains { $0["apiKey"] != nil }
            guard case .object(let responses)? = operation["responses"] else { throw Unexpected(what: "no responses") }
            statuses = Set(responses.map(\.name))
        }
    }

    /// The example as it would be written now: fixes that are a week old are refused.
    private static func now(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(
                members.map { member in
                    guard member.name == "timestamp" else {
                        return .init(name: member.name, value: now(member.value))
                    }
                    return .init(name: "timestamp", value: .integer(Timestamp.now.milliseconds))
                })
        case .array(let elements): .array(elements.map(now))
        default: value
        }
    }

    @Test func `every route has examples, which are understood and answered as the document says`() async throws {
        try await RunningHub.with { hub in
            let admin = try await RunningHub.makeKey("examples", isAdmin: true, in: hub.keys)
            let document = try await hub.address.request("GET", "/api/v1/openapi.json").json
            guard case .object(let paths)? = document["paths"] else { throw Unexpected(what: "no paths") }
            var examples: [Example] = []
            for path in paths {
                guard case .object(let operations) = path.value else { continue }
                for operation in operations {
                    examples.append(try Example(operation.name, path.name, operation.value))
                }
            }
            #expect(examples.count > 80)
            for example in examples {
                var headers = example.headers
                if example.takesUsers {
                    headers += try await TestPerson.register(on: hub.address, "sender").headers
                }
                let body = example.body.map { body in
                    String(decoding: JSONWriter.bytes { $0.value(body) }, as: UTF8.self)
                }
                let key = example.takesKeys && !example.takesUsers ? admin.text : nil
                let answer = try await hub.address.request(
                    example.method, example.path, body: body, headers: headers, key: .some(key))
                #expect(
                    example.statuses.contains("\(answer.status)"),
                    "\(example.name) answers \(answer.status), which the document does not have")
                // It may ask for what is not there; it is not malformed, and nothing breaks.
                #expect(
                    ![400, 411, 413, 415, 500].contains(answer.status),
                    "\(example.name) answers \(answer.status) \(answer.error ?? "") \(answer.json["details"] ?? .null)")
            }
        }
    }
}

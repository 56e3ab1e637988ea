import Model
import Testing
import Wire

/// What HTTP clients get for requests that are wrong; smuggling and size first, meaning after.
@Suite(.timeLimit(.minutes(2)))
struct BadRequestTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        let name: String
        let text: String
        var status = 400

        var testDescription: String { name }
    }

    /// Each is followed by a request that must not be served on the same connection.
    static let smuggling = [
        Sample(
            name: "both framings",
            text: post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        Sample(name: "two lengths", text: post("Content-Length: 2\r\nContent-Length: 3", "{}")),
        Sample(name: "a list of lengths", text: post("Content-Length: 2, 2", "{}")),
        Sample(name: "a signed length", text: post("Content-Length: +2", "{}")),
        Sample(name: "a hexadecimal length", text: post("Content-Length: 0x2", "{}")),
        Sample(name: "chunked twice", text: post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n")),
        Sample(name: "chunked behind a tab", text: post("Transfer-Encoding:\u{b}chunked", "0\r\n\r\n")),
        Sample(name: "an unknown coding", text: post("Transfer-Encoding: xchunked", "0\r\n\r\n"), status: 501),
        Sample(name: "a bad chunk size", text: post("Transfer-Encoding: chunked", "2;\r\n{}\r\n0x0\r\n\r\n")),
        Sample(
            name: "a chunk that is longer than it says",
            text: post("Transfer-Encoding: chunked", "2\r\n{} \r\n0\r\n\r\n")),
        Sample(
            name: "a chunk size past 64 bits", text: post("Transfer-Encoding: chunked", "10000000000000002\r\n{}\r\n")),
        Sample(
            name: "a chunk ended by a bare line feed", text: post("Transfer-Encoding: chunked", "2\n{}\r\n0\r\n\r\n")),
        Sample(name: "a folded field", text: post("Content-Length: 2\r\nX: a\r\n b", "{}")),
        Sample(name: "white space before the colon", text: post("Content-Length : 2", "{}")),
        Sample(name: "a bare line feed between fields", text: post("X: a\nContent-Length: 2", "{}")),
        Sample(name: "a bare carriage return in a value", text: post("X: a\rContent-Length: 2", "{}")),
        Sample(name: "two hosts", text: post("Host: other\r\nContent-Length: 2", "{}")),
        Sample(name: "a version of tomorrow", text: "GET /api/health/live HTTP/2.0\r\nHost: a\r\n\r\n", status: 505),
        Sample(name: "a method of nobody's", text: "BREW /api/health/live HTTP/1.1\r\nHost: a\r\n\r\n", status: 501),
        Sample(name: "a path with dots", text: "GET /api/health/../health/live HTTP/1.1\r\nHost: a\r\n\r\n"),
        Sample(
            name: "a target of 100 KB",
            text: "GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\nHost: a\r\n\r\n",
            status: 414),
        Sample(name: "TLS on the plain port", text: "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}"),
    ]

    private static func post(_ fields: String, _ body: String) -> String {
        "POST /api/v1/devices/register HTTP/1.1\r\nHost: hub\r\n\(fields)\r\n\r\n\(body)"
    }

    @Test(arguments: smuggling)
    func `an unsound request is refused and nothing behind it is served`(sample: Sample) async throws {
        let hub = try await RunningHub.shared.address()
        let connection = try await RawConnection.connect(port: hub.port)
        await connection.send(sample.text + "GET /api/health/live HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try await connection.answer()
        #expect(answer.status == sample.status)
        #expect(answer["Content-Type"] == "application/problem+json")
        #expect(answer["Connection"] == "close")
        #expect(try await connection.toEnd().isEmpty)
        #expect(try await hub.get("/api/health/live").status == 200)
    }

    @Test func `a header section of a megabyte is answered 431 while it is being sent`() async throws {
        let hub = try await RunningHub.shared.address()
        let connection = try await RawConnection.connect(port: hub.port)
        await connection.send("GET /api/health/live HTTP/1.1\r\nHost: a\r\n")
        for _ in 0..<1024 { await connection.send("X-Filler: \(String(repeating: "x", count: 1012))\r\n") }
        let answer = try await connection.answer()
        #expect(answer.status == 431)
        #expect(answer.error == "payload_too_large")
        #expect(try await connection.toEnd().isEmpty)
        #expect(try await hub.serves())
    }

    @Test func `a body past the limit is answered 413 before it is sent`() async throws {
        let hub = try await RunningHub.shared.address()
        let connection = try await RawConnection.connect(port: hub.port)
        await connection.send(
            "POST /api/v1/locations/batch HTTP/1.1\r\nHost: a\r\nX-API-Key: \(hub.key ?? "")\r\n"
                + "Content-Length: 1048577\r\n\r\n")
        let answer = try await connection.answer()
        #expect(answer.status == 413)
        #expect(answer.error == "payload_too_large")
        #expect(answer.json["message"] == .string("Request exceeds maximum size"))
    }

    @Test func `pipelined requests are answered in their order whatever they wait for`() async throws {
        let hub = try await RunningHub.shared.address()
        let connection = try await RawConnection.connect(port: hub.port)
        let key = "X-API-Key: \(hub.key ?? "")"
        // The first asks Postgres, the second nobody, the third another loop perhaps.
        await connection.send(
            "GET /api/health HTTP/1.1\r\nHost: a\r\n\r\nGET /api/health/live HTTP/1.1\r\nHost: a\r\n\r\n"
                + "GET /api/v1/devices?groupId=nobody-here HTTP/1.1\r\nHost: a\r\n\(key)\r\n\r\n")
        #expect(try await connection.answer().json["status"] == .string("healthy"))
        #expect(try await connection.answer().json["status"] == .string("alive"))
        #expect(try await connection.answer().text == #"{"devices":[]}"#)
        await connection.close()
    }

    @Test func `what a request means is checked and answered as documented`() async throws {
        let hub = try await RunningHub.shared.address()
        let register = "/api/v1/devices/register"
        func expect(
            _ answer: HTTPAnswer, _ status: Int, _ error: String, fields: [String] = [],
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(answer.status == status, sourceLocation: sourceLocation)
            #expect(answer.error == error, sourceLocation: sourceLocation)
            #expect(answer.wrongFields == fields, sourceLocation: sourceLocation)
            #expect(answer["Content-Type"] == "application/problem+json", sourceLocation: sourceLocation)
            #expect(answer.json["requestId"]?.string == answer["X-Request-ID"], sourceLocation: sourceLocation)
        }
        expect(try await hub.get("/nowhere"), 404, "not_found")
        expect(try await hub.get("/api/v2/devices"), 404, "not_found")
        let put = try await hub.request("PUT", register, body: "{}")
        expect(put, 405, "method_not_allowed")
        #expect(put["Allow"]?.contains("POST") == true)
        expect(try await hub.request("POST", register), 411, "missing_field")
        expect(
            try await hub.request("POST", register, body: "{}", headers: [("Content-Type", "text/plain")]), 415,
            "unsupported_media_type")
        expect(try await hub.post(register, "{"), 400, "invalid_format")
        expect(try await hub.post(register, "[]"), 400, "invalid_format")
        expect(try await hub.post(register, ""), 400, "invalid_format")
        expect(
            try await hub.post(register, "{}"), 400, "validation_error", fields: ["deviceId", "displayName", "groupId"])
        expect(
            try await hub.post(register, #"{"deviceId":"1","displayName":"x","groupId":"a b","platform":7}"#), 400,
            "validation_error", fields: ["deviceId", "displayName", "groupId", "platform"])
        expect(try await hub.get("/api/v1/devices"), 400, "missing_field", fields: ["groupId"])
        expect(try await hub.get("/api/v1/devices?groupId=a%20b"), 400, "validation_error", fields: ["groupId"])
        expect(try await hub.request("DELETE", "/api/v1/devices/not-a-uuid"), 404, "not_found")
        expect(
            try await hub.post("/api/v1/stream/tickets", #"{"deviceId":"x"}"#), 400, "validation_error",
            fields: ["deviceId"])
    }

    @Test func `a body without a Content-Type is read as JSON`() async throws {
        let hub = try await RunningHub.shared.address()
        let body = #"{"deviceId":"\#(DeviceID.random())","displayName":"Phone","groupId":"no-type"}"#
        let connection = try await RawConnection.connect(port: hub.port)
        await connection.send(
            "POST /api/v1/devices/register HTTP/1.1\r\nHost: a\r\nX-API-Key: \(hub.key ?? "")\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(try await connection.answer().status == 200)
        await connection.close()
    }

    @Test func `an unversioned path leads to version 1`() async throws {
        let hub = try await RunningHub.shared.address()
        let get = try await hub.get("/api/devices?groupId=x1")
        #expect(get.status == 301)
        #expect(get["Location"] == "/api/v1/devices?groupId=x1")
        let post = try await hub.post("/api/locations", "{}")
        #expect(post.status == 308)
        #expect(post["Location"] == "/api/v1/locations")
    }
}

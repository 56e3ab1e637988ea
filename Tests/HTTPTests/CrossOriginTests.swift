import HTTP
import Testing

@Suite struct `The policy for pages of other origins` {
    private func answer(_ origins: [String], origin: String?) throws -> HTTPHeaders {
        let request = try HTTPRequest(.get, "/", headers: origin.map { ["Origin": $0] } ?? [:])
        var headers = HTTPHeaders()
        CrossOriginPolicy(origins: origins).permit(request, in: &headers)
        return headers
    }

    private func preflight(_ origins: [String], origin: String, asks: Bool = true) throws -> HTTPHeaders {
        var headers: HTTPHeaders = ["Origin": origin]
        if asks { headers.append("Access-Control-Request-Method", "PUT") }
        let request = try HTTPRequest(.options, "/", headers: headers)
        return CrossOriginPolicy(origins: origins).options(request, allow: [.get, .head, .put, .options]).headers
    }

    @Test(arguments: [
        "https://evil.example", "https://app.example.evil.example", "https://app.example:444", "http://app.example",
        "https://APP.example", "https://app.example/", "null", "", "*", "https://app.example, https://evil.example",
        "app.example", "https://sub.app.example",
    ])
    func `lets nobody in but who is named, letter by letter`(origin: String) throws {
        let headers = try answer(["https://app.example", "https://b.example"], origin: origin)
        #expect(headers["Access-Control-Allow-Origin"] == nil)
        #expect(headers["Access-Control-Expose-Headers"] == nil)
        #expect(headers["Vary"] == "Origin")
        let preflight = try preflight(["https://app.example"], origin: origin)
        #expect(preflight["Access-Control-Allow-Methods"] == nil && preflight["Access-Control-Allow-Headers"] == nil)
    }

    @Test func `names the page that is let in, and tells caches that it does`() throws {
        let headers = try answer(["https://a.example", "https://app.example"], origin: "https://app.example")
        #expect(headers["Access-Control-Allow-Origin"] == "https://app.example")
        #expect(headers["Vary"] == "Origin")
        // An answer to no page must not be given to one by a cache.
        #expect(try answer(["https://app.example"], origin: nil) == ["Vary": "Origin"])
    }

    @Test func `is the same for all where any page is let in, and silent where none is`() throws {
        for origin in ["https://evil.example", "null"] {
            let headers = try answer(["*"], origin: origin)
            #expect(headers["Access-Control-Allow-Origin"] == "*")
            #expect(headers["Vary"] == nil)
        }
        #expect(try answer(["*"], origin: nil).isEmpty)
        #expect(try answer([], origin: "https://app.example").isEmpty)
    }

    @Test(arguments: [["*"], ["https://app.example"]])
    func `never sends credentials along`(origins: [String]) throws {
        #expect(try answer(origins, origin: "https://app.example")["Access-Control-Allow-Credentials"] == nil)
        #expect(try preflight(origins, origin: "https://app.example")["Access-Control-Allow-Credentials"] == nil)
    }

    @Test func `tells a preflight the path's methods and the fields that the API reads`() throws {
        let headers = try preflight(["https://app.example"], origin: "https://app.example")
        #expect(headers["Access-Control-Allow-Methods"] == "GET, HEAD, PUT, OPTIONS")
        #expect(headers["Access-Control-Max-Age"] == "600")
        let allowed = headers["Access-Control-Allow-Headers"]?.split(separator: ", ").map(String.init) ?? []
        for name in [
            "X-API-Key", "Idempotency-Key", "Authorization", "Content-Type", "If-None-Match", "traceparent",
            "X-Request-ID",
        ] { #expect(allowed.contains(name), "\(name)") }
        #expect(!allowed.contains("*"))
        #expect(
            try preflight(["*"], origin: "https://a", asks: false)["Access-Control-Allow-Methods"] == nil,
            "OPTIONS without a question is no preflight")
    }

    @Test func `lets a page read what the API says beside its content`() throws {
        let exposed = try answer(["*"], origin: "https://a")["Access-Control-Expose-Headers"]?.split(separator: ", ")
        for name in ["X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After", "Location", "ETag"] {
            #expect(exposed?.contains { $0 == name } == true, "\(name)")
        }
    }
}

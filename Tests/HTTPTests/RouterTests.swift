import HTTP
import Testing

@Suite struct RouterTests {
    private let router: Router<String> = {
        var router = Router<String>()
        router.add(.get, "/", "root")
        router.add(.get, "/devices", "list")
        router.add(.post, "/devices", "make")
        router.add(.get, "/devices/{deviceId}", "one")
        router.add(.delete, "/devices/{deviceId}", "remove")
        router.add(.get, "/devices/register", "register")
        router.add(.get, "/devices/{deviceId}/fixes/{fixId}", "fix")
        router.add(.get, "/devices/register/now", "now")
        return router
    }()

    private func describe(_ method: HTTPMethod, _ path: String) throws -> String {
        switch router.match(try HTTPRequest(method, path)) {
        case .found(let name, let parameters): ([name] + parameters).joined(separator: " ")
        case .otherMethods(let allow): "405 " + allow.map(\.rawValue).joined(separator: " ")
        case .notFound: "404"
        }
    }

    @Test(arguments: [
        ("/", "root"), ("/devices", "list"), ("/devices/7", "one 7"), ("/devices/a%20b", "one a b"),
        ("/devices/register", "register"), ("/devices/7/fixes/8", "fix 7 8"),
        ("/devices/register/now", "now"), ("/devices/register/fixes/8", "fix register 8"),
        ("/devices/", "404"), ("/devices/7/", "404"), ("/devices//fixes/8", "404"), ("/Devices", "404"),
        ("/devices/7/fixes", "404"), ("/device", "404"), ("/devices/7/fixes/8/9", "404"),
    ])
    func `a path finds its route, fixed segments first`(path: String, expected: String) throws {
        #expect(try describe(.get, path) == expected)
    }

    @Test func `HEAD finds what serves GET`() throws {
        #expect(try describe(.head, "/devices/7") == "one 7")
        #expect(try describe(.post, "/devices") == "make")
    }

    @Test(arguments: [("/devices/7", "one"), ("/devices/register", "register"), ("/", "root")])
    func `what serves a request is told without its parameters too`(path: String, expected: String) throws {
        #expect(router.destination(of: try HTTPRequest(.get, path)) == expected)
        #expect(router.destination(of: try HTTPRequest(.head, path)) == expected)
        #expect(router.destination(of: try HTTPRequest(.put, path)) == nil)
        #expect(router.destination(of: try HTTPRequest(.get, path + "/no/such")) == nil)
    }

    @Test func `a known path with another method tells the methods it has`() throws {
        #expect(try describe(.put, "/devices") == "405 GET HEAD POST OPTIONS")
        #expect(try describe(.post, "/devices/7") == "405 GET HEAD DELETE OPTIONS")
        #expect(try describe(.options, "/devices/7") == "405 GET HEAD DELETE OPTIONS")
    }

    @Test func `two routes for one method and path trap`() async {
        await #expect(processExitsWith: .failure) {
            var router = Router<Int>()
            router.add(.get, "/a/{b}", 1)
            router.add(.get, "/a/{c}", 2)
        }
    }
}

@Suite struct CrossOriginPolicyTests {
    private func preflight(_ policy: CrossOriginPolicy, origin: String) throws -> HTTPHeaders {
        let request = try HTTPRequest(
            .options, "/x", headers: ["Origin": origin, "Access-Control-Request-Method": "POST"])
        var response = policy.options(request, allow: [.get, .post])
        policy.permit(request, in: &response.headers)
        #expect(response.status == .noContent)
        #expect(response.headers["Allow"] == "GET, POST")
        return response.headers
    }

    @Test func `any origin may read when all are allowed`() throws {
        let headers = try preflight(CrossOriginPolicy(origins: ["*"]), origin: "https://a")
        #expect(headers["Access-Control-Allow-Origin"] == "*")
        #expect(headers["Access-Control-Allow-Methods"] == "GET, POST")
        #expect(headers["Access-Control-Allow-Headers"]?.contains("X-API-Key") == true)
        #expect(headers["Vary"] == nil)
    }

    @Test func `a listed origin is named, another is not`() throws {
        let policy = CrossOriginPolicy(origins: ["https://a", "https://b"])
        let listed = try preflight(policy, origin: "https://b")
        #expect(listed["Access-Control-Allow-Origin"] == "https://b")
        #expect(listed["Vary"] == "Origin")
        let other = try preflight(policy, origin: "https://b.evil")
        #expect(other["Access-Control-Allow-Origin"] == nil)
        #expect(other["Access-Control-Allow-Methods"] == nil)
        #expect(other["Vary"] == "Origin")
    }

    @Test func `a request of no page gets nothing`() throws {
        var headers = HTTPHeaders()
        CrossOriginPolicy(origins: ["*"]).permit(try HTTPRequest(.get, "/"), in: &headers)
        #expect(headers.isEmpty)
        #expect(!CrossOriginPolicy(origins: []).allows("https://a"))
    }
}

import Testing

@testable import HTTP

@Suite struct HTTPHeadersTests {
    @Test func `names are found in any case, values in order`() {
        let headers: HTTPHeaders = ["Accept": "a", "X-Other": "b", "ACCEPT": "c"]
        #expect(headers["accept"] == "a")
        #expect(headers.values(of: "Accept") == ["a", "c"])
        #expect(headers["accep"] == nil)
        #expect(headers.contains("x-OTHER"))
    }

    @Test func `set replaces every field of the name`() {
        var headers: HTTPHeaders = ["A": "1", "B": "2", "a": "3"]
        headers.set("A", "4")
        #expect(headers.map(\.name) == ["B", "A"])
        #expect(headers["a"] == "4")
    }

    @Test(arguments: ["upgrade", "Upgrade", "keep-alive"])
    func `an element of a list is found in any case`(token: String) {
        let headers: HTTPHeaders = ["Connection": "Keep-Alive , UPGRADE", "Connection": "x"]
        #expect(headers.contains("connection", token: token))
        #expect(!headers.contains("connection", token: "keep"))
    }

    @Test func `control bytes of a value become spaces`() {
        let headers: HTTPHeaders = ["X": "a\r\nSet-Cookie: b\u{0}\u{7f}c\td"]
        #expect(headers["X"] == "a  Set-Cookie: b  c\td")
    }

    @Test func `a name that is no token traps`() async {
        await #expect(processExitsWith: .failure) {
            var headers = HTTPHeaders()
            headers.append("X\r\nY", "z")
        }
    }

    @Test func `a received request keeps its fields and finds its host`() throws {
        let request = try HTTPRequest(.get, "http://other/x?y=1", headers: ["Host": "hub:80", "X": "é"])
        #expect(request.authority == "other")
        #expect(request.headers["host"] == "hub:80")
        #expect(request.headers["x"] == "é")
        #expect(request.pathAndQuery == "/x?y=1")
        #expect(request.target == "http://other/x?y=1")
    }
}

@Suite struct QueryTests {
    @Test func `values are decoded when they are asked for`() {
        let query = Query("a=1&b=x+y%20z&%61b=c&flag&a=2&e=")
        #expect(query["a"] == "1")
        #expect(query.values(of: "a") == ["1", "2"])
        #expect(query["b"] == "x y z")
        #expect(query["ab"] == "c")
        #expect(query["flag"]?.isEmpty == true)
        #expect(query["e"]?.isEmpty == true)
        #expect(query["missing"] == nil)
        #expect(query.items.map(\.name) == ["a", "b", "ab", "flag", "a", "e"])
    }

    @Test(arguments: ["%", "%4", "%zz", "a%f", "%ff"])
    func `a malformed escape has no meaning`(text: String) {
        #expect(PercentCoding.decode(text.utf8) == nil)
    }

    @Test(arguments: ["", "plain", "a b&c=d/é+%", "\u{0}\n"])
    func `what is encoded decodes to itself`(text: String) {
        let encoded = PercentCoding.encode(text)
        #expect(PercentCoding.decode(encoded.utf8, plusIsSpace: true) == text)
        #expect(encoded.utf8.allSatisfy { $0 > 32 && $0 < 127 })
    }
}

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (1_795_219_199, "Fri, 20 Nov 2026 23:59:59 GMT"),
    ])
    func `dates are written as RFC 9110 has them`(seconds: Int, text: String) {
        #expect(String(decoding: HTTPDate.format(seconds), as: UTF8.self) == text)
    }
}

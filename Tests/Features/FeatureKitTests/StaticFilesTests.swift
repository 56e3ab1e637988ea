import FeatureKit
import HTTP
import HubTesting
import Testing

@Suite struct `Static files` {
    private static let script = StaticFile("map.js", Array(String(repeating: "let x = 1;\n", count: 200).utf8))
    private static let pixel = StaticFile("dot.png", [0x89, 0x50, 0x4E, 0x47, 1, 2, 3])

    private func request(_ fields: HTTPHeaders = [:]) throws -> HTTPRequest {
        try HTTPRequest(.get, "/app/1/map.js", headers: fields)
    }

    @Test func `are compressed for those who take that, under a tag of its own`() async throws {
        let file = `Static files`.script
        let plain = await file.answer(to: try request(), .forever)
        let small = await file.answer(to: try request(["Accept-Encoding": "br, gzip"]), .forever)
        #expect(plain.body == file.bytes)
        #expect(plain.headers["Content-Encoding"] == nil)
        #expect(small.headers["Content-Encoding"] == "gzip")
        #expect(small.body.count * 5 < plain.body.count)
        #expect(small.body.starts(with: [0x1F, 0x8B]))
        #expect(plain.headers["ETag"] != small.headers["ETag"])
        #expect(plain.headers["Vary"] == "Accept-Encoding")
    }

    @Test func `that do not get smaller are sent as they are`() async throws {
        let answer = await `Static files`.pixel.answer(to: try request(["Accept-Encoding": "gzip"]), .forever)
        #expect(answer.body == `Static files`.pixel.bytes)
        #expect(answer.headers["Content-Encoding"] == nil)
        #expect(answer.headers["Vary"] == nil)
    }

    @Test(arguments: ["%", "W/%", "\"other\", %", "*"])
    func `that a client has are not sent again`(known: String) async throws {
        let file = `Static files`.script
        let first = await file.answer(to: try request(), .revalidated)
        let tag = try #require(first.headers["ETag"])
        let again = await file.answer(
            to: try request(["If-None-Match": known.replacing("%", with: tag)]), .revalidated)
        #expect(again.status == .notModified)
        #expect(again.body.isEmpty)
        #expect(again.headers["ETag"] == tag)
        let other = await file.answer(to: try request(["If-None-Match": "\"0000000000000000\""]), .revalidated)
        #expect(other.status == .ok)
    }

    @Test func `may be kept for ever under their version, and are asked for again under another`() async throws {
        let files = StaticFiles([`Static files`.script, `Static files`.pixel])
        let route = files.route(under: "/app", operationID: "file", summary: "For a test", tag: "Test")
        try await DispatcherUnderTest.run([route]) { hub in
            let answer = try await hub.ask("GET /app/\(files.version)/map.js")
            #expect(answer.status == 200)
            #expect(answer["Cache-Control"] == "public, max-age=31536000, immutable")
            #expect(answer["Content-Type"] == "text/javascript; charset=utf-8")
            #expect(answer["X-Content-Type-Options"] == "nosniff")
            #expect(try await hub.ask("GET /app/old/map.js")["Cache-Control"] == "no-cache")
            #expect(try await hub.ask("GET /app/\(files.version)/other.js").status == 404)
            #expect(try await hub.ask("GET /app/\(files.version)/..%2Fmap.js").status != 200)
        }
    }

    @Test func `have another version when one of them changes`() {
        let files = StaticFiles([`Static files`.script, `Static files`.pixel])
        let changed = StaticFiles([`Static files`.script, StaticFile("dot.png", [1])])
        let renamed = StaticFiles([`Static files`.script, StaticFile("dot2.png", `Static files`.pixel.bytes)])
        #expect(StaticFiles([`Static files`.pixel, `Static files`.script]).version == files.version)
        #expect(Set([files.version, changed.version, renamed.version]).count == 3)
    }

    @Test func `of a page run nothing that stands in it`() {
        var policy = PagePolicy()
        policy.imageOrigins = ["https://tile.example.org"]
        let text = policy.headers["Content-Security-Policy"] ?? ""
        #expect(text.contains("default-src 'none'"))
        #expect(!text.contains("unsafe"))
        #expect(text.contains("frame-ancestors 'none'"))
        #expect(text.contains("img-src 'self' data: https://tile.example.org;"))
    }
}

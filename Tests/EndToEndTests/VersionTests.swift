import Testing
import Wire

/// The version of the API: where it stands (story 4.3).
@Suite(.timeLimit(.minutes(2)))
struct VersionTests {
    @Test func `every route is under version 1 but those of probes and of Prometheus`() async throws {
        let hub = try await RunningHub.shared.address()
        let document = try await hub.get("/api/v1/openapi.json")
        guard case .object(let paths)? = document.json["paths"] else {
            Issue.record("the document has no paths")
            return
        }
        let unversioned = paths.map(\.name).filter { !$0.hasPrefix("/api/v1/") }
        #expect(
            Set(unversioned) == [
                "/api/health", "/api/health/live", "/api/health/ready", "/health", "/ready", "/metrics",
                "/.well-known/jwks.json",
                // Pages for people.
                "/", "/join/{code}", "/s/{token}", "/sign-in/callback", "/reset-password", "/verify-email",
                "/app/{version}/{name}", "/admin",
                "/docs", "/docs/stream", "/docs/{version}/{name}",
            ])
        #expect(paths.count > unversioned.count + 5)
        let version = try await hub.get("/api/health").json["version"]?.string
        #expect(version != nil && document.json["info"]?["version"]?.string == version)
    }

    @Test func `a path without a version leads to one that answers`() async throws {
        let hub = try await RunningHub.shared.address()
        let redirect = try await hub.get("/api/devices?groupId=nobody-here")
        #expect(redirect.status == 301)
        let target = try #require(redirect["Location"])
        #expect(try await hub.get(target).text == #"{"devices":[]}"#)
    }
}

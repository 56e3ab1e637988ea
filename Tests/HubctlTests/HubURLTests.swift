import Testing

@testable import hubctl

@Suite struct `A hub's address` {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "ws://127.0.0.1:8080/api/v1/stream"),
        ("https://hub.example/", "https://hub.example:443", "wss://hub.example:443/api/v1/stream"),
        ("wss://hub.example/live/", "https://hub.example:443/live", "wss://hub.example:443/live/api/v1/stream"),
        ("http://[::1]:9000", "http://[::1]:9000", "ws://[::1]:9000/api/v1/stream"),
    ])
    func `gives the addresses of REST and of the stream`(text: String, http: String, stream: String) throws {
        let url = try HubURL(text)
        #expect(url.http == http)
        #expect(url.stream == stream)
    }

    @Test(arguments: [
        "", "hub", "ftp://hub", "http://", "http://u:p@hub", "http://hub?x=1", "http://hub:0", "http://hub:70000",
    ])
    func `is refused when it is none`(text: String) {
        #expect(throws: CommandFailure.self) { try HubURL(text) }
    }
}

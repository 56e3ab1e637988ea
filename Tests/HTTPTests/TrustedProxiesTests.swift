import EventLoop
import HubTesting
import Testing

@testable import HTTP

@Suite struct `A block of addresses` {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.2", false), ("0.0.0.0/0", "200.1.1.1", true), ("0.0.0.0/0", "2001::1", false),
        ("10.9.9.9/8", "10.0.0.1", true), ("::/0", "2001::1", true), ("::/0", "1.2.3.4", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
        ("2001:db8::/65", "2001:db8::8000:0:0:0", false), ("2001:db8::/64", "2001:db8::8000:0:0:0", true),
        ("::1", "::1", true), ("::1/128", "::2", false), ("::ffff:10.0.0.0/104", "10.1.1.1", true),
        ("::ffff:10.0.0.0/104", "11.1.1.1", false), ("::ffff:0.0.0.0/96", "1.2.3.4", true),
    ])
    func `holds what begins as it does`(block: String, address: String, holds: Bool) throws {
        let block = try #require(AddressBlock(block))
        #expect(try block.contains(#require(IPAddress(address))) == holds)
        #expect(!block.contains(.none))
    }

    @Test(arguments: ["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8", "host/8"])
    func `is nothing else`(text: String) {
        #expect(AddressBlock(text) == nil)
    }
}

@Suite struct `Proxies that are trusted` {
    private static let proxies = TrustedProxies(["10.0.0.0/8", "::1", "fd00::/8"].compactMap { AddressBlock($0) })

    private func origin(from peer: String, _ fields: [(String, String)], isSecure: Bool = false) throws -> ClientOrigin
    {
        var headers = HTTPHeaders()
        for (name, value) in fields { headers.append(name, value) }
        let request = try HTTPRequest(.get, "/", headers: headers, peer: #require(IPAddress(peer)), isSecure: isSecure)
        return Self.proxies.origin(of: request)
    }

    @Test(arguments: [
        (["203.0.113.7"], "203.0.113.7"), (["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7 , 10.2.2.2"], "203.0.113.7"), (["203.0.113.7,10.2.2.2", "10.3.3.3"], "203.0.113.7"),
        (["10.9.9.9, 10.2.2.2"], "10.9.9.9"), ([], "10.0.0.1"), ([""], "10.0.0.1"), ([","], "10.0.0.1"),
        (["6.6.6.6, unknown"], "10.0.0.1"), (["6.6.6.6, nonsense, 10.2.2.2"], "10.2.2.2"),
        (["6.6.6.6, "], "10.0.0.1"), (["2001:db8::5"], "2001:db8::5"), (["[2001:db8::5]:443"], "2001:db8::5"),
        (["[2001:db8::5]"], "2001:db8::5"), (["203.0.113.7:1234"], "203.0.113.7"),
        (["::ffff:203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7:123456"], "10.0.0.1"), (["[203.0.113.7"], "10.0.0.1"), (["203.0.113.7:"], "10.0.0.1"),
        (["[2001:db8::5]x"], "10.0.0.1"), (["\"203.0.113.7\""], "10.0.0.1"),
    ])
    func `are believed as far as they go, from the end`(lists: [String], client: String) throws {
        let fields = lists.map { ("X-Forwarded-For", $0) }
        #expect(try origin(from: "10.0.0.1", fields).address.description == client)
    }

    @Test func `are nobody else: what a stranger forges is not read`() throws {
        let forged = [("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Proto", "https")]
        #expect(
            try origin(from: "203.0.113.9", forged)
                == ClientOrigin(address: #require(IPAddress("203.0.113.9")), isSecure: false))
        #expect(try origin(from: "203.0.113.9", forged, isSecure: true).isSecure)
        let request = try HTTPRequest(.get, "/", headers: ["X-Forwarded-For": "1.2.3.4"], peer: .loopback)
        #expect(TrustedProxies.none.origin(of: request).address == .loopback)
    }

    @Test(arguments: [
        (["https"], true), (["HTTPS"], true), (["http"], false), (["https, http"], false), (["http", "https"], true),
        (["wss"], false), ([""], false), ([], false),
    ])
    func `say by the last word whether the client spoke TLS`(values: [String], isSecure: Bool) throws {
        let fields = values.map { ("X-Forwarded-Proto", $0) }
        #expect(try origin(from: "10.0.0.1", fields).isSecure == isSecure)
        // Without a word the connection itself counts.
        if values.isEmpty { #expect(try origin(from: "10.0.0.1", fields, isSecure: true).isSecure) }
    }

    /// Whatever a client puts in front of what proxies add, and however it cuts it into fields, it stays who it is.
    @Test(arguments: 1...20)
    func `cannot be fooled by what a client sends before them`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "10.0.0.1", "6.6.6.6", "unknown", ",", " ", "\t", "[", "]", ":", "::1", "é", "\"", ";", "fd00::1",
        ]
        for _ in 0..<200 {
            let client = IPAddress(ipv4: 0xCB00_7100 | UInt32.random(in: 0...255, using: &generator))
            var fields: [(String, String)] = []
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                    pieces.randomElement(using: &generator)!
                }
                fields.append(("x-forwarded-for", text.joined()))
            }
            let proxies = (0..<Int.random(in: 0...3, using: &generator)).map { ", 10.0.0.\($0)" }.joined()
            if Bool.random(using: &generator), let last = fields.popLast() {
                fields.append(("X-Forwarded-For", "\(last.1), \(client)\(proxies)"))
            } else {
                fields.append(("X-Forwarded-For", "\(client)\(proxies)"))
            }
            #expect(try origin(from: "10.0.0.9", fields).address == client, "\(fields)")
        }
    }
}

import HubTesting
import TLS
import Testing

@Suite struct `A TLS handshake` {
    let files: TestCertificates
    let server: TLSContext

    init() throws {
        files = try TestCertificates.shared.get()
        server = try .server(certificateFile: files.certificate, keyFile: files.key)
    }

    @Test(arguments: [TLSVersion.tls12, .tls13]) func `agrees on the newest version both speak`(version: TLSVersion)
        throws
    {
        let pair = try TLSPair(
            client: .client(verifying: true, caFile: files.authority, maximumVersion: version), server: server)
        #expect(pair.client.version == nil)
        #expect(pair.shakeHands() == (.done, .done))
        #expect(pair.client.version == version)
        #expect(pair.server.version == version)
    }

    @Test func `fails for a certificate of an authority that is not trusted`() throws {
        let pair = try TLSPair(client: .client(verifying: true, caFile: files.strangerAuthority), server: server)
        let (client, server) = pair.shakeHands()
        guard case .failed(.notTrusted) = client, case .failed(.protocolFailed) = server else {
            Issue.record("client \(client), server \(server)")
            return
        }
        #expect(pair.client.send([1]) == .failed(.notTrusted(reason: "The certificate issuer is unknown.")))
    }

    @Test(arguments: ["other.test", "hub.test.other", "127.0.0.2", "::1"])
    func `fails for a certificate that names another host`(name: String) throws {
        let pair = try TLSPair(
            client: .client(verifying: true, caFile: files.authority), server: server, serverName: name)
        guard case .failed(.notTrusted(let reason)) = pair.shakeHands().client else {
            Issue.record("the client went on")
            return
        }
        #expect(reason == "The name in the certificate does not match the expected.")
    }

    @Test(arguments: ["hub.test", "HUB.test", "127.0.0.1", nil])
    func `succeeds for the names of the certificate, and for a caller that names none`(name: String?) throws {
        let pair = try TLSPair(
            client: .client(verifying: true, caFile: files.authority), server: server, serverName: name)
        #expect(pair.shakeHands() == (.done, .done))
    }

    @Test func `fails for a certificate that is not one for servers`() throws {
        let clients = try TLSContext.server(certificateFile: files.clientCertificate, keyFile: files.clientKey)
        let pair = try TLSPair(client: .client(verifying: true, caFile: files.authority), server: clients)
        guard case .failed(.notTrusted) = pair.shakeHands().client else {
            Issue.record("the client went on")
            return
        }
    }

    @Test func `fails for a client that speaks TLS 1_2 alone where 1_3 is asked for`() throws {
        let strict = try TLSContext.server(
            certificateFile: files.certificate, keyFile: files.key, minimumVersion: .tls13)
        let pair = try TLSPair(
            client: .client(verifying: true, caFile: files.authority, maximumVersion: .tls12), server: strict)
        guard case (.failed(.protocolFailed), .failed(.protocolFailed)) = pair.shakeHands() else {
            Issue.record("they agreed")
            return
        }
    }

    @Test func `succeeds with anybody when nothing is verified`() throws {
        let pair = try TLSPair(client: .client(verifying: false), server: server, serverName: "other.test")
        #expect(pair.shakeHands() == (.done, .done))
    }

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\nHost: hub.test\r\n\r\n".utf8), [UInt8](repeating: 0, count: 64),
        [0x16, 0x03, 0x01, 0x00, 0x05, 0x0E, 0x00, 0x00, 0x01, 0x00], [0x16, 0x03, 0x01, 0xFF, 0xFF, 0x01],
    ])
    func `fails on bytes that are not TLS, for good`(garbage: [UInt8]) throws {
        let sockets = try SocketPair()
        let session = try TLSSession(accepting: sockets.far, context: server)
        #expect(sendAll(garbage, to: sockets.near))
        let first = session.handshake()
        guard case .failed(.protocolFailed(let reason)) = first else {
            Issue.record("\(first)")
            return
        }
        #expect(session.handshake() == first)
        #expect(session.receive().result == .failed(.protocolFailed(reason: reason)))
        #expect(session.send([1]) == .failed(.protocolFailed(reason: reason)))
        #expect(session.sendCloseNotify() == .done)
    }

    @Test func `gives up a ClientHello that would fill the memory`() throws {
        let sockets = try SocketPair()
        let session = try TLSSession(accepting: sockets.far, context: server)
        // A record of 16 KiB whose message is said to have 16 MiB, and more of the same.
        #expect(sendAll([0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0xFF, 0xFF, 0xFF], to: sockets.near))
        #expect(sendAll([UInt8](repeating: 0, count: 16_380), to: sockets.near))
        var sent = 16_389
        while sent < 1_000_000 {
            if case .failed = session.handshake() { break }
            guard sendAll([0x16, 0x03, 0x01, 0x40, 0x00] + [UInt8](repeating: 0, count: 16_384), to: sockets.near)
            else { break }
            sent += 16_384
        }
        #expect(
            session.handshake() == .failed(.protocolFailed(reason: "too many bytes without any of the application's")))
        #expect(sent < 150_000)
    }

    @Test func `waits while the ClientHello is incomplete`() throws {
        let sockets = try SocketPair()
        let session = try TLSSession(accepting: sockets.far, context: server)
        let hello = clientHello(version: 0x0303, applicationProtocol: "http/1.1")
        for byte in hello.dropLast() {
            #expect(sendAll([byte], to: sockets.near))
            #expect(session.handshake() == .wantsRead)
        }
        #expect(receiveAll(sockets.near).isEmpty)
        #expect(sendAll([try #require(hello.last)], to: sockets.near))
        #expect(session.handshake() == .wantsRead)
        #expect(receiveAll(sockets.near).starts(with: [0x16, 0x03, 0x03]))
    }

    @Test func `refuses TLS 1.1 with the alert protocol_version`() throws {
        #expect(try alert(for: clientHello(version: 0x0302, applicationProtocol: nil)) == 70)
    }

    @Test func `refuses a client that speaks only other protocols with no_application_protocol`() throws {
        #expect(try alert(for: clientHello(version: 0x0303, applicationProtocol: "h2")) == 120)
    }

    @Test func `is cut short when the peer goes away`() throws {
        let sockets = try SocketPair()
        let session = try TLSSession(connecting: sockets.near, context: .client(verifying: false), serverName: nil)
        #expect(session.handshake() == .wantsRead)
        #expect(receiveAll(sockets.far).count > 100)
        sockets.closeFar()
        #expect(session.handshake() == .failed(.truncated))
        #expect(session.receive().result == .truncated)
    }

    /// The fatal alert a server answers `hello` with.
    private func alert(for hello: [UInt8]) throws -> UInt8? {
        let sockets = try SocketPair()
        let session = try TLSSession(accepting: sockets.far, context: server)
        #expect(sendAll(hello, to: sockets.near))
        guard case .failed(.protocolFailed) = session.handshake() else { return nil }
        let answer = receiveAll(sockets.near)
        guard answer.count == 7, answer[0] == 0x15, answer[5] == 2 else { return nil }
        return answer[6]
    }
}

/// A ClientHello (RFC 5246, section 7.4.1.2) for one cipher suite and one curve.
private func clientHello(version: UInt16, applicationProtocol: String?) -> [UInt8] {
    func sized(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes }
    var extensions: [UInt8] = [0x00, 0x0A] + sized(sized([0x00, 0x17]))  // supported_groups: secp256r1
    extensions += [0x00, 0x0D] + sized(sized([0x04, 0x03]))  // signature_algorithms: ecdsa_secp256r1_sha256
    if let applicationProtocol {
        extensions += [0x00, 0x10] + sized(sized([UInt8(applicationProtocol.utf8.count)] + applicationProtocol.utf8))
    }
    var body: [UInt8] = [UInt8(version >> 8), UInt8(version & 255)] + (0..<32).map { UInt8($0) }
    body += [0x00] + sized([0xC0, 0x2B]) + [0x01, 0x00] + sized(extensions)  // ECDHE-ECDSA-AES128-GCM-SHA256
    return [0x16, 0x03, 0x01] + sized([0x01, 0x00] + sized(body))
}

import Configuration
import Foundation
import HubTesting
import Model
import TLS
import Testing
import Wire

/// HTTPS and WSS on one port, and a certificate that is renewed under way.
@Suite(.timeLimit(.minutes(3)))
struct TLSTests {
    @Test func `everything runs under TLS and a certificate is renewed by SIGHUP`() async throws {
        let certificates = try TestCertificates.shared.get()
        let folder = try TestFiles.directory()
        let (certificate, key) = (folder + "/hub.pem", folder + "/hub.key")
        func install(_ newCertificate: String, _ newKey: String) throws {
            for (source, target) in [(newKey, key), (newCertificate, certificate)] {
                try Data(contentsOf: URL(filePath: source)).write(to: URL(filePath: target), options: .atomic)
            }
        }
        try install(certificates.certificate, certificates.key)
        let client = try TLSContext.client(verifying: true, caFile: certificates.authority)
        try await HubProcess.with(
            ["HUB__SERVER__TLS_CERTIFICATE": certificate, "HUB__SERVER__TLS_KEY": key], tls: client
        ) { hub in
            let group = GroupID.fresh()
            let id = try await hub.address.register(in: group)
            let device = try await TestClient.connect(hub.address, as: id)
            let watcher = try await TestClient.connect(hub.address)
            _ = try await watcher.watch(group)
            #expect(try await serial(hub) == CertificateFile.serial(certificates.certificate))

            // Who does not trust the authority is not served, nor who speaks plainly.
            let stranger = HubAddress(
                port: hub.port, key: hub.address.key,
                tls: try TLSContext.client(verifying: true, caFile: certificates.strangerAuthority))
            await #expect(throws: (any Error).self) { try await stranger.get("/api/health/live") }
            let plain = try await RawConnection.connect(port: hub.port)
            await plain.send("GET /api/health/live HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await plain.toEnd().starts(with: Array("HTTP/1.1 2".utf8)) == false)

            // A pair that does not fit changes nothing.
            try install(certificates.renewedCertificate, certificates.key)
            hub.run.signal(SIGHUP)
            try await Support.eventually("the mistake is logged") {
                hub.run.errorsSoFar.contains(#""message":"not reloaded","part":"certificate""#)
            }
            #expect(try await serial(hub) == CertificateFile.serial(certificates.certificate))

            try install(certificates.renewedCertificate, certificates.renewedKey)
            hub.run.signal(SIGHUP)
            let renewed = try await CertificateFile.serial(certificates.renewedCertificate)
            try await Support.eventually("the new certificate is shown") { try await serial(hub) == renewed }

            // Sessions that were open are open, and new ones open.
            #expect(try await device.ask(.location(.sample())).isAck)
            #expect(try await watcher.positions(of: group).map(\.device) == [id])
            #expect(try await hub.address.serves())
            await device.close()
            await watcher.close()
        }
    }

    @Test func `TLS 1_2 is refused where 1_3 is asked for, and answers ask for HTTPS from then on`() async throws {
        let certificates = try TestCertificates.shared.get()
        let configure: @Sendable (inout HubConfiguration) -> Void = {
            $0.server.tlsCertificate = certificates.certificate
            $0.server.tlsKey = certificates.key
            $0.server.requiresTLS13 = true
            $0.security.requiresHTTPS = true
        }
        func client(_ version: TLSVersion) throws -> TLSContext {
            try TLSContext.client(verifying: true, caFile: certificates.authority, maximumVersion: version)
        }
        try await RunningHub.with(configure) { hub in
            let old = HubAddress(port: hub.address.port, key: hub.address.key, tls: try client(.tls12))
            await #expect(throws: (any Error).self) { try await old.get("/api/health/live") }
            let new = HubAddress(port: hub.address.port, key: hub.address.key, tls: try client(.tls13))
            let answer = try await new.get("/api/v1/devices?groupId=x1")
            #expect(answer.status == 200)
            #expect(answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains")
            #expect(answer.fields.count { $0.name == "Strict-Transport-Security" } == 1)
        }
    }

    @Test func `a client comes back with its ticket, and is known`() async throws {
        let certificates = try TestCertificates.shared.get()
        let configure: @Sendable (inout HubConfiguration) -> Void = {
            $0.server.tlsCertificate = certificates.certificate
            $0.server.tlsKey = certificates.key
        }
        try await RunningHub.with(configure) { hub in
            let session = TestFiles.root + "/\(UUID().uuidString).session"
            let address = ["s_client", "-tls1_2", "-connect", "127.0.0.1:\(hub.address.port)"]
            let first = try await ProgramRun.run(system: "openssl", address + ["-sess_out", session])
            #expect(first.output.contains("New, TLSv1.2"))
            let second = try await ProgramRun.run(system: "openssl", address + ["-sess_in", session])
            #expect(second.output.contains("Reused, TLSv1.2"))
        }
    }

    @Test func `a handshake that is not gone on with is cut`() async throws {
        let certificates = try TestCertificates.shared.get()
        let configure: @Sendable (inout HubConfiguration) -> Void = {
            $0.server.tlsCertificate = certificates.certificate
            $0.server.tlsKey = certificates.key
            $0.server.headerTimeout = .seconds(1)
        }
        try await RunningHub.with(configure) { hub in
            let silent = try await RawConnection.connect(port: hub.address.port)
            let halfway = try await RawConnection.connect(port: hub.address.port)
            // The beginning of a ClientHello of 512 bytes.
            await halfway.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
            #expect(try await silent.toEnd() == [])
            #expect(try await halfway.toEnd() == [])
        }
    }

    /// The serial number of the certificate that the hub shows.
    private func serial(_ hub: HubProcess) async throws -> String {
        let outcome = try await ProgramRun.run(
            system: "openssl", ["s_client", "-connect", "127.0.0.1:\(hub.port)", "-showcerts"])
        return try await CertificateFile.serial(text: outcome.output)
    }
}

/// What the `openssl` command says of a certificate.
enum CertificateFile {
    static func serial(_ path: String) async throws -> String {
        try await ProgramRun.run(system: "openssl", ["x509", "-noout", "-serial", "-in", path]).output
    }

    /// - Parameter text: With a certificate somewhere in it.
    static func serial(text: String) async throws -> String {
        let path = TestFiles.root + "/\(UUID().uuidString).pem"
        try Data(text.utf8).write(to: URL(filePath: path))
        return try await serial(path)
    }
}

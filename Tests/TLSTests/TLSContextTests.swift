import Foundation
import HubTesting
import TLS
import Testing

@Suite struct `A TLS context` {
    let files: TestCertificates

    init() throws { files = try TestCertificates.shared.get() }

    @Test func `names the certificate file it cannot read`() {
        for file in ["/nonexistent/chain.pem", files.noPEM] {
            let error = #expect(throws: TLSError.self) {
                try TLSContext.server(certificateFile: file, keyFile: files.key)
            }
            guard case .certificateUnreadable(file, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `names the key file it cannot read, and asks nobody for a pass phrase`() {
        for file in ["/nonexistent/server.key", files.noPEM, files.protectedKey] {
            let error = #expect(throws: TLSError.self) {
                try TLSContext.server(certificateFile: files.certificate, keyFile: file)
            }
            guard case .keyUnreadable(file, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `refuses a key that belongs to another certificate`() {
        #expect(throws: TLSError.keyMismatch(keyFile: files.renewedKey, certificateFile: files.certificate)) {
            try TLSContext.server(certificateFile: files.certificate, keyFile: files.renewedKey)
        }
    }

    @Test func `names the file of authorities it cannot read`() {
        let error = #expect(throws: TLSError.self) { try TLSContext.client(verifying: true, caFile: files.noPEM) }
        guard case .authorityUnreadable(files.noPEM, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `is exchanged by a reload, and kept when the reload fails`() throws {
        let folder = NSTemporaryDirectory() + "hub-reload-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (certificate, key) = (folder + "/server.pem", folder + "/server.key")
        func install(_ certificateFile: String, _ keyFile: String) throws {
            try Data(contentsOf: URL(filePath: certificateFile)).write(to: URL(filePath: certificate))
            try Data(contentsOf: URL(filePath: keyFile)).write(to: URL(filePath: key))
        }
        try install(files.certificate, files.key)
        let box = try TLSContextBox(certificateFile: certificate, keyFile: key)
        let first = box.current

        try install(files.certificate, files.noPEM)
        #expect(throws: TLSError.self) { try box.reload() }
        #expect(box.current === first)

        try install(files.renewedCertificate, files.renewedKey)
        try box.reload()
        #expect(box.current !== first)
        let pair = try TLSPair(client: .client(verifying: true, caFile: files.authority), server: box.current)
        #expect(pair.shakeHands() == (.done, .done))
    }

    @Test func `an error says what is wrong in one line`() {
        let error = TLSError.keyMismatch(keyFile: "a.key", certificateFile: "b.pem")
        #expect(error.description == "the TLS key a.key does not belong to b.pem")
    }
}

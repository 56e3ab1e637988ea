import Foundation

/// Two authorities and what they signed, made once a run by the `openssl` command in a folder of its own.
package struct TestCertificates: Sendable {
    private static let folder = NSTemporaryDirectory() + "hub-certificates-\(UUID().uuidString)"

    package static let shared: Result<TestCertificates, any Error> = Result { try TestCertificates() }

    /// Trusted by the clients of the tests.
    package var authority: String { folder + "/authority.pem" }
    package var strangerAuthority: String { folder + "/stranger.pem" }
    /// For `hub.test` and 127.0.0.1.
    package var certificate: String { folder + "/server.pem" }
    package var key: String { folder + "/server.key" }
    /// Another pair for the same names, from the same authority.
    package var renewedCertificate: String { folder + "/renewed.pem" }
    package var renewedKey: String { folder + "/renewed.key" }
    /// Of the same names and authority, for clients only.
    package var clientCertificate: String { folder + "/client.pem" }
    package var clientKey: String { folder + "/client.key" }
    package var protectedKey: String { folder + "/protected.key" }
    package var noPEM: String { folder + "/garbage.pem" }

    private var folder: String { TestCertificates.folder }

    private init() throws {
        atexit { try? FileManager.default.removeItem(atPath: TestCertificates.folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["authority", "stranger"] {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem")
        }
        let names = "subjectAltName=DNS:hub.test,IP:127.0.0.1\n"
        try Data(names.utf8).write(to: URL(filePath: folder + "/names.cnf"))
        try Data((names + "extendedKeyUsage=clientAuth\n").utf8).write(to: URL(filePath: folder + "/client.cnf"))
        for name in ["server", "renewed", "client"] {
            try openssl(
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
                "-keyout", "\(name).key", "-out", "\(name).csr")
            try openssl(
                "x509", "-req", "-in", "\(name).csr", "-CA", "authority.pem", "-CAkey", "authority.key",
                "-CAcreateserial", "-days", "2", "-extfile", name == "client" ? "client.cnf" : "names.cnf", "-out",
                "\(name).pem")
        }
        try openssl("pkcs8", "-topk8", "-in", "server.key", "-passout", "pass:secret", "-out", "protected.key")
        try Data("this is no certificate\n".utf8).write(to: URL(filePath: noPEM))
    }

    private func openssl(_ arguments: String...) throws {
        guard SystemProgram.run("openssl", arguments, in: folder) == 0 else {
            throw OpenSSLCommandFailed(arguments: arguments)
        }
    }
}

struct OpenSSLCommandFailed: Error {
    let arguments: [String]
}

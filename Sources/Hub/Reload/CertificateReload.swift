internal import Configuration
internal import TLS

/// Certificate and key, read again; also from other files. Connections that are open keep theirs.
struct CertificateReload: Reloadable {
    /// What new connections get; nothing if the hub was started without TLS, which stays so.
    let box: TLSContextBox?

    let name = "certificate"

    var settings: Set<String> {
        box == nil ? [] : ["server.tls_certificate", "server.tls_key", "server.tls_min_version"]
    }

    func reload(_ configuration: HubConfiguration) throws(ReloadFailure) {
        guard let box else { return }
        guard configuration.server.usesTLS else {
            throw ReloadFailure(reason: "TLS cannot be turned off while the hub runs")
        }
        do throws(TLSError) {
            let server = configuration.server
            box.replace(
                with: try TLSContext.server(
                    certificateFile: server.tlsCertificate, keyFile: server.tlsKey,
                    minimumVersion: server.requiresTLS13 ? .tls13 : .tls12))
        } catch {
            throw ReloadFailure(reason: "\(error)")
        }
    }
}
